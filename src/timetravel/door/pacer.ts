import type { Host } from "./host.ts";

/** Longest time without giving way to the host. */
const sliceMs = 8;
const smallest = 2_000;

/** Chooses how many instructions fit a slice of time, from how long the last ones took. */
export class Pacer {
  private budget = 50_000;
  private sliceStart: number;

  constructor(private readonly host: Host) {
    this.sliceStart = host.nowMs();
  }

  /** Instructions for the next part of the slice. */
  get instructions(): number {
    return this.budget;
  }

  /** Runs a part of the slice and learns its cost from the instructions it says it ran. */
  measure(part: () => number): void {
    const start = this.host.nowMs();
    const ran = part();
    const ms = this.host.nowMs() - start;
    if (ms > sliceMs) this.budget = Math.max(smallest, Math.round(((ran || this.budget) * sliceMs) / ms / 2));
    else if (ran >= this.budget && ms < sliceMs / 2) this.budget = Math.min(2 ** 26, this.budget * 2);
  }

  /** The slice is over. */
  get due(): boolean {
    return this.host.nowMs() - this.sliceStart >= sliceMs;
  }

  async giveWay(): Promise<void> {
    await this.host.giveWay();
    this.sliceStart = this.host.nowMs();
  }
}
