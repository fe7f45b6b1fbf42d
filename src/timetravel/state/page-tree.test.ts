import { describe, expect, it } from "vitest";
import { PageTrees, PageVersion, type TreeNode } from "./page-tree.ts";
import { Random } from "../testing/random.ts";

const COUNT = 40_000;

function build() {
  const freed = new Set<PageVersion>();
  const trees = new PageTrees(COUNT, (version) => freed.add(version));
  const zero = new PageVersion(0);
  const root = trees.retain(trees.uniform(zero));
  return { trees, freed, zero, root };
}

describe("persistent page trees", () => {
  it("hold what was put there, and leave the tree before as it was", () => {
    const { trees, root, zero } = build();
    const pages = [0, 1, 31, 32, 1023, 1024, 32_767, 32_768, COUNT - 1];
    const versions = pages.map(() => new PageVersion(1));
    const next = trees.retain(trees.update(root, pages, versions));
    pages.forEach((page, index) => {
      expect(trees.get(next, page)).toBe(versions[index]);
      expect(trees.get(root, page)).toBe(zero);
    });
    for (const page of [2, 30, 33, 1022, 1025, 32_766]) expect(trees.get(next, page)).toBe(zero);
    const differences: number[] = [];
    trees.diff(root, next, (page, a, b) => {
      expect([a, b]).toEqual([zero, versions[pages.indexOf(page)]]);
      differences.push(page);
    });
    expect(differences).toEqual(pages);
  });

  it("insist on ascending pages", () => {
    const { trees, root, zero } = build();
    expect(() => trees.update(root, [5, 5], [zero, zero])).toThrow(/ascend/);
  });

  it("free nodes and versions with the last tree that holds them", () => {
    const { trees, freed, root } = build();
    const alone = trees.nodes;
    const random = new Random(1);
    const kept: { tree: TreeNode; content: ReadonlyMap<number, PageVersion> }[] = [{ tree: root, content: new Map() }];
    const all = new Set<PageVersion>();
    for (let round = 0; round < 200; round++) {
      const from = random.pick(kept);
      const pages = [...new Set(Array.from({ length: 20 }, () => random.between(0, COUNT - 1)))].sort((a, b) => a - b);
      const versions = pages.map(() => new PageVersion(round));
      for (const version of versions) all.add(version);
      const tree = trees.retain(trees.update(from.tree, pages, versions));
      kept.push({
        tree,
        content: new Map([...from.content, ...pages.map((page, i) => [page, versions[i]!] as const)]),
      });
      if (kept.length > 10) trees.release(kept.splice(random.between(1, kept.length - 1), 1)[0]!.tree);
      const wanted = new Set(kept.flatMap(({ content }) => [...content.values()]));
      for (const version of all) if (freed.has(version) === wanted.has(version)) throw new Error(`round ${round}`);
      for (const { tree: held, content } of kept)
        for (const [page, version] of content) if (trees.get(held, page) !== version) throw new Error(`page ${page}`);
      const share = trees.shares(400, () => 4096);
      const shared = kept.reduce((sum, { tree: held }) => sum + share(held), 0);
      // `zero` is held by all of them, too.
      expect(shared).toBeCloseTo(trees.nodes * 400 + (wanted.size + 1) * 4096, 3);
    }
    for (const { tree } of kept.splice(1)) trees.release(tree);
    expect([trees.nodes, freed.size]).toEqual([alone, all.size]);
  });
});
