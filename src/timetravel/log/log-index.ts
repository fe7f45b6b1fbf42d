import { ByteReader, ByteWriter, sealed, unsealed, UserError } from "../../base/index.ts";
import type { RecordingCache, RecordingReader } from "../../storage/index.ts";
import { CACHE_FORMAT } from "../versions.ts";
import { Block, type BlockCache, type BlockSource } from "./blocks.ts";
import { checkIndexed, IndexedSource } from "./indexed-source.ts";
import { fingerprint } from "./fingerprint.ts";
import { History } from "./history.ts";
import { decodeRecords, encodeRecords, type EndReason } from "./records.ts";

/** In a recording's cache: what is known of its blocks, so that it opens without being read to its end. */
export const logIndexKey = "log-index";

/** The file that an index is of: so many bytes, and their fingerprint. */
export interface IndexedLog {
  readonly bytes: number;
  readonly fingerprint: string;
}

const reasons: readonly (EndReason | undefined)[] = [undefined, "guest-shutdown", "guest-reset", "host-quit"];

/** Stores what its file of so many bytes would have to be read for; nothing where history does not lie there. */
export async function keepLogIndex(
  history: History,
  reader: RecordingReader,
  cache: RecordingCache,
  bytes: number,
): Promise<void> {
  history.seal();
  const last = history.blocks.parts.at(-1)?.block.place;
  // It may have got names since.
  const known = Math.max(bytes, last ? last.offset + last.bytes : 0);
  const index = encodeLogIndex({ bytes: known, fingerprint: await fingerprint(reader, known) }, history);
  if (index) await cache.put(logIndexKey, index);
}

/** Undefined where some of the history does not lie in the file. */
export function encodeLogIndex({ bytes, fingerprint }: IndexedLog, history: History): Uint8Array | undefined {
  const to = new ByteWriter().u32(CACHE_FORMAT).safe(bytes).text(fingerprint);
  const { blocks, total, end, endReason } = history;
  to.u32(blocks.parts.length);
  for (const { block } of blocks.parts) {
    const { summary, place } = block;
    if (!place) return undefined;
    const { start, last, entropyBefore, realTimesBefore, first, lastHash } = summary;
    for (const value of [place.offset, place.bytes, start, last, summary.end, entropyBefore, realTimesBefore])
      to.safe(value);
    // Positions that may be none.
    for (const position of [first.inputs, first.idleEnds, first.hashes, lastHash])
      to.safe(position === Infinity ? 0 : position + 1);
  }
  to.safe(history.last).safe(total.entropy).safe(total.realTimes).safe(end).u8(reasons.indexOf(endReason));
  const records = new ByteWriter();
  const inputs = history.inputMarks.map((input) => ({ kind: "input" as const, ...input }));
  const names = [...history.names.values()].map((name) => ({ kind: "name" as const, ...name }));
  encodeRecords([...inputs, ...names], records);
  return sealed(to.bool(history.poweredOn).blob(records.finish()).finish());
}

/** What an index is read for. */
export interface ReadIndex {
  readonly source: BlockSource;
  readonly cache: BlockCache;
  /** Where in the file the records begin. */
  readonly from: number;
  /** The file turned out to be another one than the index says. */
  readonly onWrong: () => void;
}

/**
 * Throws a UserError when it is of another version, damaged, or contradicts itself. What it says of a block is compared with
 * the block's records when those are read.
 */
export function decodeLogIndex(
  encoded: Uint8Array,
  { source, cache, from: start, onWrong }: ReadIndex,
): IndexedLog & { readonly history: History } {
  const from = new ByteReader(unsealed(encoded));
  if (from.u32() !== CACHE_FORMAT) throw new UserError("the cache has another format");
  const [bytes, fingerprint] = [from.safe(), from.text()];
  const blocks = Array.from(decodeBlocks(from));
  const last = from.safe();
  const total = { entropy: from.safe(), realTimes: from.safe() };
  const history = new History(source, cache);
  history.end = from.safe();
  history.endReason = reasons[from.u8()];
  history.poweredOn = from.bool();
  checkIndexed(blocks, { from: start, bytes, last, end: history.end, total });
  for (const [at, block] of blocks.entries()) {
    const { entropyBefore = total.entropy, realTimesBefore = total.realTimes } = blocks[at + 1]?.summary ?? {};
    block.source = new IndexedSource(source, block.summary, { entropyBefore, realTimesBefore }, onWrong);
    history.restore(block);
  }
  const inputs = [];
  for (const record of decodeRecords(new ByteReader(from.blob())))
    if (record.kind === "input") inputs.push(record);
    else history.append(record);
  history.restoreTotals(last, total, inputs);
  return { bytes, fingerprint, history };
}

function* decodeBlocks(from: ByteReader): Iterable<Block> {
  const position = (none: number): number => {
    const value = from.safe();
    return value === 0 ? none : value - 1;
  };
  for (let count = from.u32(); count > 0; count--) {
    const place = { offset: from.safe(), bytes: from.safe() };
    const [start, last, end] = [from.safe(), from.safe(), from.safe()];
    const [entropyBefore, realTimesBefore] = [from.safe(), from.safe()];
    const first = { inputs: position(Infinity), idleEnds: position(Infinity), hashes: position(Infinity) };
    const summary = { start, last, end, entropyBefore, realTimesBefore, first, lastHash: position(-1) };
    yield new Block(summary, undefined, undefined, place);
  }
}
