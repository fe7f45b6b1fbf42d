import { createInterface } from "node:readline";

interface Message {
  readonly return?: unknown;
  readonly event?: string;
  readonly error?: { readonly desc: string };
}

/** A QMP connection: one command at a time. */
export class Qmp {
  private readonly lines: AsyncIterator<string>;
  private readonly events = new Set<string>();

  constructor(
    private readonly to: NodeJS.WritableStream,
    from: NodeJS.ReadableStream,
  ) {
    this.lines = createInterface(from)[Symbol.asyncIterator]();
  }

  /** Reads the greeting and ends the negotiation. */
  async open(): Promise<void> {
    await this.lines.next();
    await this.execute("qmp_capabilities");
  }

  async execute(execute: string, args: Record<string, unknown> = {}): Promise<unknown> {
    this.to.write(`${JSON.stringify({ execute, arguments: args })}\n`);
    let reply = await this.next();
    while (reply.event !== undefined) reply = await this.next();
    if (reply.error) throw new Error(`QEMU: ${execute}: ${reply.error.desc}`);
    return reply.return;
  }

  /** Waits for an event, which may have come already. */
  async event(name: string): Promise<void> {
    while (!this.events.has(name)) await this.next();
    this.events.delete(name);
  }

  /** The next message; events are put aside. */
  private async next(): Promise<Message> {
    const { value, done } = await this.lines.next();
    if (done) throw new Error("QEMU has ended");
    const message = JSON.parse(value) as Message;
    if (message.event !== undefined) this.events.add(message.event);
    return message;
  }
}
