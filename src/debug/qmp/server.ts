import { type Disposable, messageOf, UserError } from "../../base/index.ts";
import { Monitor } from "../monitor/monitor.ts";
import type { DebugTarget } from "../target.ts";
import type { Transport } from "../transport.ts";
import { checkArguments, type QmpCommand, type QmpContext } from "./command.ts";
import { queries } from "./commands/queries.ts";
import { replay } from "./commands/replay.ts";
import { run } from "./commands/run.ts";
import { snapshots } from "./commands/snapshots.ts";
import { QmpError } from "./error.ts";
import { watchEvents } from "./events.ts";
import { type Json, type JsonEvent, JsonReader, writeJson } from "./json.ts";
import { isObject, readRequest } from "./request.ts";
import { versionOf } from "./version.ts";

/** A client may send ahead, but not without end. */
const LONGEST_QUEUE = 4096;
/** Overtake: they end the motion that an earlier command is making. */
const interrupting = ["stop", "quit"];

const capabilities: QmpCommand = {
  name: "qmp_capabilities",
  arguments: { enable: "strings?" },
  run(_context, { enable }) {
    const [wanted] = (enable as string[] | undefined) ?? [];
    if (wanted !== undefined) throw new UserError(`capability '${wanted}' is not available`);
  },
};

const commands: readonly QmpCommand[] = [capabilities, ...run, ...queries, ...replay, ...snapshots];

export interface QmpOptions {
  /** Replies of many lines, for people. */
  readonly pretty?: boolean;
}

/**
 * QEMU's machine protocol for one client (QEMU's docs/interop/qmp-spec): bytes in through `receive`, bytes out through
 * the transport. Greets at once, then waits for `qmp_capabilities`. Commands are answered one after the other.
 */
export class QmpServer implements Disposable {
  private readonly reader = new JsonReader();
  private readonly context: QmpContext;
  private readonly watching: Disposable;
  private negotiated = false;
  private begun = false;
  private work: Promise<void> = Promise.resolve();
  private pending = 0;
  private gone = false;

  constructor(
    private readonly target: DebugTarget,
    private readonly transport: Transport,
    private readonly options: QmpOptions = {},
  ) {
    this.context = { target, session: target.session, monitor: new Monitor(target), commands, quit: false };
    this.watching = watchEvents(target, (name, data) => this.event(name, data));
    this.send({ QMP: { version: versionOf(target.host), capabilities: [] } });
  }

  /** Bytes from the client, in pieces of any size. Nothing in them can make this throw. */
  receive(bytes: Uint8Array): void {
    if (this.gone || bytes.length === 0) return;
    if (!this.begun && isHttp(bytes)) return this.hangUp();
    this.begun = true;
    for (const event of this.reader.read(bytes)) if (!this.gone) this.enqueue(event);
  }

  /** Resolves when all that was asked has been answered. */
  answered(): Promise<void> {
    return this.work;
  }

  /** The machine goes away, and the connection with it. */
  end(): void {
    this.hangUp();
  }

  /** The connection is gone. */
  dispose(): void {
    this.gone = true;
    this.watching.dispose();
  }

  private enqueue(event: JsonEvent): void {
    if (this.pending === LONGEST_QUEUE) return this.hangUp();
    const name = event.kind === "value" && isObject(event.value) ? event.value["execute"] : undefined;
    if (this.pending > 0 && this.negotiated && interrupting.includes(name as string)) void this.target.control.halt();
    this.pending++;
    this.work = this.work.then(async () => {
      if (!this.gone) await this.answer(event);
      this.pending--;
    });
  }

  private async answer(event: JsonEvent): Promise<void> {
    const id = event.kind === "value" && isObject(event.value) ? event.value["id"] : undefined;
    const echo = id === undefined ? {} : { id: id as Json };
    try {
      if (event.kind === "error") throw new UserError(event.message);
      this.send({ return: (await this.execute(event.value)) ?? {}, ...echo });
    } catch (error) {
      const errorClass = error instanceof QmpError ? error.errorClass : "GenericError";
      this.send({
        error: { class: errorClass, desc: messageOf(error) },
        ...echo,
      });
    }
    if (this.context.quit && !this.gone) this.target.quit();
    this.context.quit = false;
  }

  private async execute(value: unknown): Promise<Json | void> {
    const request = readRequest(value);
    const command = commands.find(({ name }) => name === request.name);
    if (!this.negotiated && command !== capabilities)
      throw new QmpError("CommandNotFound", "Expecting capabilities negotiation with 'qmp_capabilities'");
    if (!command) throw new QmpError("CommandNotFound", `The command ${request.name} has not been found`);
    if (this.negotiated && command === capabilities)
      throw new QmpError("CommandNotFound", "Capabilities negotiation is already complete, command ignored");
    checkArguments(command, request.arguments);
    await this.target.present();
    const result = await command.run(this.context, request.arguments);
    this.negotiated = true;
    return result;
  }

  private event(name: string, data?: Json): void {
    if (!this.negotiated) return;
    this.send({ timestamp: this.timestamp(), event: name, ...(data === undefined ? {} : { data }) });
  }

  /** -1: nobody knows. */
  private timestamp(): Json {
    const ms = this.target.host.realTimeMs?.();
    if (ms === undefined) return { seconds: -1, microseconds: -1 };
    return { seconds: Math.floor(ms / 1000), microseconds: Math.floor((ms % 1000) * 1000) };
  }

  private send(message: Json): void {
    if (!this.gone) this.transport.send(new TextEncoder().encode(`${writeJson(message, this.options.pretty)}\r\n`));
  }

  private hangUp(): void {
    if (this.gone) return;
    this.transport.close();
    this.dispose();
  }
}

/** Any page that a browser shows can send HTTP to a port of this computer, with commands in its body. */
function isHttp(first: Uint8Array): boolean {
  return first[0]! >= 0x41 && first[0]! <= 0x5a;
}
