import { assert, hex, sha256Hex, UserError } from "../../base/index.ts";
import { readWhole, type RecordingCache, type RecordingStore } from "../../storage/index.ts";
import type { Host } from "../door/host.ts";
import { decodeIndex, decodeKeyframe, encodeIndex, encodeKeyframe, type StoredKeyframe } from "./keyframe-format.ts";
import { ContentHash } from "./content-hash.ts";
import { decodeFootprints, encodeFootprints } from "./footprint-format.ts";
import type { Footprints } from "../motion/footprints.ts";
import type { OutputHistory } from "../state/output-history.ts";
import { packId, PackReader, PackWriter, pagesPerPack } from "./pack.ts";
import type { PageVersion } from "../state/page-tree.ts";
import type { Snapshot } from "../state/snapshots.ts";
import type { Timeline } from "../session/timeline.ts";

const pageBytes = 4096;
/** Stores unpack beside this thread. */
const packsAtOnce = 4;
/** The location of a page that is as it was at power-on: every opening of the recording has it in RAM. */
const asAtPowerOn = 0;
/** Packs begin with their first page: the pack with the location above is none. */
const firstContent = pagesPerPack;

/**
 * Some snapshots of a recording, kept in its cache: what lets a recording be opened again without replaying it first.
 * Pages with the same content are kept once. All of it can be thrown away at any time.
 */
export class Keyframes {
  private readonly cache: RecordingCache;
  /** Something came from the cache, and history went on from there. */
  used = false;
  /** The cache holds something that goes with what is known here. */
  private begun = false;
  /** Positions in the cache, ascending. */
  private stored: number[] = [];
  private located = new WeakMap<PageVersion, number>();
  /** Versions made from stored contents, by location. */
  private readonly versions = new Map<number, PageVersion>();
  /** The index in the cache says so. */
  private indexedTo = 0;
  /** Versions of power-on, by page: RAM may hold them, so that each is good for its own page only. */
  private readonly powerOn = new Map<number, PageVersion>();
  private readonly byContent = new Map<string, number>();
  private pack: PackWriter | undefined;
  private contents = firstContent;
  /** packId of those in the cache. */
  private footprints = 0;
  /** Of the packs that were written or read. */
  private readonly packIds = new Map<number, number>();
  /** Packs that each stored keyframe needs, as far as they were looked up. */
  private readonly packsOf = new Map<number, ReadonlySet<number>>();
  /** Packs that were deleted. */
  private readonly gone = new Set<number>();
  /** At least so far apart, since more would take too much room. */
  private apart = 0;
  /** The save in progress. */
  private work: Promise<boolean> | undefined;
  private stopping = false;

  constructor(
    private readonly timeline: Timeline,
    private readonly store: RecordingStore,
    private readonly name: string,
    private readonly host: Host,
    /** Else it is another session's: looked at only. */
    private readonly writable = true,
  ) {
    this.cache = store.cache(name);
    this.forget();
  }

  /** Takes over what the cache knows of this recording. Called with the machine at power-on. */
  async open(): Promise<void> {
    try {
      const blob = await this.cache.get("index");
      if (!blob) return;
      const index = decodeIndex(blob);
      const log = await readWhole(this.store, this.name);
      if (sha256Hex(log.subarray(0, index.logBytes)) !== index.logSha256) return;
      if (hex(this.timeline.powerOnHash) !== index.powerOnHash) return;
      this.contents = Math.ceil(index.contents / pagesPerPack) * pagesPerPack;
      this.stored = [...index.keyframes];
      this.begun = true;
      this.indexedTo = index.indexedTo;
      for (const { port, bytes, positions } of index.outputs)
        bytes.forEach((byte, at) => this.timeline.output.add(port, Uint8Array.of(byte), positions[at]! - 1));
      this.timeline.output.reached(index.indexedTo);
      this.timeline.indexedTo = index.indexedTo;
      const footprints = await this.cache.get("footprints");
      if (footprints && packId(footprints) === index.footprints) {
        this.timeline.footprints = decodeFootprints(footprints, this.timeline.machine);
        this.footprints = index.footprints;
      }
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
    }
  }

