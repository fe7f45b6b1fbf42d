import type { Disposable } from "../../base/index.ts";
import type { Host } from "../door/host.ts";
import { Random } from "./random.ts";

/** A host whose clock moves when it is looked at, and whose timers expire as soon as everyone waits. */
export class FakeHost implements Host {
  /** At most; on average half of it. */
  msPerLook = 1;
  private ms = 0;
  private readonly random: Random;
  /** Called whenever the session gives way. */
  onGiveWay: (() => void) | undefined;

  constructor(seed = 1) {
    this.random = new Random(seed);
  }

  nowMs(): number {
    this.ms += (this.random.between(0, 1000) / 1000) * this.msPerLook;
    return this.ms;
  }

  after(ms: number, callback: () => void): Disposable {
    let cancelled = false;
    void Promise.resolve().then(() => {
      if (cancelled) return;
      this.ms += ms;
      callback();
    });
    return { dispose: () => void (cancelled = true) };
  }

  async giveWay(): Promise<void> {
    await Promise.resolve();
    this.onGiveWay?.();
  }

  entropy(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => this.random.u32());
  }

  realTime(): number {
    return 1_700_000_000 + this.random.between(0, 1000);
  }
}
