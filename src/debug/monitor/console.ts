import type { DebugTarget } from "../target.ts";
import { LineEditor } from "./line-editor.ts";
import { Monitor } from "./monitor.ts";

/** QEMU's, since scripts wait for it. */
const PROMPT = "(qemu) ";
/** A script may send ahead, but not without end. */
const LONGEST_QUEUE = 4096;

/** The other end of a monitor. */
export interface ConsoleChannel {
  /** A person sits there: echo what is typed. */
  readonly interactive: boolean;
  write(bytes: Uint8Array<ArrayBuffer>): void;
  /** Ends the connection, where there is one. */
  hangUp(): void;
}

/** The human monitor on a channel: lines in, commands one after the other. */
export class MonitorConsole {
  private readonly monitor: Monitor;
  private readonly editor: LineEditor;
  private decoder = new TextDecoder();
  /** The first line has come. */
  private begun = false;
  private closed = false;
  private pending = 0;
  private work: Promise<void> = Promise.resolve();

  constructor(
    private readonly target: DebugTarget,
    private readonly channel: ConsoleChannel,
  ) {
    const monitor = (this.monitor = new Monitor(target));
    this.editor = new LineEditor({
      line: (text) => this.enter(text),
      interrupt: () => void target.control.halt(),
      echo: (text) => channel.interactive && text !== "" && this.print(text),
      complete: (text) => monitor.complete(text),
      prompt: () => channel.interactive && this.print(PROMPT),
    });
  }

  /** Someone has come. */
  greet(): void {
    this.decoder = new TextDecoder();
    this.begun = this.closed = false;
    this.print(`Hindsight ${this.target.host.version} monitor - type 'help' for more information\n`);
    this.prompt();
  }

  /** A new line; what had been typed of one is dropped, as QEMU does. */
  prompt(): void {
    this.editor.reset();
    this.print(PROMPT);
  }

  /** What is typed, in pieces of any size. Nothing in it can make this throw. */
  receive(bytes: Uint8Array): void {
    for (const character of this.decoder.decode(bytes, { stream: true })) {
      if (this.closed) return;
      this.editor.take(character);
    }
  }

  /** Resolves when all that was typed has been answered. */
  answered(): Promise<void> {
    return this.work;
  }

  private enter(line: string): void {
    if ((!this.begun && isHttp(line)) || this.pending === LONGEST_QUEUE) return this.hangUp();
    this.begun = true;
    this.pending++;
    this.work = this.work.then(async () => {
      const { output, quit } = await this.monitor.execute(line);
      this.pending--;
      this.print(output + (quit ? "" : PROMPT));
      if (quit) this.target.quit();
    });
  }

  private hangUp(): void {
    this.closed = true;
    this.channel.hangUp();
  }

  private print(text: string): void {
    this.channel.write(new TextEncoder().encode(this.channel.interactive ? text.replaceAll("\n", "\r\n") : text));
  }
}

/** Any page that a browser shows can send HTTP to a port of this computer, with commands in its body. */
function isHttp(line: string): boolean {
  return / HTTP\/\d(\.\d)?$/.test(line);
}
