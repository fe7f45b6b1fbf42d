import { assert } from "../../base/index.ts";
import type { Pages } from "../../machine/index.ts";
import { PageCopies } from "./page-copies.ts";
import { PageTrees, PageVersion, type TreeNode } from "./page-tree.ts";

/** A node's cost in the host's memory, measured roughly. */
const nodeBytes = 400;

/**
 * The guest's RAM through time. `current` names what every page holds now, but for pages written since the last call;
 * a content that a snapshot wants is copied when the page is about to change.
 */
export class MemoryHistory {
  private readonly trees: PageTrees;
  private readonly zero = new PageVersion(0);
  private readonly zeroBytes: Uint8Array;
  private current: TreeNode;
  /** Snapshots taken so far. */
  private captures = 0;
  private copies = 0;
  private readonly room: PageCopies;
  /** Some trees were not made here by running. */
  private imported = false;

  /** `onChanged`: these pages have another content than when it was last called for them. */
  constructor(
    private readonly pages: Pages,
    private readonly onChanged: (pages: readonly number[]) => void,
  ) {
    this.zeroBytes = new Uint8Array(pages.pageBytes);
    this.room = new PageCopies(pages.pageBytes);
    this.zero.bytes = this.zeroBytes;
    this.trees = new PageTrees(pages.count, (version) => this.drop(version));
    // What the machine wrote at power-on comes with the first settle.
    this.current = this.trees.retain(this.trees.uniform(this.zero));
    pages.onFirstWrite = (page) => this.keep(page, this.trees.get(this.current, page));
  }

  /** Bytes held for snapshots. */
  get bytes(): number {
    return this.copies * this.pages.pageBytes + this.trees.nodes * nodeBytes;
  }

  /** Gives the pages written since the last call new identities. */
  settle(): void {
    const written = ascending(this.pages.beginEpoch());
    if (written.length === 0) return;
    this.moveTo(
      this.trees.update(
        this.current,
        written,
        written.map(() => new PageVersion(this.captures)),
      ),
    );
    this.onChanged(written);
  }

  /** The RAM of now, for a snapshot. Give it back with `release`. */
  capture(): TreeNode {
    this.settle();
    this.captures++;
    return this.trees.retain(this.current);
  }

  release(root: TreeNode): void {
    this.trees.release(root);
  }

  /** Of `bytes`, what is a captured tree's, where it shares pages with others its part of them. Good until the next change. */
  shares(): (root: TreeNode) => number {
    return this.trees.shares(nodeBytes, ({ bytes }) => (bytes && bytes !== this.zeroBytes ? bytes.length : 0));
  }

  /** Makes RAM what it was when `root` was captured; only pages that differ are touched. */
  restore(root: TreeNode): void {
    this.settle();
    const changed: number[] = [];
    this.trees.diff(this.current, root, (page, now, then) => {
      this.keep(page, now);
      changed.push(page);
      assert(then.bytes, `the content of page ${page} was lost`);
      this.pages.replace(page, then.bytes);
    });
    this.moveTo(root);
    this.pages.beginEpoch();
    this.onChanged(changed);
  }

  /**
   * RAM should equal `root`, reached by running: takes its identities over, so that fewer pages seem to differ.
   * Returns the first page that is another one than then, and changes nothing in that case.
   */
  adopt(root: TreeNode): number | undefined {
    this.settle();
    const changed: [number, PageVersion][] = [];
    let other: number | undefined;
    this.trees.diff(this.current, root, (page, now, then) => {
      assert(then.bytes, `the content of page ${page} was lost`);
      if (!isEqual(this.pages.view(page), then.bytes)) other ??= page;
      changed.push([page, now]);
    });
    if (other !== undefined) return other;
    for (const [page, now] of changed) this.keep(page, now);
    this.moveTo(root);
    return undefined;
  }

  /** Content of a page of a captured tree: a copy, or RAM itself. Undefined only when it is lost. */
  content(page: number, version: PageVersion): Uint8Array | undefined {
    if (version.bytes) return version.bytes;
    return this.trees.get(this.current, page) === version ? this.pages.view(page) : undefined;
  }

  /** Pages of a captured tree that are not zero, in ascending order. */
  forEach(root: TreeNode, visit: (page: number, version: PageVersion) => void): void {
    const blank = this.trees.retain(this.trees.uniform(this.zero));
    this.trees.diff(blank, root, (page, _, version) => visit(page, version));
    this.trees.release(blank);
  }

  /** Whether these trees of one history prove that nobody wrote to a page in between. */
  unwritten(page: number, a: TreeNode, b: TreeNode): boolean {
    const version = this.trees.get(a, page);
    // Stored snapshots have equal versions for equal contents, however they came to be equal.
    return version === this.trees.get(b, page) && (version.born > 0 || !this.imported);
  }

  /** A tree with given contents: a snapshot that was stored. The bytes are copied. */
  import(pages: readonly number[], versions: readonly PageVersion[]): TreeNode {
    this.imported = true;
    const blank = this.trees.retain(this.trees.uniform(this.zero));
    const root = this.trees.retain(this.trees.update(blank, pages, versions));
    this.trees.release(blank);
    return root;
  }

  /** A version for `import`, to be used for one page in any number of trees. */
  importVersion(bytes: Uint8Array): PageVersion {
    const version = new PageVersion(0);
    this.copy(version, bytes);
    return version;
  }

  /** Copies a content that RAM is about to lose, if a snapshot may want it. */
  private keep(page: number, version: PageVersion): void {
    if (version.bytes || version.born >= this.captures) return;
    if (this.pages.isZero(page)) version.bytes = this.zeroBytes;
    else this.copy(version, this.pages.view(page));
  }

  private copy(version: PageVersion, bytes: Uint8Array): void {
    version.bytes = this.room.take();
    version.bytes.set(bytes);
    this.copies++;
  }

  private drop(version: PageVersion): void {
    if (version === this.zero) return;
    if (version.bytes && version.bytes !== this.zeroBytes) {
      this.copies--;
      this.room.giveBack(version.bytes);
    }
    version.bytes = undefined;
  }

  private moveTo(root: TreeNode): void {
    this.trees.retain(root);
    this.trees.release(this.current);
    this.current = root;
  }
}

/** Of the same length, both aligned to words. */
function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  const [left, right] = [a, b].map((bytes) => new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length >>> 2));
  for (let at = 0; at < left!.length; at++) if (left![at] !== right![at]) return false;
  return true;
}

function ascending(pages: readonly number[]): number[] {
  return [...new Set(pages)].sort((a, b) => a - b);
}
