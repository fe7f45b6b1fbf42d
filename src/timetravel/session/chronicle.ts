import { assert, hex } from "../../base/index.ts";
import type { Door } from "../../hardware/index.ts";
import type { HitPolicy, Machine, Stop } from "../../machine/index.ts";
import { Divergence } from "../divergence.ts";
import { Footprints } from "../motion/footprints.ts";
import { BLOCK_BYTES, LOG_CACHE_BYTES } from "../log/blocks.ts";
import type { History } from "../log/history.ts";
import type { Consumed } from "../log/part.ts";
import type { LogRecord } from "../log/records.ts";
import { MemoryHistory } from "../state/memory.ts";
import { RecordedOutput } from "../state/recorded-output.ts";
import { Replayer } from "../door/replayer.ts";
import { Snapshots, type Snapshot } from "../state/snapshots.ts";
import { StateHash } from "../state/state-hash.ts";

export interface TravelLimits {
  /** Instructions between automatic snapshots. */
  readonly snapshotInterval: number;
  /** Instructions between hashes in the log; a multiple of the above keeps the stops few. */
  readonly hashInterval: number;
  /** For snapshots: copies of pages, trees and states. */
  readonly memoryBytes: number;
  readonly snapshotCount: number;
  /** Instructions between snapshots that are stored, at least. */
  readonly keyframeInterval: number;
  /** Of these no more than so many, and so many bytes of pages before they are compressed: else every other one goes. */
  readonly keyframeCount: number;
  readonly keyframeBytes: number;
  /** For records of the log that its file has, too. */
  readonly logCacheBytes: number;
  /** Of the file: so much of the log is read at once. */
  readonly logBlockBytes: number;
}

export const defaultLimits: TravelLimits = {
  snapshotInterval: 2 ** 24,
  hashInterval: 2 ** 25,
  memoryBytes: 512 * 2 ** 20,
  snapshotCount: 2000,
  keyframeInterval: 2 ** 24,
  keyframeCount: 512,
  keyframeBytes: 2 ** 30,
  logCacheBytes: LOG_CACHE_BYTES,
  logBlockBytes: BLOCK_BYTES,
};

/** A history that another one branched off from: what `rejoin` needs to go on in it. */
export interface LeftHistory {
  readonly history: History;
  readonly output: RecordedOutput;
  readonly footprints: Footprints;
  readonly indexedTo: number;
  readonly toldTo: number;
  readonly later: readonly Snapshot[];
}

/**
 * A machine and its history: the moves, all synchronous. Forward is running, with snapshots and hashes on the way;
 * back is restoring a snapshot and running on from there. Who calls `advance` chooses the slice.
 */
export class Chronicle {
  readonly snapshots: Snapshots;
  output = new RecordedOutput();
  footprints = new Footprints();
  replayer: Replayer;
  /** Positions up to which every automatic snapshot was taken. */
  indexedTo = 0;
  readonly memory: MemoryHistory;
  /** Output up to here was told, however much more of it is known from earlier on. */
  private toldTo = 0;
  /** Hash of State(0). */
  powerOnHash = new Uint8Array(16);
  private readonly hash: StateHash;
  /** Snapshot and hash due at this position are done. */
  private settledAt = -1;
  /** The machine's footprint is that of its way from here. */
  private cameFrom = 0;

  /** `log`: where hashes go while live. `onOutput`: bytes that history had not come to here before. */
  constructor(
    readonly machine: Machine,
    public history: History,
    readonly limits: TravelLimits,
    public log: (record: LogRecord) => void,
    onOutput: (port: number, bytes: Uint8Array) => void,
  ) {
    this.hash = new StateHash(machine);
    this.memory = new MemoryHistory(machine.pages, (pages) => this.hash.changed(pages));
    this.snapshots = new Snapshots(machine, this.memory, {
      memoryBytes: limits.memoryBytes,
      count: limits.snapshotCount,
    });
    this.replayer = new Replayer(history);
    machine.onOutput = (port, bytes, position) => {
      // What was sent as messages is told once and not kept: a packet's way ends at its receiver.
      const stream = machine.ports[port]?.framing === "stream";
      const fresh = stream && this.output.add(port, bytes, position);
      if (fresh || position >= this.toldTo) onOutput(port, bytes);
    };
  }

  /** The live end: what the door gives is logged, not known before. */
  get live(): boolean {
    return this.machine.door !== this.replayer;
  }

  powerOn(door: Door): void {
    this.machine.door = door;
    this.replayer.rewind();
    this.machine.powerOn();
    this.comeFrom(0);
    this.takeSnapshot().pins++;
    this.settledAt = 0;
    this.powerOnHash = this.stateHash();
  }

  /** How far up to `until` one can go at once: as far as the log is in memory, where it is brought for one step at least. */
  async ready(until: number): Promise<number> {
    for (;;) {
      const reach = this.readyTo(until);
      if (reach !== undefined) return reach;
      await this.history.blocks.load(this.machine.position, until);
    }
  }

  /** The same where nothing has to be brought there. */
  readyTo(until: number): number | undefined {
    const { position } = this.machine;
    if (this.live || until <= position) return until;
    const reach = this.history.blocks.loadedTo(position, until);
    return reach > position ? reach : undefined;
  }

