import { assert } from "../../base/index.ts";
import { type Block, BlockRecords, type BlockSummary } from "./blocks.ts";

/**
 * How many records were consumed before a state. A position does not tell: a reset may consume entropy just before
 * State(p) exists, or in the step from it.
 */
export interface Consumed {
  readonly entropy: number;
  readonly realTimes: number;
}

/** A block as far as it belongs to a history: another one may go on in it. */
export interface Part {
  readonly block: Block;
  /** The history ends there, having consumed so much; absent: all of the block is its. */
  readonly clip: (Consumed & { readonly position: number }) | undefined;
}

/** Records that are looked up by their position. */
export type ByPosition = "inputs" | "idleEnds" | "hashes";

/** The last position of which records belong to it. Inputs of the position where it ends are of the step behind it. */
export function limitOf({ clip }: Part, kind: ByPosition): number {
  if (!clip) return Infinity;
  return kind === "inputs" ? clip.position - 1 : clip.position;
}

/** Of the block's records those that belong to it. */
export function clipped(records: BlockRecords, part: Part): BlockRecords {
  const { block, clip } = part;
  if (!clip) return records;
  const { entropyBefore, realTimesBefore } = block.summary;
  const result = new BlockRecords();
  for (const record of records.entropy.slice(0, Math.max(0, clip.entropy - entropyBefore))) result.add(record);
  for (const record of records.realTimes.slice(0, Math.max(0, clip.realTimes - realTimesBefore))) result.add(record);
  for (const kind of ["inputs", "idleEnds", "hashes"] as const)
    for (const record of records[kind]) if (record.position <= limitOf(part, kind)) result.add(record);
  return result;
}

/** What is known of it when it has a block of its own. `records`: those that belong to it. */
export function summaryOf({ block, clip }: Part, { inputs, idleEnds, hashes }: BlockRecords): BlockSummary {
  const { summary } = block;
  if (!clip) return { ...summary, first: { ...summary.first } };
  const first = (list: readonly { readonly position: number }[]): number => list[0]?.position ?? Infinity;
  return {
    ...summary,
    last: Math.min(summary.last, clip.position),
    first: { inputs: first(inputs), idleEnds: first(idleEnds), hashes: first(hashes) },
    lastHash: hashes.at(-1)?.position ?? -1,
    end: Math.min(summary.end, clip.position),
  };
}

/** Fails where nobody has loaded them. */
export function inMemory(block: Block): BlockRecords {
  assert(block.records, "the records of a stretch are loaded before it is run");
  return block.records;
}
