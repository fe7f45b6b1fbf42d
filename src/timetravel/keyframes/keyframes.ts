import { UserError } from "../../base/index.ts";
import type { RecordingCache, RecordingStore } from "../../storage/index.ts";
import type { Host } from "../door/host.ts";
import type { Footprints } from "../motion/footprints.ts";
import type { Chronicle } from "../session/chronicle.ts";
import { type Beside, readIndex, takeOver, writeIndex } from "./cache-index.ts";
import { keyOf, load, readKeyframe, store } from "./loading.ts";
import { packId } from "./pack.ts";
import { Packs } from "./packs.ts";
import { decodeFootprints, encodeFootprints } from "./stored-footprints.ts";
import { spacing, thinned, worthKeeping } from "./thinning.ts";

/**
 * Some snapshots of a recording, kept in its cache: what lets a recording be opened again without replaying it first.
 * Pages with the same content are kept once. All of it can be thrown away at any time.
 */
export class Keyframes {
  /** Something came from the cache, and history went on from there. */
  used = false;
  private readonly cache: RecordingCache;
  private readonly beside: Beside;
  private packs: Packs;
  /** The cache holds something that goes with what is known here. */
  private begun = false;
  /** Positions in the cache, ascending. */
  private stored: number[] = [];
  /** Packs that each of them needs, as far as they were looked up. */
  private readonly packsOf = new Map<number, ReadonlySet<number>>();
  /** The index in the cache says so. */
  private indexedTo = 0;
  /** packId of those in the cache. */
  private footprints = 0;
  /** At least so far apart, since more would take too much room. */
  private apart = 0;
  /** The save in progress. */
  private work: Promise<boolean> | undefined;
  private stopping = false;

  constructor(
    private readonly chronicle: Chronicle,
    store: RecordingStore,
    name: string,
    private readonly host: Host,
    /** Else it is another session's: looked at only. */
    private readonly writable = true,
  ) {
    this.cache = store.cache(name);
    this.beside = { store, name, cache: this.cache };
    this.packs = this.newPacks();
  }

  /** Takes over what the cache knows of this recording. Called with the machine at power-on. */
  async open(): Promise<void> {
    const { chronicle } = this;
    try {
      const index = await readIndex(this.beside, chronicle);
      if (!index) return;
      this.begun = true;
      this.packs = this.newPacks(index.contents);
      this.stored = [...index.keyframes];
      this.indexedTo = index.indexedTo;
      takeOver(index, chronicle);
      const footprints = await this.cache.get("footprints");
      if (footprints && packId(footprints) === index.footprints) {
        chronicle.footprints = decodeFootprints(footprints, chronicle.machine);
        this.footprints = index.footprints;
      }
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
    }
  }

  /** Brings the last stored keyframe at or before `position` into memory, when none there is as near. */
  async warm(position: number): Promise<void> {
    const { snapshots, memory } = this.chronicle;
    const nearest = this.stored.findLast((stored) => stored <= position);
    if (nearest === undefined || nearest <= snapshots.nearest(position).position) return;
    try {
      snapshots.insert(await load(this.cache, this.packs, memory, nearest));
      this.used = true;
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      // The cache was thrown away, or is damaged: history can be run through as well.
      await this.stop();
      this.forget();
    }
  }

  /**
   * Stores keyframes of history as it is now, up to `indexedTo`, once the stored log reaches that far (`logged`), until
   * `goOn` says no. Another save goes on from there. Gives way to the host; may run beside motion. Resolves to whether all
   * is stored.
   */
  save(indexedTo: number, logged: Promise<void>, goOn: () => boolean): Promise<boolean> {
    if (!this.writable) return logged.then(() => true);
    // A save in progress waits for what it needs.
    logged.catch(() => undefined);
    this.work ??= this.saveAll(indexedTo, logged, () => !this.stopping && goOn())
      .catch(async (error: unknown) => {
        // What is left of a full storage is for the recording.
        this.forget();
        await this.cache.clear().catch(() => undefined);
        throw error;
      })
      .finally(() => (this.work = undefined));
    return this.work;
  }

