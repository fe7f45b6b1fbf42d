import type { Listener, OutputChunk, View } from "../api/index.ts";

/** At most one view per frame, and none before the page has taken the last. */
const frameMs = 16;

/** Tells the page of the latest view and of output that is new to it. */
export class Publisher {
  private timer: ReturnType<typeof setTimeout> | undefined;
  private last = -Infinity;
  private busy = false;
  private again = false;
  private sent = 0;
  private reset = true;

  constructor(
    private readonly listener: Listener,
    private readonly view: () => View,
    /** Output after the first `skip` bytes. */
    private readonly output: (skip: number) => Pick<OutputChunk, "bytes" | "positions">,
  ) {}

  /** Another machine: what was printed before is not its. */
  startAnew(): void {
    this.sent = 0;
    this.reset = true;
    this.changed();
  }

  changed(): void {
    if (this.busy) {
      this.again = true;
      return;
    }
    if (this.timer !== undefined) return;
    const wait = this.last + frameMs - performance.now();
    if (wait <= 0) void this.publish();
    else
      this.timer = setTimeout(() => {
        this.timer = undefined;
        void this.publish();
      }, wait);
  }

  private async publish(): Promise<void> {
    this.busy = true;
    this.again = false;
    this.last = performance.now();
    try {
      // The calls go to the page: they resolve when it has taken them.
      await Promise.all([this.publishOutput(), this.listener.view(this.view())]);
    } finally {
      this.busy = false;
      if (this.again) this.changed();
    }
  }

  private async publishOutput(): Promise<void> {
    const { bytes, positions } = this.output(this.sent);
    if (bytes.length === 0 && !this.reset) return;
    const { reset } = this;
    this.reset = false;
    this.sent += bytes.length;
    await this.listener.output({ reset, bytes, positions });
  }
}