  /** Runs to `until` at most, stopping for nothing else than a Stop of the machine. Throws a Divergence. */
  advance(until: number, hits: HitPolicy): Stop {
    if (!this.live && this.machine.position < until) this.replayer.look(this.machine.position);
    for (let policy = hits; ; policy = policy.kind === "stop" ? { kind: "stop", told: [] } : policy) {
      this.settle();
      const { position } = this.machine;
      if (position >= until) return { kind: "position" };
      const stop = this.machine.run(Math.min(until, this.nextBoundary(position)), policy);
      this.output.reached(this.machine.position);
      this.toldTo = Math.max(this.toldTo, this.machine.position);
      if (stop.kind === "idle") return stop;
      if (stop.kind !== "position") {
        if (stop.kind === "shutdown" && !this.live && this.machine.position < this.history.end)
          throw new Divergence("the replayed machine shut down", this.machine.position);
        this.settle();
        return stop;
      }
    }
  }

  /** Restores a snapshot. The door is the replayer's from here on. */
  restore(snapshot: Snapshot): void {
    this.machine.door = this.replayer;
    this.snapshots.restore(snapshot);
    this.replayer.moveTo(snapshot.position, snapshot.consumed);
    this.comeFrom(snapshot.position);
    this.settledAt = snapshot.position;
  }

  /** From here on the known history is given again. */
  leaveLive(): void {
    this.replayer.moveTo(this.machine.position, this.consumed);
    this.machine.door = this.replayer;
  }

  goLive(door: Door): void {
    assert(this.machine.position === this.history.end, "the live end is elsewhere");
    this.machine.door = door;
  }

  /** From here on history is another one, with the same past and no future yet. The caller gives it a `log`. */
  fork(): LeftHistory {
    const { position } = this.machine;
    const { history, output, footprints, indexedTo, toldTo, consumed } = this;
    const left = { history, output, footprints, indexedTo, toldTo, later: this.snapshots.setAside(position) };
    this.output = output.upTo(position);
    this.footprints = footprints.upTo(position);
    this.indexedTo = Math.min(indexedTo, position);
    this.enter(history.until(position, consumed), consumed);
    return left;
  }

  /** Goes on in the history that was left, at a position that both have; what the other one had is forgotten. */
  rejoin(left: LeftHistory, from: number): void {
    assert(this.machine.position <= from, "the machine is not in the common past");
    const { consumed } = this;
    this.snapshots.dropAfter(from);
    this.snapshots.putBack(left.later);
    this.output = left.output;
    this.footprints = left.footprints;
    this.indexedTo = left.indexedTo;
    this.toldTo = left.toldTo;
    this.enter(left.history, consumed);
  }

  /** What was known after `position` is wrong. */
  forgetAfter(position: number): void {
    this.snapshots.dropAfter(position);
    this.output.truncate(position);
    this.footprints = this.footprints.upTo(position);
    this.indexedTo = Math.min(this.indexedTo, position);
  }

  private enter(history: History, consumed: Consumed): void {
    this.history = history;
    this.replayer = new Replayer(history);
    this.replayer.moveTo(this.machine.position, consumed);
    this.machine.door = this.replayer;
  }

  takeSnapshot(): Snapshot {
    const snapshot = this.snapshots.take(this.consumed);
    const { position } = snapshot;
    if (!this.footprints.know(this.cameFrom, position))
      this.footprints.add(this.cameFrom, position, this.machine.footprint);
    this.comeFrom(position);
    return snapshot;
  }

  private comeFrom(position: number): void {
    this.cameFrom = position;
    this.machine.beginFootprint();
  }

  stateHash(): Uint8Array<ArrayBuffer> {
    this.memory.settle();
    return this.hash.digest();
  }

  /** The last position at or before `position` whose hash is known to stand in the log. */
  lastHashed(position: number): number {
    return this.history.blocks.lastHash(position);
  }

  private get consumed(): Consumed {
    return this.live ? this.history.total : this.replayer.consumed;
  }

  private nextBoundary(position: number): number {
    const { snapshotInterval, hashInterval } = this.limits;
    const snapshot = (Math.floor(position / snapshotInterval) + 1) * snapshotInterval;
    const hash = this.live
      ? (Math.floor(position / hashInterval) + 1) * hashInterval
      : this.history.blocks.next("hashes", position + 1);
    return Math.min(snapshot, hash);
  }

  /** Does what is due at this position, once: hash or check, automatic snapshot. */
  private settle(): void {
    const { position } = this.machine;
    if (position === this.settledAt) return;
    if (this.live) {
      if (position % this.limits.hashInterval === 0) this.log({ kind: "hash", position, hash: this.stateHash() });
    } else this.check(position);
    if (position % this.limits.snapshotInterval === 0) this.takeSnapshot();
    if (position > this.indexedTo) this.indexedTo = position;
    this.settledAt = position;
  }

  private check(position: number): void {
    const recorded = this.history.blocks.at("hashes", position)[0]?.hash;
    if (recorded && hex(recorded) !== hex(this.stateHash()))
      throw new Divergence("the state's hash is another one", position);
  }
}