  /** Brings the last stored keyframe at or before `position` into memory, when none there is as near. */
  async warm(position: number): Promise<void> {
    const nearest = this.stored.findLast((stored) => stored <= position);
    if (nearest === undefined || nearest <= this.timeline.snapshots.nearest(position).position) return;
    try {
      this.timeline.snapshots.insert(await this.load(nearest));
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
    this.stored = [];
    this.begun = false;
    this.indexedTo = 0;
    this.contents = firstContent;
    this.footprints = 0;
    this.byContent.clear();
    this.versions.clear();
    this.packsOf.clear();
    this.packIds.clear();
    this.gone.clear();
    this.gone.add(0);
    this.apart = 0;
    this.located = new WeakMap();
    this.timeline.memory.forEach(this.timeline.snapshots.nearest(0).root, (page, version) => {
      this.located.set(version, asAtPowerOn);
      this.powerOn.set(page, version);
    });
  }

  private async saveAll(indexedTo: number, logged: Promise<void>, goOn: () => boolean): Promise<boolean> {
    // Before anything is waited for: a branch may begin meanwhile, with snapshots and output of its own.
    const { output, footprints } = this.timeline;
    const chosen = this.worthKeeping(indexedTo);
    for (const snapshot of chosen) snapshot.pins++;
    let all = true;
    let reached = this.indexedTo;
    try {
      await logged;
      if (!this.begun) {
        await this.cache.clear();
        this.begun = true;
      }
      for (const snapshot of chosen) {
        all = await this.put(snapshot, goOn);
        if (!all) break;
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
    await this.putIndex(reached, output);
    // Nothing names them any more.
    for (const key of dropped) await this.cache.delete(key);
    return all;
  }

  /** Leaves out keyframes, evenly, until there are few enough; returns the blobs that nobody needs then. */
  private async thin(indexedTo: number): Promise<readonly string[]> {
    const { limits } = this.timeline;
    const dropped: string[] = [];
    for (;;) {
      this.apart = this.spacing(indexedTo);
      const kept: number[] = [];
      for (const position of this.stored)
        if (position - (kept.at(-1) ?? 0) >= this.apart) kept.push(position);
        else dropped.push(`state-${position}`);
      this.stored = kept;
      const packs = Math.ceil(this.contents / pagesPerPack) - this.gone.size;
      if (dropped.length === 0 && packs * pagesPerPack * pageBytes <= limits.keyframeBytes) return dropped;
      const needed = await this.neededPacks();
      for (let pack = 0; pack * pagesPerPack < this.contents; pack++) {
        if (needed.has(pack) || this.gone.has(pack)) continue;
        this.gone.add(pack);
        dropped.push(`pages-${pack}`);
      }
      if (needed.size * pagesPerPack * pageBytes <= limits.keyframeBytes || kept.length < 2) break;
      this.apart *= 2;
    }
    for (const [key, location] of this.byContent) if (this.isGone(location)) this.byContent.delete(key);
    for (const location of this.versions.keys()) if (this.isGone(location)) this.versions.delete(location);
    return dropped;
  }

  private async neededPacks(): Promise<ReadonlySet<number>> {
    const needed = new Set<number>();
    for (const position of this.stored) {
      const packs = this.packsOf.get(position) ?? new Set((await this.read(position)).packs.keys());
      this.packsOf.set(position, packs);
      for (const pack of packs) needed.add(pack);
    }
    return needed;
  }

  private isGone(location: number): boolean {
    return location !== asAtPowerOn && this.gone.has(Math.floor(location / pagesPerPack));
  }

  /** Instructions between keyframes of a history so long. */
  private spacing(indexedTo: number): number {
    const { keyframeInterval, keyframeCount } = this.timeline.limits;
    let apart = Math.max(keyframeInterval, this.apart);
    while (indexedTo / apart > keyframeCount) apart *= 2;
    return apart;
  }

  private worthKeeping(indexedTo: number): readonly Snapshot[] {
    const apart = this.spacing(indexedTo);
    const chosen: Snapshot[] = [];
    const taken = [0, ...this.stored];
    for (const snapshot of this.timeline.snapshots.all) {
      if (snapshot.position > indexedTo) break;
      if (taken.some((position) => Math.abs(position - snapshot.position) < apart)) continue;
      taken.push(snapshot.position);
      chosen.push(snapshot);
    }
    return chosen;
  }

  /** Resolves to false when it was ended early. */
  private async put(snapshot: Snapshot, goOn: () => boolean): Promise<boolean> {
    if (!goOn()) return false;
    const pages: number[] = [];
    const versions: PageVersion[] = [];
    this.timeline.memory.forEach(snapshot.root, (page, version) => {
      pages.push(page);
      versions.push(version);
    });
    const pack = (this.pack ??= new PackWriter());
    assert(pack.empty, "what was put before is in packs of its own");
    const write = async (): Promise<void> => {
      if (pack.empty) return;
      const number = Math.floor((this.contents - 1) / pagesPerPack);
      const blob = pack.finish();
      this.packIds.set(number, packId(blob));
      await this.cache.put(`pages-${number}`, blob);
    };
    const hash = new ContentHash();
    for (let index = 0; index < pages.length; index++) {
      const version = versions[index]!;
      const known = this.located.get(version);
      if (known !== undefined && !this.isGone(known)) continue;
      const content = this.timeline.memory.content(pages[index]!, version);
      assert(content, "a pinned snapshot keeps its contents");
      const key = hash.of(content);
      let location = this.byContent.get(key);
      if (location === undefined) {
        location = this.contents++;
        pack.add(content, key);
        this.byContent.set(key, location);
      }
      this.located.set(version, location);
      if (pack.full) {
        await write();
        await this.host.giveWay();
        // Between packs all that is located is stored.
        if (!goOn()) return false;
      } else if (index % pagesPerPack === 0) await this.host.giveWay();
    }
    // Packs are never written twice: the next one begins.
    await write();
    this.contents = Math.ceil(this.contents / pagesPerPack) * pagesPerPack;
    const { position, virtualNs, state, consumed } = snapshot;
    const locations = versions.map((version) => this.located.get(version)!);
    const needed = packsOf(locations);
    const packs = new Map([...needed].map((number) => [number, this.packIds.get(number)!]));
    await this.cache.put(
      `state-${position}`,
      encodeKeyframe({ position, virtualNs, state, ...consumed, pages, locations, packs }),
    );
    this.packsOf.set(position, needed);
    this.stored.push(position);
    this.stored.sort((a, b) => a - b);
    return true;
  }

  private async putFootprints(footprints: Footprints): Promise<void> {
    const blob = encodeFootprints(footprints);
    const id = packId(blob);
    if (id === this.footprints) return;
    await this.cache.put("footprints", blob);
    this.footprints = id;
  }

  private async putIndex(indexedTo: number, output: OutputHistory): Promise<void> {
    const log = await readWhole(this.store, this.name);
    const outputs = output.ports.map((port) => {
      const { bytes, positions } = output.since(port, 0);
      const known = output.until(port, indexedTo).length;
      return { port, bytes: bytes.subarray(0, known), positions: positions.subarray(0, known) };
    });
    const index = encodeIndex({
      logBytes: log.length,
      logSha256: sha256Hex(log),
      powerOnHash: hex(this.timeline.powerOnHash),
      indexedTo,
      keyframes: this.stored,
      contents: this.contents,
      footprints: this.footprints,
      outputs,
    });
    await this.cache.put("index", index);
    this.indexedTo = indexedTo;
  }

  private async load(position: number): Promise<Snapshot> {
    const stored = await this.read(position);
    for (const [pack, id] of stored.packs)
      if (id !== (this.packIds.get(pack) ?? id)) throw new UserError("the cache is damaged");
    const missing = new Map<number, number[]>();
    stored.locations.forEach((location, index) => {
      if (this.known(stored.pages[index]!, location)) return;
      const pack = Math.floor(location / pagesPerPack);
      const wanted = missing.get(pack);
      if (wanted) wanted.push(location);
      else missing.set(pack, [location]);
    });
    const loaded = new Map<number, Uint8Array>();
    const packs = [...missing];
    const loadPacks = async (): Promise<void> => {
      for (let next = packs.pop(); next; next = packs.pop()) {
        const [pack, locations] = next;
        const blob = await this.blob(`pages-${pack}`);
        const contents = new PackReader(blob);
        if (packId(blob) !== stored.packs.get(pack)) throw new UserError("the cache is damaged");
        this.packIds.set(pack, packId(blob));
        const pages = contents.pages(locations.map((location) => location % pagesPerPack));
        locations.forEach((location, at) => loaded.set(location, pages[at]!));
      }
    };
    await Promise.all(Array.from({ length: packsAtOnce }, loadPacks));
    const versions = stored.locations.map((location, index) => {
      return this.known(stored.pages[index]!, location) ?? this.version(location, loaded.get(location));
    });
    const { virtualNs, state, entropy, realTimes } = stored;
    const root = this.timeline.memory.import(stored.pages, versions);
    return { position, virtualNs, state, root, consumed: { entropy, realTimes }, pins: 0 };
  }

  /** The version with a stored content, if its bytes are still held for some snapshot. */
  private known(page: number, location: number): PageVersion | undefined {
    if (location === asAtPowerOn) return this.powerOn.get(page);
    const version = this.versions.get(location);
    return version && (version.refs > 0 || version.bytes) ? version : undefined;
  }

  private version(location: number, bytes: Uint8Array | undefined): PageVersion {
    assert(bytes, "a location has its content");
    const version = this.timeline.memory.importVersion(bytes);
    this.versions.set(location, version);
    this.located.set(version, location);
    return version;
  }

  private async read(position: number): Promise<StoredKeyframe> {
    return decodeKeyframe(await this.blob(`state-${position}`));
  }

  private async blob(key: string): Promise<Uint8Array> {
    const blob = await this.cache.get(key);
    if (!blob) throw new UserError("the cache is incomplete");
    return blob;
  }
}

function packsOf(locations: readonly number[]): ReadonlySet<number> {
  return new Set(locations.filter((at) => at !== asAtPowerOn).map((location) => Math.floor(location / pagesPerPack)));
}
