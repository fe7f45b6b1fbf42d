import { describe, expect, it } from "vitest";
import { UserError } from "../../base/index.ts";
import { MemoryStore, type RecordingCache } from "../../storage/index.ts";
import { MemoryHistory } from "../state/memory.ts";
import type { PageVersion, TreeNode } from "../state/page-tree.ts";
import type { Snapshot } from "../state/snapshots.ts";
import { FakePages } from "../testing/fake-pages.ts";
import type { StoredKeyframe } from "./format.ts";
import { pageBytes, pagesPerPack } from "./pack.ts";
import { Packs } from "./packs.ts";

const count = 600;
const goOn = (): boolean => true;
const giveWay = async (): Promise<void> => {};

/** RAM through time, whose pages at power-on are zero but for the last one. */
class Ram {
  readonly pages = new FakePages(count);
  readonly memory = new MemoryHistory(this.pages, () => {});
  readonly packs: Packs;
  private root: TreeNode;

  constructor(
    readonly cache: RecordingCache,
    used?: number,
  ) {
    this.pages.write((count - 1) * pageBytes, 99);
    this.root = this.memory.capture();
    this.packs = new Packs(cache, this.memory, { root: this.root } as Snapshot, used);
  }

  /** Writes a byte to the start of pages, and takes a snapshot. */
  snapshot(written: readonly (readonly [page: number, byte: number])[]): TreeNode {
    for (const [page, byte] of written) {
      this.pages.write(page * pageBytes, byte & 0xff);
      this.pages.write(page * pageBytes + 1, byte >> 8);
    }
    return (this.root = this.memory.capture());
  }

  /** Its pages that are not zero, and what they have. */
  contents(root: TreeNode): [number[], PageVersion[]] {
    const [pages, versions]: [number[], PageVersion[]] = [[], []];
    this.memory.forEach(root, (page, version) => {
      pages.push(page);
      versions.push(version);
    });
    return [pages, versions];
  }

  async put(root: TreeNode): Promise<StoredKeyframe> {
    const [pages, versions] = this.contents(root);
    const locations = (await this.packs.put(pages, versions, giveWay, goOn))!;
    return { pages, locations, packs: this.packs.idsOf(locations) } as unknown as StoredKeyframe;
  }

  /** The first two bytes of a keyframe's pages, as they come out of the cache. */
  async load(keyframe: StoredKeyframe): Promise<number[]> {
    const versions = await this.packs.load(keyframe);
    return versions.map((version, at) => {
      const content = this.memory.content(keyframe.pages[at]!, version)!;
      return content[0]! + 256 * content[1]!;
    });
  }
}

const keysOf = async (cache: RecordingCache): Promise<string[]> => [...(await cache.keys())].sort();
const open = (): Ram => new Ram(new MemoryStore().cache("x"));
/** Another session over the same cache. */
const again = ({ cache, packs }: Ram): Ram => new Ram(cache, packs.used);

describe("packs of pages", () => {
  it("give every page back, in another session too", async () => {
    const ram = open();
    const written = Array.from({ length: 300 }, (_, page) => [page, page + 1000] as const);
    const keyframe = await ram.put(ram.snapshot(written));
    const wanted = [...written.map(([, byte]) => byte), 99];
    expect(await ram.load(keyframe)).toEqual(wanted);
    expect(await again(ram).load(keyframe)).toEqual(wanted);
  });

  it("have equal contents once, and nothing that RAM has at power-on", async () => {
    const ram = open();
    const first = await ram.put(
      ram.snapshot([
        [1, 7],
        [2, 7],
        [3, 8],
      ]),
    );
    expect(new Set(first.locations).size).toBe(3);
    const { used } = ram.packs;
    const second = await ram.put(
      ram.snapshot([
        [4, 8],
        [3, 7],
      ]),
    );
    expect(new Set(second.locations)).toEqual(new Set(first.locations));
    expect(ram.packs.used).toBe(used);
    expect(await keysOf(ram.cache)).toEqual(["pages-1"]);
    expect(ram.packs.bytes).toBe(pagesPerPack * pageBytes);
  });

  it("are never written twice: what is put later is in others", async () => {
    const ram = open();
    const first = await ram.put(ram.snapshot([[1, 7]]));
    const before = await ram.cache.get("pages-1");
    const second = await ram.put(ram.snapshot([[1, 8]]));
    expect([...first.packs.keys(), ...second.packs.keys()]).toEqual([1, 2]);
    expect(await ram.cache.get("pages-1")).toEqual(before);
    expect([await ram.load(first), await ram.load(second)]).toEqual([
      [7, 99],
      [8, 99],
    ]);
  });

  it("are begun again after a put that was told to stop, which has whole ones only", async () => {
    const ram = open();
    const [pages, versions] = ram.contents(ram.snapshot(Array.from({ length: 500 }, (_, page) => [page, page + 1000])));
    expect(await ram.packs.put(pages, versions, giveWay, () => false)).toBeUndefined();
    expect(await keysOf(ram.cache)).toEqual(["pages-1"]);
    const locations = (await ram.packs.put(pages, versions, giveWay, goOn))!;
    expect(new Set(locations).size).toBe(pages.length);
    expect(await keysOf(ram.cache)).toEqual(["pages-1", "pages-2"]);
  });

  it("are dropped when nobody needs them, and their contents stored anew when they come again", async () => {
    const ram = open();
    const first = await ram.put(ram.snapshot([[1, 7]]));
    const second = await ram.put(ram.snapshot([[1, 8]]));
    expect(ram.packs.dropAllBut(new Set(second.packs.keys()))).toEqual(["pages-1"]);
    expect(ram.packs.dropAllBut(new Set(second.packs.keys()))).toEqual([]);
    expect(ram.packs.bytes).toBe(pagesPerPack * pageBytes);
    const third = await ram.put(ram.snapshot([[1, 7]]));
    expect(third.locations).not.toEqual(first.locations);
    expect(await again(ram).load(third)).toEqual([7, 99]);
  });

  it("of another session that has written one by the same number are refused, as are damaged ones", async () => {
    const ram = open();
    const keyframe = await ram.put(ram.snapshot([[1, 7]]));
    const other = open();
    await other.put(other.snapshot([[1, 9]]));
    await ram.cache.put("pages-1", (await other.cache.get("pages-1"))!);
    await expect(again(ram).load(keyframe)).rejects.toThrow(new UserError("the cache is damaged"));
    await ram.cache.delete("pages-1");
    await expect(again(ram).load(keyframe)).rejects.toThrow(UserError);
  });
});