  /** Ends a save in progress: behind it nothing is written any more. */
  async stop(): Promise<void> {
    this.stopping = true;
    await this.work?.catch(() => undefined);
    this.stopping = false;
  }

  /** They turned out wrong. */
  async discard(): Promise<void> {
    await this.stop();
    this.forget();
    this.used = false;
    if (this.writable) await this.cache.clear();
  }

  private forget(): void {
    this.packs = this.newPacks();
    this.begun = false;
    this.stored = [];
    this.packsOf.clear();
    this.indexedTo = this.footprints = this.apart = 0;
  }

  private newPacks(used?: number): Packs {
    const { memory, snapshots } = this.chronicle;
    return new Packs(this.cache, memory, snapshots.nearest(0), used);
  }

  private async saveAll(indexedTo: number, logged: Promise<void>, goOn: () => boolean): Promise<boolean> {
    const { cache, packs, chronicle } = this;
    // Before anything is waited for: a branch may begin meanwhile, with snapshots and output of its own.
    const { output, footprints } = chronicle;
    const chosen = worthKeeping(chronicle.snapshots.all, this.stored, indexedTo, this.spacing(indexedTo));
    for (const snapshot of chosen) snapshot.pins++;
    let all = true;
    let reached = this.indexedTo;
    try {
      await logged;
      if (!this.begun) {
        await cache.clear();
        this.begun = true;
      }
      for (const snapshot of chosen) {
        const needed = await store(cache, packs, chronicle.memory, snapshot, () => this.host.giveWay(), goOn);
        if (!(all = needed !== undefined)) break;
        this.packsOf.set(snapshot.position, needed!);
        this.stored.push(snapshot.position);
        this.stored.sort((a, b) => a - b);
        reached = Math.max(reached, snapshot.position);
      }
    } finally {
      for (const snapshot of chosen) snapshot.pins--;
    }
    // Without it, what was put is as good as not there. What it does not reach is indexed anew.
    if (all) reached = indexedTo;
    if (this.stopping || reached === 0) return all;
    const dropped = all ? await this.thin(indexedTo) : [];
    await this.putFootprints(footprints.upTo(reached));
    const { stored: keyframes, footprints: footprintsId } = this;
    const held = { indexedTo: reached, keyframes, contents: packs.used, footprints: footprintsId };
    await writeIndex(this.beside, chronicle, output, held);
    this.indexedTo = reached;
    // Nothing names them any more.
    for (const key of dropped) await cache.delete(key);
    return all;
  }

  private spacing(indexedTo: number): number {
    return spacing(indexedTo, this.apart, this.chronicle.limits);
  }

  /** Leaves out keyframes, evenly, until there are few enough; returns the blobs that nobody needs then. */
  private async thin(indexedTo: number): Promise<readonly string[]> {
    const { keyframeBytes } = this.chronicle.limits;
    const dropped: string[] = [];
    for (;;) {
      this.apart = this.spacing(indexedTo);
      const kept = new Set(thinned(this.stored, this.apart));
      dropped.push(...this.stored.filter((position) => !kept.has(position)).map(keyOf));
      this.stored = [...kept];
      if (dropped.length === 0 && this.packs.bytes <= keyframeBytes) return dropped;
      dropped.push(...this.packs.dropAllBut(await this.neededPacks()));
      if (this.packs.bytes <= keyframeBytes || kept.size < 2) return dropped;
      this.apart *= 2;
    }
  }

  private async neededPacks(): Promise<ReadonlySet<number>> {
    const needed = new Set<number>();
    for (const position of this.stored) {
      const packs = this.packsOf.get(position) ?? new Set((await readKeyframe(this.cache, position)).packs.keys());
      this.packsOf.set(position, packs);
      for (const pack of packs) needed.add(pack);
    }
    return needed;
  }

  private async putFootprints(footprints: Footprints): Promise<void> {
    const blob = encodeFootprints(footprints);
    const id = packId(blob);
    if (id === this.footprints) return;
    await this.cache.put("footprints", blob);
    this.footprints = id;
  }
}
