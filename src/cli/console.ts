import { Monitor, type DebugTarget } from "../debug/index.ts";
import type { Channel } from "./channel.ts";

/** QEMU's, since scripts wait for it. */
const PROMPT = "(qemu) ";
const LONGEST_LINE = 4096;

/** The monitor on a channel: a line editor of the simplest kind, and commands one after the other. */
export class MonitorConsole {
  private readonly monitor: Monitor;
  private line = "";
  private work: Promise<void> = Promise.resolve();

  constructor(
    private readonly target: DebugTarget,
    private readonly channel: Channel,
  ) {
    this.monitor = new Monitor(target);
    channel.onData = (bytes) => this.take(new TextDecoder().decode(bytes));
    channel.onConnect = () => this.greet();
  }

  /** On a channel of its own the monitor shows at once; else when it is switched to. */
  greetUnlessMuxed(own: boolean): void {
    if (own) this.greet();
  }

  private greet(): void {
    this.line = "";
    this.print(`Hindsight ${this.target.host.version} monitor - type 'help' for more information\n${PROMPT}`);
  }

  private take(text: string): void {
    for (const character of text) {
      if (character === "\r" || character === "\n") this.enter();
      else if (character === "\x7f" || character === "\b") this.erase();
      else if (character === "\t") this.complete();
      else if (character >= " " && this.line.length < LONGEST_LINE) {
        this.line += character;
        this.echo(character);
      }
    }
  }

  private enter(): void {
    const line = this.line;
    this.line = "";
    this.echo("\n");
    this.work = this.work.then(async () => {
      const { output, quit } = await this.monitor.execute(line);
      this.print(output + (quit ? "" : PROMPT));
      if (quit) this.target.host.quit();
    });
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
