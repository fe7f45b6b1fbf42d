import { assert } from "../../base/index.ts";

/**
 * One content of one page: an identity, and a copy of the bytes once RAM holds them no longer.
 * `born`: the number of snapshots taken before it, which tells whether any snapshot can want it.
 */
export class PageVersion {
  bytes: Uint8Array | undefined;
  /** Leaves that hold it. */
  refs = 0;

  constructor(readonly born: number) {}
}

/** A node of the persistent tree; leaves hold versions. Shared between trees, and counted. */
export interface TreeNode {
  refs: number;
  readonly children: (TreeNode | PageVersion | undefined)[];
}

const fanoutBits = 5;
const fanout = 1 << fanoutBits;

/** Persistent radix trees from page number to version: an update copies the path, all else is shared. */
export class PageTrees {
  /** Levels of inner nodes above the leaves. */
  private readonly height: number;
  /** Nodes alive, for the memory account. */
  nodes = 0;

  /** `onFree`: no tree holds this version any more. */
  constructor(
    readonly count: number,
    private readonly onFree: (version: PageVersion) => void,
  ) {
    let height = 0;
    while (fanout ** (height + 1) < count) height++;
    this.height = height;
  }

  /** A tree with the same version everywhere. Like every tree made here: the caller retains it. */
  uniform(version: PageVersion): TreeNode {
    let child: TreeNode | PageVersion = version;
    for (let level = 0; level <= this.height; level++)
      child = this.node(new Array<TreeNode | PageVersion>(fanout).fill(child));
    return child as TreeNode;
  }

  get(root: TreeNode, page: number): PageVersion {
    let node = root;
    for (let level = this.height; level > 0; level--) node = node.children[this.slot(page, level)] as TreeNode;
    return node.children[this.slot(page, 0)] as PageVersion;
  }

  /** The tree that has `versions[i]` at `pages[i]` and else what `root` has. `pages` ascend. */
  update(root: TreeNode, pages: readonly number[], versions: readonly PageVersion[]): TreeNode {
    return this.updated(root, this.height, pages, versions, 0, pages.length);
  }

  private updated(
    node: TreeNode,
    level: number,
    pages: readonly number[],
    versions: readonly PageVersion[],
    from: number,
    to: number,
  ): TreeNode {
    const children = node.children.slice();
    for (let at = from; at < to;) {
      const slot = this.slot(pages[at]!, level);
      let next = at + 1;
      while (next < to && this.slot(pages[next]!, level) === slot) next++;
      if (level === 0) assert(next === at + 1, "pages to update must ascend");
      children[slot] =
        level === 0 ? versions[at]! : this.updated(children[slot] as TreeNode, level - 1, pages, versions, at, next);
      at = next;
    }
    return this.node(children);
  }

  /** Calls back for every page whose version differs, in ascending order. */
  diff(a: TreeNode, b: TreeNode, visit: (page: number, a: PageVersion, b: PageVersion) => void): void {
    this.diffNode(a, b, this.height, 0, visit);
  }

  private diffNode(
    a: TreeNode,
    b: TreeNode,
    level: number,
    base: number,
    visit: (page: number, a: PageVersion, b: PageVersion) => void,
  ): void {
    if (a === b) return;
    for (let slot = 0; slot < fanout; slot++) {
      const left = a.children[slot]!;
      const right = b.children[slot]!;
      if (left === right) continue;
      const page = base + slot * fanout ** level;
      if (level > 0) this.diffNode(left as TreeNode, right as TreeNode, level - 1, page, visit);
      else if (page < this.count) visit(page, left as PageVersion, right as PageVersion);
    }
  }

  retain(root: TreeNode): TreeNode {
    root.refs++;
    return root;
  }

  release(root: TreeNode): void {
    if (--root.refs > 0) return;
    this.nodes--;
    for (const child of root.children) {
      if (child instanceof PageVersion) {
        if (--child.refs === 0) this.onFree(child);
      } else if (child) this.release(child);
    }
  }

  /**
   * What trees cost, where each holder of a shared node pays as much as each other: all shares are the cost of the whole.
   * Good until the next change.
   */
  shares(nodeCost: number, versionCost: (version: PageVersion) => number): (root: TreeNode) => number {
    const costs = new Map<TreeNode, number>();
    const share = (node: TreeNode): number => (costs.get(node) ?? cost(node)) / node.refs;
    const cost = (node: TreeNode): number => {
      let sum = nodeCost;
      for (const child of node.children)
        if (child) sum += child instanceof PageVersion ? versionCost(child) / child.refs : share(child);
      costs.set(node, sum);
      return sum;
    };
    return share;
  }

  private node(children: (TreeNode | PageVersion | undefined)[]): TreeNode {
    this.nodes++;
    for (const child of children) if (child) child.refs++;
    return { refs: 0, children };
  }

  private slot(page: number, level: number): number {
    return (page >>> (level * fanoutBits)) & (fanout - 1);
  }
}
