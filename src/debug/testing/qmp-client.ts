import type { Session } from "../../timetravel/index.ts";
import { QmpServer, type QmpOptions } from "../qmp/server.ts";
import { DebugTarget } from "../target.ts";
import { FakeHost } from "./gdb-client.ts";

export type Message = Readonly<Record<string, unknown>>;

/** A QMP client that says exactly what a test tells it. */
export class QmpClient {
  readonly target: DebugTarget;
  readonly server: QmpServer;
  /** Everything that came, as it came. */
  text = "";
  /** What came and has not been read, in order. */
  readonly messages: Message[] = [];
  readonly events: string[] = [];
  closed = false;
  private wake: (() => void) | undefined;

  constructor(
    session: Session,
    readonly host = new FakeHost(),
    options: QmpOptions = {},
  ) {
    this.target = new DebugTarget(session, this.host);
    const send = (bytes: Uint8Array): void => this.take(new TextDecoder().decode(bytes));
    this.server = new QmpServer(this.target, { send, close: () => (this.closed = true) }, options);
  }

  raw(text: string): void {
    this.server.receive(new TextEncoder().encode(text));
  }

  /** The next message that is no event. */
  async next(): Promise<Message> {
    while (this.messages.length === 0) await new Promise<void>((resolve) => (this.wake = resolve));
    return this.messages.shift()!;
  }

  async ask(execute: string, args?: Readonly<Record<string, unknown>>): Promise<Message> {
    this.raw(JSON.stringify({ execute, ...(args && { arguments: args }) }));
    return this.next();
  }

  /** Ends the negotiation. */
  async open(): Promise<this> {
    await this.next();
    await this.ask("qmp_capabilities");
    return this;
  }

  private take(text: string): void {
    this.text += text;
    const message = JSON.parse(text) as Message;
    if (message["event"] !== undefined) this.events.push(message["event"] as string);
    else this.messages.push(message);
    this.wake?.();
  }
}
