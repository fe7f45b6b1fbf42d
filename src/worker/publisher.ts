import { type Listener, type OutputChunk, type View, ViewTeller } from "../api/index.ts";

/** Between two views; none before the page has taken the last. What comes after a pause is told at once. */
const frameMs = { resting: 16, running: 100 } as const;

/** Tells the page of the latest view and of output that is new to it. */
export class Publisher {
  private timer: ReturnType<typeof setTimeout> | undefined;
  private last = -Infinity;
  private busy = false;
  private again = false;
  private sent = 0;
  private reset = true;
  private readonly teller = new ViewTeller();
  /** A guest at full speed shares its cores with the page: it is told of less often. */
  private frame: number = frameMs.resting;

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
    const wait = this.last + this.frame - performance.now();
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
      const view = this.view();
      this.frame = view.motion === "run" ? frameMs.running : frameMs.resting;
      await Promise.all([this.publishOutput(), this.listener.view(this.teller.change(view))]);
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
