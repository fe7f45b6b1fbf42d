import type { CpuHits } from "../engine/index.ts";
import type { HitPolicy, WatchHit, Watchpoint } from "./machine.ts";

/** Applies a HitPolicy to what the CPU is about to do; keeps the hit that stopped it. */
export class HitWatcher implements CpuHits {
  stoppedBy: WatchHit | undefined;
  watchpoints: readonly Watchpoint[] = [];
  private policy: HitPolicy = { kind: "ignore" };
  private startedAt = 0;

  /** `translate`: the physical address behind a virtual one. */
  constructor(
    private readonly position: () => number,
    private readonly translate: (address: bigint) => number | undefined = () => undefined,
    /** Whether a breakpoint is meant for where the CPU is now. */
    private readonly isMeant: (pc: bigint) => boolean = () => true,
    /** Whether a watched access is made all the same, and its step is the last one. */
    private readonly stopsAfterStep: () => boolean = () => false,
  ) {}

  begin(policy: HitPolicy): void {
    this.policy = policy;
    this.startedAt = this.position();
    this.stoppedBy = undefined;
  }

  breakpoint(pc: bigint): boolean {
    return this.isMeant(pc) && this.decide(undefined);
  }

  watch(address: bigint, bytes: number, write: boolean): boolean {
    for (const watchpoint of this.watchpoints) {
      if (watchpoint.kind !== "access" && (watchpoint.kind === "write") !== write) continue;
      if (watchpoint.physical) {
        this.watchPhysical(watchpoint, address, bytes, write);
        continue;
      }
      const first = overlap(watchpoint, address, bytes);
      if (first === undefined) continue;
      if (this.decide({ watchpoint, address: first, access: write ? "write" : "read" })) return true;
    }
    return false;
  }

  /** Something else than an instruction writes RAM. */
  hostWrites(address: number, bytes: number): void {
    if (this.policy.kind !== "collect") return;
    for (const watchpoint of this.watchpoints) {
      if (!watchpoint.physical || watchpoint.kind === "read") continue;
      const first = overlap(watchpoint, BigInt(address), bytes);
      if (first !== undefined) this.decide({ watchpoint, address: first, access: "write", byHost: true });
    }
  }

  /** Each page of an access has a physical address of its own. */
  private watchPhysical(watchpoint: Watchpoint, address: bigint, bytes: number, write: boolean): void {
    if (this.policy.kind !== "collect") return;
    for (let at = address, end = address + BigInt(bytes); at < end;) {
      const pageEnd = ((at >> 12n) + 1n) << 12n;
      const next = pageEnd < end ? pageEnd : end;
      const length = Number(next - at);
      const physical = mayOverlap(watchpoint, at, length) ? this.translate(at) : undefined;
      const first = physical === undefined ? undefined : overlap(watchpoint, BigInt(physical), length);
      if (first !== undefined) this.decide({ watchpoint, address: first, access: write ? "write" : "read" });
      at = next;
    }
  }

  private decide(hit: WatchHit | undefined): boolean {
    const { policy } = this;
    if (policy.kind === "ignore") return false;
    const position = this.position();
    if (policy.kind === "collect") {
      policy.onHit(position, hit);
      return false;
    }
    if (position === this.startedAt && policy.told.includes(hit ? "watchpoint" : "breakpoint")) return false;
    this.stoppedBy ??= hit;
    return !hit || !this.stopsAfterStep();
  }
}

/** By the offset in a page, which both kinds of address share. */
function mayOverlap({ address, length }: Watchpoint, at: bigint, bytes: number): boolean {
  const [watched, offset] = [Number(address & 0xfffn), Number(at & 0xfffn)];
  return watched + length > 4096 || (offset < watched + length && offset + bytes > watched);
}

/** The first address of an access that is watched. */
function overlap({ address, length }: Watchpoint, from: bigint, bytes: number): bigint | undefined {
  if (from >= address + BigInt(length) || from + BigInt(bytes) <= address) return undefined;
  return from > address ? from : address;
}
