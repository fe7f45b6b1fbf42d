import { assert } from "../../base/index.ts";
import type { Machine } from "../../machine/index.ts";
import { Divergence } from "../divergence.ts";
import type { Consumed } from "../log/part.ts";
import { lowerBound } from "../log/search.ts";
import type { MemoryHistory } from "./memory.ts";
import type { TreeNode } from "./page-tree.ts";

/** A state to go back to. */
export interface Snapshot {
  readonly position: number;
  readonly virtualNs: number;
  /** What Machine.save gave. */
  readonly state: Uint8Array;
  readonly root: TreeNode;
  readonly consumed: Consumed;
  /** Never thrown away while above zero. */
  pins: number;
}

export interface SnapshotLimits {
  /** Copies of pages, trees and states, in bytes. */
  readonly memoryBytes: number;
  readonly count: number;
}

/** The snapshots of one history, at most one to a position; the one at 0 stays. Too many are thinned out. */
export class Snapshots {
  private readonly ordered: Snapshot[] = [];
  private stateBytes = 0;

  constructor(
    private readonly machine: Machine,
    private readonly memory: MemoryHistory,
    private readonly limits: SnapshotLimits,
  ) {}

  get all(): readonly Snapshot[] {
    return this.ordered;
  }

  /** The last snapshot at or before `position`. */
  nearest(position: number): Snapshot {
    const found = this.ordered[lowerBound(this.ordered, position + 1) - 1];
    assert(found, "history lacks its first snapshot");
    return found;
  }

  at(position: number): Snapshot | undefined {
    const found = this.ordered[lowerBound(this.ordered, position)];
    return found?.position === position ? found : undefined;
  }

  /** Makes sure that there is a snapshot of now. Where one exists, the states must be equal: throws a Divergence. */
  take(consumed: Consumed): Snapshot {
    const { position } = this.machine;
    const state = this.machine.save();
    const existing = this.at(position);
    if (existing) {
      if (!equal(state, existing.state))
        throw new Divergence("registers or devices differ from an earlier visit", position);
      const page = this.memory.adopt(existing.root);
      if (page !== undefined) throw new Divergence(`page ${page} of RAM differs from an earlier visit`, position);
      return existing;
    }
    const taken: Snapshot = {
      position,
      virtualNs: this.machine.nowNs,
      state,
      root: this.memory.capture(),
      consumed,
      pins: 0,
    };
    this.insert(taken);
    this.thin(position);
    return taken;
  }

  /** One that was stored; ignored where there is one. */
  insert(snapshot: Snapshot): void {
    const index = lowerBound(this.ordered, snapshot.position);
    assert(this.ordered[index]?.position !== snapshot.position, "two snapshots at one position");
    this.ordered.splice(index, 0, snapshot);
    this.stateBytes += snapshot.state.length;
  }

  restore(snapshot: Snapshot): void {
    this.memory.restore(snapshot.root);
    this.machine.load(snapshot.state, snapshot.position);
  }

  /** Takes those after `position` out of this history; they keep their contents, for `putBack`. */
  setAside(position: number): readonly Snapshot[] {
    return this.ordered.splice(lowerBound(this.ordered, position + 1));
  }

  /** Those that were set aside, later than all that are here. */
  putBack(later: readonly Snapshot[]): void {
    this.ordered.push(...later);
  }

  /** Forgets what was set aside. */
  forget(later: readonly Snapshot[]): void {
    for (const snapshot of later) this.discard(snapshot);
  }

  /** Forgets what is after `position`. */
  dropAfter(position: number): void {
    for (const snapshot of this.ordered.splice(lowerBound(this.ordered, position + 1))) this.discard(snapshot);
  }

  /** Drops these, but for those in use. */
  drop(some: readonly Snapshot[]): void {
    for (const snapshot of some) {
      const index = this.ordered.indexOf(snapshot);
      if (index >= 0 && snapshot.pins === 0) this.discard(this.ordered.splice(index, 1)[0]!);
    }
  }

  /**
   * Drops snapshots until the limits hold: first those whose loss leaves the smallest gap, seen from `cursor`, for what
   * they hold. A gap counts by its distance, so that what stays is dense near the cursor and even far away; the bytes
   * count, since one early in a boot, whose pages nobody shares, can hold as much as all those after it.
   */
  private thin(cursor: number): void {
    if (!this.above(1)) return;
    while (this.above(7 / 8)) {
      const victim = this.leastMissed(cursor);
      if (victim < 0) return;
      this.discard(this.ordered.splice(victim, 1)[0]!);
    }
  }

  private above(share: number): boolean {
    return this.aboveCount(share) || this.memory.bytes + this.stateBytes > this.limits.memoryBytes * share;
  }

  private aboveCount(share: number): boolean {
    return this.ordered.length > this.limits.count * share;
  }

  private leastMissed(cursor: number): number {
    const far = Math.max(1, this.ordered.at(-1)!.position / 8);
    const shareOf = this.aboveCount(7 / 8) ? () => 0 : this.memory.shares();
    let victim = -1;
    let least = Infinity;
    for (let index = 1; index < this.ordered.length; index++) {
      const { position, pins, state, root } = this.ordered[index]!;
      if (pins > 0 || position === cursor) continue;
      const next = this.ordered[index + 1]?.position ?? position * 2 - this.ordered[index - 1]!.position;
      const gap = next - this.ordered[index - 1]!.position;
      const missed = gap / (Math.min(Math.abs(cursor - position), far) + 64) / (state.length + shareOf(root));
      if (missed < least) {
        least = missed;
        victim = index;
      }
    }
    return victim;
  }

  private discard(snapshot: Snapshot): void {
    this.stateBytes -= snapshot.state.length;
    this.memory.release(snapshot.root);
  }
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}
