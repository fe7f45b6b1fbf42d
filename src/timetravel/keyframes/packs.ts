import { assert, UserError } from "../../base/index.ts";
import type { RecordingCache } from "../../storage/index.ts";
import type { MemoryHistory } from "../state/memory.ts";
import type { PageVersion } from "../state/page-tree.ts";
import type { Snapshot } from "../state/snapshots.ts";
import { ContentHash } from "./content-hash.ts";
import { blob, type StoredKeyframe } from "./format.ts";
import { packId, PackReader, PackWriter, pageBytes, pagesPerPack } from "./pack.ts";

/** Stores unpack beside this thread. */
const packsAtOnce = 4;
/** The location of a page that is as it was at power-on: every opening of the recording has it in RAM. */
const asAtPowerOn = 0;
/** Packs begin with their first page: the pack with the location above is none. */
const firstContent = pagesPerPack;

/** Contents of pages in a cache, equal ones once. A location is pack × pagesPerPack + index within the pack. */
export class Packs {
  private readonly located = new WeakMap<PageVersion, number>();
  /** Versions made from stored contents, by location. */
  private readonly versions = new Map<number, PageVersion>();
  /** Versions of power-on, by page: RAM may hold them, so that each is good for its own page only. */
  private readonly powerOn = new Map<number, PageVersion>();
  private readonly byContent = new Map<string, number>();
  /** packId of the packs that were written or read. */
  private readonly ids = new Map<number, number>();
  /** Packs that were deleted. */
  private readonly gone = new Set([Math.floor(asAtPowerOn / pagesPerPack)]);
  private pack: PackWriter | undefined;
  private next: number;

  /** `used`: locations that are in use. */
  constructor(
    private readonly cache: RecordingCache,
    private readonly memory: MemoryHistory,
    powerOn: Snapshot,
    used = firstContent,
  ) {
    this.next = roundUp(used);
    memory.forEach(powerOn.root, (page, version) => {
      this.located.set(version, asAtPowerOn);
      this.powerOn.set(page, version);
    });
  }

  /** Locations in use. */
  get used(): number {
    return this.next;
  }

  /** Of the packs that are there, before they are compressed. */
  get bytes(): number {
    return (this.next / pagesPerPack - this.gone.size) * pagesPerPack * pageBytes;
  }

  /** Stores what is not stored yet of a pinned snapshot's pages. Resolves to their locations; undefined: `goOn` said no. */
  async put(
    pages: readonly number[],
    versions: readonly PageVersion[],
    giveWay: () => Promise<void>,
    goOn: () => boolean,
  ): Promise<readonly number[] | undefined> {
    const pack = (this.pack ??= new PackWriter());
    assert(pack.empty, "what was put before is in packs of its own");
    const hash = new ContentHash();
    for (let index = 0; index < pages.length; index++) {
      const version = versions[index]!;
      const known = this.located.get(version);
      if (known !== undefined && !this.isGone(known)) continue;
      const content = this.memory.content(pages[index]!, version);
      assert(content, "a pinned snapshot keeps its contents");
      const key = hash.of(content);
      let location = this.byContent.get(key);
      if (location === undefined) {
        location = this.next++;
        pack.add(content, key);
        this.byContent.set(key, location);
      }
      this.located.set(version, location);
      if (pack.full) {
        await this.write(pack);
        await giveWay();
        // Between packs all that is located is stored.
        if (!goOn()) return undefined;
      } else if (index % pagesPerPack === 0) await giveWay();
    }
    // Packs are never written twice: the next one begins.
    await this.write(pack);
    this.next = roundUp(this.next);
    return versions.map((version) => this.located.get(version)!);
  }

  private async write(pack: PackWriter): Promise<void> {
    if (pack.empty) return;
    const number = packOf(this.next - 1);
    const bytes = pack.finish();
    this.ids.set(number, packId(bytes));
    await this.cache.put(`pages-${number}`, bytes);
  }

  /** The packs that these are in, with their packId. */
  idsOf(locations: readonly number[]): ReadonlyMap<number, number> {
    const packs = new Set(locations.filter((location) => location !== asAtPowerOn).map(packOf));
    return new Map([...packs].map((pack) => [pack, this.ids.get(pack)!]));
  }

  /** Versions with the contents of a keyframe's pages. Rejects with a UserError when one is damaged, or not there. */
  async load({ pages, locations, packs: ids }: StoredKeyframe): Promise<PageVersion[]> {
    for (const [pack, id] of ids) if (id !== (this.ids.get(pack) ?? id)) throw new UserError("the cache is damaged");
    const missing = new Map<number, number[]>();
    locations.forEach((location, index) => {
      if (this.known(pages[index]!, location)) return;
      const wanted = missing.get(packOf(location));
      if (wanted) wanted.push(location);
      else missing.set(packOf(location), [location]);
    });
    const loaded = new Map<number, Uint8Array>();
    const packs = [...missing];
    const loadPacks = async (): Promise<void> => {
      for (let next = packs.pop(); next; next = packs.pop()) {
        const [pack, wanted] = next;
        const bytes = await blob(this.cache, `pages-${pack}`);
        const reader = new PackReader(bytes);
        if (packId(bytes) !== ids.get(pack)) throw new UserError("the cache is damaged");
        this.ids.set(pack, packId(bytes));
        const contents = reader.pages(wanted.map((location) => location % pagesPerPack));
        wanted.forEach((location, at) => loaded.set(location, contents[at]!));
      }
    };
    await Promise.all(Array.from({ length: packsAtOnce }, loadPacks));
    return locations.map(
      (location, index) => this.known(pages[index]!, location) ?? this.version(location, loaded.get(location)),
    );
  }

  /** Nobody needs other packs. Returns the keys of their blobs. */
  dropAllBut(needed: ReadonlySet<number>): readonly string[] {
    const dropped: string[] = [];
    for (let pack = 0; pack * pagesPerPack < this.next; pack++) {
      if (needed.has(pack) || this.gone.has(pack)) continue;
      this.gone.add(pack);
      dropped.push(`pages-${pack}`);
    }
    for (const [key, location] of this.byContent) if (this.isGone(location)) this.byContent.delete(key);
    for (const location of this.versions.keys()) if (this.isGone(location)) this.versions.delete(location);
    return dropped;
  }

  private isGone(location: number): boolean {
    return location !== asAtPowerOn && this.gone.has(packOf(location));
  }

  /** The version with a stored content, if its bytes are still held for some snapshot. */
  private known(page: number, location: number): PageVersion | undefined {
    if (location === asAtPowerOn) return this.powerOn.get(page);
    const version = this.versions.get(location);
    return version && (version.refs > 0 || version.bytes) ? version : undefined;
  }

  private version(location: number, bytes: Uint8Array | undefined): PageVersion {
    assert(bytes, "a location has its content");
    const version = this.memory.importVersion(bytes);
    this.versions.set(location, version);
    this.located.set(version, location);
    return version;
  }
}

const packOf = (location: number): number => Math.floor(location / pagesPerPack);
/** To the beginning of a pack. */
const roundUp = (location: number): number => Math.ceil(location / pagesPerPack) * pagesPerPack;
