import type { Block, BlockCache, BlockRecords, Of } from "./blocks.ts";
import { type ByPosition, type Consumed, inMemory, limitOf, type Part } from "./part.ts";
import { DamagedLog } from "./log-source.ts";
import { lowerBound, lowerIndex } from "./search.ts";

/**
 * The blocks of a history in their order, and what is asked of their records. Those that lie in a file need not be in
 * memory: before a stretch is run, `load` brings them there. Whatever asks for one that is not there fails.
 */
export class BlockList {
  private list: Part[] = [];

  /** `onDamage`: the records of `block` are damaged in their file. */
  constructor(
    readonly cache: BlockCache,
    private readonly onDamage: (block: Block, why: string) => void,
  ) {}

  get parts(): readonly Part[] {
    return this.list;
  }

  push(block: Block): void {
    this.list.push({ block, clip: undefined });
  }

  replace(parts: readonly Part[]): void {
    this.list = [...parts];
  }

  /** Nothing is known from this block on. */
  cutBefore(block: Block): void {
    const at = this.list.findIndex((part) => part.block === block);
    if (at >= 0) this.list.length = at;
  }

  /** Those of a history that has the same past up to `position`, where so much had been consumed. */
  until(position: number, consumed: Consumed): Part[] {
    const past: Part[] = [];
    for (const { block, clip } of this.list) {
      if (block.summary.start > position) break;
      const whole = block.summary.last < position || (clip && clip.position < position);
      past.push({ block, clip: whole ? clip : { ...consumed, position } });
    }
    return past;
  }

  /** How far from `from` on, up to `until`, everything is in memory; -1: not even what is at `from`. */
  loadedTo(from: number, until: number): number {
    const used = new Set<Block>();
    this.cache.inUse = used;
    for (let at = this.partAt(from); at < this.list.length; at++) {
      const { block } = this.list[at]!;
      const { start } = block.summary;
      if (start > until) break;
      if (!block.records) return start <= from ? -1 : start - 1;
      this.cache.touch(block);
      used.add(block);
    }
    return until;
  }

  /**
   * Brings the records from `from` on into memory, up to `until` or as many as fit, at least those of one step. Rejects
   * with a UserError when that fails.
   */
  async load(from: number, until: number): Promise<void> {
    const used = new Set<Block>();
    this.cache.inUse = used;
    let bytes = 0;
    for (let at = this.partAt(from); at < this.list.length; at++) {
      const { block } = this.list[at]!;
      const { start } = block.summary;
      if (start > until || (start > from + 1 && bytes > this.cache.logCacheBytes / 2)) break;
      const records = block.records ?? (await this.read(block));
      if (block.canBeRead) this.cache.add(block, records);
      this.cache.touch(block);
      used.add(block);
      bytes += records.bytes;
    }
    this.cache.trim();
  }

  private async read(block: Block): Promise<BlockRecords> {
    try {
      return await block.read();
    } catch (error) {
      if (error instanceof DamagedLog) this.onDamage(block, error.message);
      throw error;
    }
  }

  /** The next position from `from` on that has one; Infinity where there is none. */
  next(kind: ByPosition, from: number): number {
    for (let at = this.partAt(from); at < this.list.length; at++) {
      const part = this.list[at]!;
      const limit = limitOf(part, kind);
      const first = part.block.summary.first[kind];
      if (first > limit || first === Infinity) continue;
      if (first >= from) return first;
      const records = inMemory(part.block)[kind];
      const position = records[lowerBound(records, from)]?.position ?? Infinity;
      if (position <= limit && position !== Infinity) return position;
    }
    return Infinity;
  }

  at<Kind extends ByPosition>(kind: Kind, position: number): BlockRecords[Kind][number][] {
    const found: BlockRecords[Kind][number][] = [];
    for (let at = this.partAt(position); at < this.list.length; at++) {
      const part = this.list[at]!;
      const { summary } = part.block;
      if (summary.start > position) break;
      if (summary.first[kind] > position || summary.last < position || position > limitOf(part, kind)) continue;
      const records: BlockRecords[Kind] = inMemory(part.block)[kind];
      for (let index = lowerBound(records, position); records[index]?.position === position; index++)
        found.push(records[index]!);
    }
    return found;
  }

  /** The last position at or before `position` whose hash is known to stand in the log; 0 where there is none. */
  lastHash(position: number): number {
    for (const part of this.list.toReversed()) {
      const limit = Math.min(position, limitOf(part, "hashes"));
      const { first, lastHash } = part.block.summary;
      if (lastHash < 0 || first.hashes > limit) continue;
      if (lastHash <= limit) return lastHash;
      const hashes = part.block.records?.hashes;
      if (hashes) return hashes[lowerBound(hashes, limit + 1) - 1]!.position;
    }
    return 0;
  }

  /** The entropy or real time that was consumed after so many others, if that was at `position`. */
  consumedAt<Kind extends keyof Consumed>(
    kind: Kind,
    index: number,
    position: number,
  ): BlockRecords[Kind][number] | undefined {
    const before = kind === "entropy" ? "entropyBefore" : "realTimesBefore";
    const part = this.list[lowerIndex(this.list.length, (at) => this.list[at]!.block.summary[before] <= index) - 1];
    if (!part || index >= (part.clip?.[kind] ?? Infinity)) return undefined;
    const { start, last, [before]: first } = part.block.summary;
    if (position < start || position > last) return undefined;
    const records: BlockRecords[Kind] = inMemory(part.block)[kind];
    const record = records[index - first];
    return record?.position === position ? record : undefined;
  }

  /** All hashes, in order; reads what is not in memory. */
  async *everyHash(): AsyncGenerator<Of<"hash">> {
    for (const part of [...this.list]) {
      const { first, lastHash } = part.block.summary;
      const limit = limitOf(part, "hashes");
      if (first.hashes > limit || lastHash < 0) continue;
      for (const hash of (await part.block.read()).hashes) if (hash.position <= limit) yield hash;
    }
  }

  /** Index of the first part that may have something at or after `position`. */
  private partAt(position: number): number {
    return lowerIndex(this.list.length, (at) => this.list[at]!.block.summary.last < position);
  }
}
