import type { DebugTarget } from "../target.ts";
import { Monitor } from "./monitor.ts";

/** QEMU's, since scripts wait for it. */
const PROMPT = "(qemu) ";
const LONGEST_LINE = 4096;
/** A script may send ahead, but not without end. */
const LONGEST_QUEUE = 4096;
const CTRL_C = "\x03";

/** The other end of a monitor. */
export interface ConsoleChannel {
  /** A person sits there: echo what is typed. */
  readonly interactive: boolean;
  write(bytes: Uint8Array<ArrayBuffer>): void;
  /** Ends the connection, where there is one. */
  hangUp(): void;
}

/** The human monitor on a channel: a line editor of the simplest kind, and commands one after the other. */
export class MonitorConsole {
  private readonly monitor: Monitor;
  private readonly decoder = new TextDecoder();
  private line = "";
  /** The first line has come. */
  private begun = false;
  private closed = false;
  private last = "";
  private pending = 0;
  private work: Promise<void> = Promise.resolve();

  constructor(
    private readonly target: DebugTarget,
    private readonly channel: ConsoleChannel,
  ) {
    this.monitor = new Monitor(target);
  }

  /** Someone has come. */
  greet(): void {
    this.line = "";
    this.begun = this.closed = false;
    this.print(`Hindsight ${this.target.host.version} monitor - type 'help' for more information\n${PROMPT}`);
  }

  /** What is typed, in pieces of any size. Nothing in it can make this throw. */
  receive(bytes: Uint8Array): void {
    for (const character of this.decoder.decode(bytes, { stream: true })) {
      if (this.closed) return;
      this.take(character);
      this.last = character;
    }
  }

  /** Resolves when all that was typed has been answered. */
  answered(): Promise<void> {
    return this.work;
  }

  private take(character: string): void {
    // Telnet sends both for one key.
    if (character === "\n" && this.last === "\r") return;
    if (character === "\r" || character === "\n") this.enter();
    else if (character === "\x7f" || character === "\b") this.erase();
    else if (character === "\t") this.complete();
    else if (character === CTRL_C) this.target.session.interrupt();
    else if (character >= " " && this.line.length < LONGEST_LINE) {
      this.line += character;
      this.echo(character);
    }
  }

  private enter(): void {
    const line = this.line;
    this.line = "";
    this.echo("\n");
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

  private erase(): void {
    if (this.line === "") return;
    this.line = this.line.slice(0, -1);
    this.echo("\b \b");
  }

  private complete(): void {
    const [found, ...more] = this.monitor.complete(this.line);
    if (found === undefined || more.length > 0) return;
    this.echo(found.slice(this.line.length) + " ");
    this.line = found + " ";
  }

  private echo(text: string): void {
    if (this.channel.interactive) this.print(text);
  }

  private print(text: string): void {
    this.channel.write(new TextEncoder().encode(this.channel.interactive ? text.replaceAll("\n", "\r\n") : text));
  }
}

/** Any page that a browser shows can send HTTP to a port of this computer, with commands in its body. */
function isHttp(line: string): boolean {
  return / HTTP\/\d(\.\d)?$/.test(line);
}
