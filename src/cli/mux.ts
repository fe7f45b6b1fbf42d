import { BaseChannel, BREAK, type Channel } from "./base-channel.ts";

const ESCAPE = 1; // Ctrl-A

const help = `
Ctrl-A h    this help
Ctrl-A x    end the session
Ctrl-A b    send a BREAK to the serial port
Ctrl-A c    switch between serial port and monitor
Ctrl-A Ctrl-A   send Ctrl-A
`;

/** One of the two that share a channel. */
class Side extends BaseChannel {
  override readonly interactive: boolean;

  /** `shown`: it has been switched to; else it is shown when it is. */
  constructor(
    private readonly channel: Channel,
    private readonly shown: () => boolean = () => false,
  ) {
    super();
    this.interactive = channel.interactive;
  }
  override get connected(): boolean {
    return this.shown();
  }
  write(bytes: Uint8Array): void {
    this.channel.write(bytes);
  }
  override hangUp(): void {
    this.channel.hangUp();
  }
  override close(): Promise<void> {
    return this.channel.close();
  }
}

/** Serial port and monitor on one channel, as QEMU's -nographic has them. */
export class Mux {
  readonly serial: Side;
  readonly monitor: Side;
  private inMonitor = false;
  /** Whoever is there has seen the monitor's greeting. */
  private greeted = false;
  private escaped = false;

  constructor(
    private readonly channel: Channel,
    private readonly quit: () => void,
  ) {
    this.serial = new Side(channel);
    this.monitor = new Side(channel, () => this.inMonitor);
    channel.onBreak = () => this.serial.receive(BREAK);
    channel.onData = (bytes) => this.take(bytes);
    channel.onConnect = () => {
      this.greeted = this.inMonitor;
      (this.inMonitor ? this.monitor : this.serial).onConnect?.();
    };
  }

  private take(bytes: Uint8Array): void {
    let run: number[] = [];
    const flush = (): void => {
      if (run.length > 0) (this.inMonitor ? this.monitor : this.serial).receive(Uint8Array.from(run));
      run = [];
    };
    for (const byte of bytes) {
      if (!this.escaped) {
        if (byte === ESCAPE) this.escaped = true;
        else run.push(byte);
        continue;
      }
      this.escaped = false;
      if (byte === ESCAPE) {
        run.push(byte);
        continue;
      }
      flush();
      this.command(String.fromCharCode(byte));
    }
    flush();
  }

  private command(letter: string): void {
    if (letter === "x") this.quit();
    else if (letter === "h" || letter === "?")
      this.channel.write(new TextEncoder().encode(help.replaceAll("\n", "\r\n")));
    else if (letter === "b") this.serial.receive(BREAK);
    else if (letter === "c") {
      this.inMonitor = !this.inMonitor;
      if (!this.inMonitor) return;
      (this.greeted ? this.monitor.onReturn : this.monitor.onConnect)?.();
      this.greeted = true;
    }
  }
}
