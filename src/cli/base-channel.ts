/** Whoever does not read for so long misses the rest; the guest is not held up, nor memory filled. */
export const LARGEST_BACKLOG = 64 << 20;

/** The other end of the line held it low for longer than a character. */
export const BREAK = "break";

/** The other end of a serial port or monitor. */
export interface Channel {
  write(bytes: Uint8Array): void;
  /** Who takes what comes in, also what has come in before; one at a time. */
  onData: ((bytes: Uint8Array) => void) | undefined;
  /** Who takes a BREAK, where the channel can carry one; set before `onData`. */
  onBreak: (() => void) | undefined;
  /** A person sits there: echo what is typed. */
  readonly interactive: boolean;
  /** Someone is there. */
  readonly connected: boolean;
  /** Someone has connected. */
  onConnect: (() => void) | undefined;
  /** They have turned here again, on a channel that is shared. */
  onReturn: (() => void) | undefined;
  /** They say no more: resolves when they have been answered, and the connection may end. */
  onEnd: (() => Promise<void>) | undefined;
  /** They have gone. */
  onDisconnect: (() => void) | undefined;
  /** Ends the connection, where there is one; another one may come. */
  hangUp(): void;
  /** Resolves when everything written has left. */
  close(): Promise<void>;
}

export abstract class BaseChannel implements Channel {
  private taker: ((bytes: Uint8Array) => void) | undefined;
  private waiting: (Uint8Array | typeof BREAK)[] = [];
  onBreak: (() => void) | undefined;
  onConnect: (() => void) | undefined;
  onReturn: (() => void) | undefined;
  onEnd: (() => Promise<void>) | undefined;
  onDisconnect: (() => void) | undefined;
  readonly interactive: boolean = false;
  get connected(): boolean {
    return true;
  }
  abstract write(bytes: Uint8Array): void;
  hangUp(): void {}
  async close(): Promise<void> {}

  get onData(): ((bytes: Uint8Array) => void) | undefined {
    return this.taker;
  }
  set onData(taker) {
    this.taker = taker;
    if (taker) for (const received of this.waiting.splice(0)) this.receive(received);
  }

  /** A script writes at once, while the machine is still being made. */
  receive(received: Uint8Array | typeof BREAK): void {
    if (!this.taker) this.waiting.push(received);
    else if (received === BREAK) this.onBreak?.();
    else this.taker(received);
  }
}
