import type { CpuHits } from "../engine/index.ts";
import type { HitPolicy, WatchHit, Watchpoint } from "./machine.ts";

/** Applies a HitPolicy to what the CPU is about to do; keeps the hit that stopped it. */
export class HitWatcher implements CpuHits {
  stoppedBy: WatchHit | undefined;
  watchpoints: readonly Watchpoint[] = [];
  private policy: HitPolicy = { kind: "ignore" };
  private startedAt = 0;

  constructor(private readonly position: () => number) {}

  begin(policy: HitPolicy): void {
    this.policy = policy;
    this.startedAt = this.position();
    this.stoppedBy = undefined;
  }

  breakpoint(): boolean {
    return this.decide(undefined);
  }

  watch(address: bigint, bytes: number, write: boolean): boolean {
    for (const watchpoint of this.watchpoints) {
      if (watchpoint.kind !== "access" && (watchpoint.kind === "write") !== write) continue;
      const end = watchpoint.address + BigInt(watchpoint.length);
      if (address >= end || address + BigInt(bytes) <= watchpoint.address) continue;
      const first = address > watchpoint.address ? address : watchpoint.address;
      if (this.decide({ watchpoint, address: first, access: write ? "write" : "read" })) return true;
    }
    return false;
  }

  private decide(hit: WatchHit | undefined): boolean {
    const { policy } = this;
    if (policy.kind === "ignore") return false;
    const position = this.position();
    if (policy.kind === "collect") {
      policy.onHit(position, hit);
      return false;
    }
    if (policy.resuming && position === this.startedAt) return false;
    this.stoppedBy = hit;
    return true;
  }
}
