import { createInterface, type Interface } from "node:readline";

interface Message {
  readonly return?: unknown;
  readonly event?: string;
  readonly error?: { readonly desc: string };
}

/** A QMP connection: one command at a time. */
export class Qmp {
  private readonly lines: AsyncIterator<string>;
  private readonly reader: Interface;

  constructor(
    private readonly to: NodeJS.WritableStream,
    from: NodeJS.ReadableStream,
  ) {
    this.reader = createInterface(from);
    this.lines = this.reader[Symbol.asyncIterator]();
  }

  /** Reads the greeting and ends the negotiation. */
  async open(): Promise<void> {
    await this.lines.next();
    await this.execute("qmp_capabilities");
  }

  async execute(execute: string, args: Record<string, unknown> = {}): Promise<unknown> {
    this.to.write(`${JSON.stringify({ execute, arguments: args })}\n`);
    const reply = await this.next((message) => message.event === undefined);
    if (reply.error) throw new Error(`QEMU: ${execute}: ${reply.error.desc}`);
    return reply.return;
  }

  /** Waits for an event. */
  async event(name: string): Promise<void> {
    await this.next((message) => message.event === name);
  }

  private async next(wanted: (message: Message) => boolean): Promise<Message> {
    for (;;) {
      const { value, done } = await this.lines.next();
      if (done) throw new Error("QEMU has ended");
      const message = JSON.parse(value) as Message;
      if (wanted(message)) return message;
    }
  }
}
