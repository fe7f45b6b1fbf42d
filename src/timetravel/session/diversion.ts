import type { LiveEnd } from "../door/live-end.ts";
import type { History } from "../log/history.ts";
import type { SessionLog } from "../log/session-log.ts";
import type { Snapshot } from "../state/snapshots.ts";
import type { DroppedBranch, SnapshotInfo } from "./session.ts";
import type { LeftHistory, Chronicle } from "./chronicle.ts";

/** Where a history grows, as long as it does, and where it is written down. */
export interface Strand {
  live: LiveEnd | undefined;
  readonly log: SessionLog;
}

/**
 * A throw-away branch: another history from a position of the recorded one on, which waits meanwhile, untouched. It ends by
 * being dropped, or kept as history in place of the other one.
 */
export class Diversion {
  /** State here, and all before, is the same in both. Pinned. */
  private readonly origin: Snapshot;
  private readonly left: LeftHistory;
  /** Of this branch. */
  strand: Strand;

  /**
   * Begins where the machine stands. `recorded`: the one that waits; its live end has been left. `grow`: makes a live end
   * here, in the chronicle's history.
   */
  constructor(
    private readonly chronicle: Chronicle,
    readonly recorded: Strand,
    private readonly grow: () => Strand,
  ) {
    this.origin = chronicle.takeSnapshot();
    this.origin.pins++;
    this.left = chronicle.fork();
    this.strand = grow();
  }

  /** Where it left recorded history. */
  get from(): number {
    return this.origin.position;
  }

  /** Named snapshots of recorded history that are not of this one. */
  snapshotsAside(): readonly SnapshotInfo[] {
    const { names } = this.chronicle.history;
    const all = [...this.left.history.names.values()];
    return all.filter(({ name, position }) => position > this.from && !names.has(name));
  }

  /** Those of them that lie after its beginning, also where it has some of the same name. */
  snapshotsLeft(): readonly SnapshotInfo[] {
    return [...this.left.history.names.values()].filter(({ position }) => position > this.from);
  }

  /** Forgets what it had after where the machine stands, and goes on from there. Returns what is lost, if it has names. */
  beginAnew(end: number): DroppedBranch | undefined {
    const { chronicle, from } = this;
    this.strand.live?.abandon();
    const anew = chronicle.machine.position;
    const { history, later } = chronicle.fork();
    chronicle.snapshots.forget(later);
    this.strand = this.grow();
    const names = namesLost(history, chronicle.history);
    return names.length > 0 ? { from, end, names, anew } : undefined;
  }

  /** The machine stays where it is, in the past that both have, or goes to its beginning; recorded history is there again. */
  drop(end: number): DroppedBranch {
    const { chronicle, origin, left, from } = this;
    const names = namesLost(chronicle.history, left.history);
    if (chronicle.live || chronicle.machine.position > from) chronicle.restore(origin);
    chronicle.rejoin(left, from);
    origin.pins--;
    chronicle.log = this.recorded.log.record;
    return { from, end, names };
  }

  /** It is history from here on; what the other one had after its beginning is forgotten. */
  keep(): void {
    this.chronicle.snapshots.forget(this.left.later);
    this.origin.pins--;
  }
}

/** Named snapshots that another history does not have, or has elsewhere. */
function namesLost({ names }: History, kept: History): string[] {
  const lost = [...names.values()].filter(({ name, position }) => kept.names.get(name)?.position !== position);
  return lost.map(({ name }) => name);
}
