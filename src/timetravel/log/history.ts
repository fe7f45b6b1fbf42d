import { assert, UserError } from "../../base/index.ts";
import { isArrival } from "../../hardware/index.ts";
import type { LoggedInput, SnapshotInfo } from "../session/session.ts";
import { Block, BlockCache, BlockRecords, type BlockSource, type Of, type Place } from "./blocks.ts";
import { InputNotes } from "./input-notes.ts";
import type { EndReason, LogRecord } from "./records.ts";
import type { LogWriter } from "./writer.ts";

/** A block that is in memory only ends once it takes so many bytes. */
const memoryBlockBytes = 2 ** 22;

/**
 * How many records were consumed before a state. A position does not tell: a reset may consume entropy just before
 * State(p) exists, or in the step from it.
 */
export interface Consumed {
  readonly entropy: number;
  readonly realTimes: number;
}

/** A block as far as it belongs to this history: another one may go on in it. */
export interface Part {
  readonly block: Block;
  readonly clip: (Consumed & { readonly position: number }) | undefined;
}

type ByPosition = "inputs" | "idleEnds" | "hashes";

/**
 * A log as the recorder appends to it and the replayer reads it. What lies in a file need not be in memory: before a
 * stretch is run, `load` brings its records there, and everything that reads records says that it has to.
 */
export class History {
  readonly names = new Map<string, SnapshotInfo>();
  /** A replay can go this far. */
  end = 0;
  endReason: EndReason | undefined;
  /** State(0) existed. */
  poweredOn = false;
  /** One line, when its file has a damaged chunk: history ends before it. */
  damage: string | undefined;
  /** Resolves when more of its file has been read; undefined when all of it has. */
  growth: Promise<void> | undefined;
  private parts: Part[] = [];
  /** The one that is appended to. */
  private open: Block | undefined;
  /** Where its records lie, as far as they are written. */
  private openPlace: Place | undefined;
  private lastPosition = 0;
  private consumed: { entropy: number; realTimes: number } = { entropy: 0, realTimes: 0 };
  private notes = new InputNotes();
  /** Those at the last position that has any: the next step may be the one that takes them. */
  private newest: { readonly position: number; readonly inputs: Of<"input">[] } | undefined;

  /** `source`: where its file is read, if it has one. */
  constructor(
    private source?: BlockSource,
    readonly cache = new BlockCache(),
  ) {}

  /** All entropy and real times that it has. */
  get total(): Consumed {
    return { ...this.consumed };
  }

  get last(): number {
    return this.lastPosition;
  }

  get blocks(): readonly Block[] {
    return this.parts.map(({ block }) => block);
  }

  /** For the timeline: all inputs, or so many of them that no more could be told apart; long ones are cut short. */
  get inputMarks(): readonly LoggedInput[] {
    return this.notes.all;
  }

  append(record: LogRecord): void {
    if (record.kind === "name") {
      this.names.set(record.name, { name: record.name, position: record.position, virtualNs: record.virtualNs });
      return;
    }
    if (record.kind === "forget") {
      this.names.delete(record.name);
      return;
    }
    const { position } = record;
    if (position < this.lastPosition) throw new UserError(`position ${position} follows ${this.lastPosition}`);
    if (this.endReason) throw new UserError("records follow the end");
    const { summary, records } = this.opened();
    this.lastPosition = summary.last = position;
    switch (record.kind) {
      case "entropy":
        this.consumed.entropy++;
        break;
      case "realTime":
        this.consumed.realTimes++;
        break;
      case "input":
        this.noteInput(record);
        summary.first.inputs = Math.min(summary.first.inputs, position);
        break;
      case "idleEnd":
        summary.first.idleEnds = Math.min(summary.first.idleEnds, position);
        break;
      case "hash":
        summary.first.hashes = Math.min(summary.first.hashes, position);
        summary.lastHash = position;
        break;
      case "complete":
        this.end = summary.end = position;
        this.poweredOn = true;
        break;
      case "end":
        this.end = summary.end = position;
        this.endReason = record.reason;
        break;
    }
    records!.add(record);
  }

  private noteInput(record: Of<"input">): void {
    const { position, input } = record;
    if (this.newest?.position !== position) this.newest = { position, inputs: [] };
    const before = this.newest.inputs.at(-1);
    if (before && !isArrival(before.input)) throw new UserError(`an input follows an edit at position ${position}`);
    this.newest.inputs.push(record);
    this.notes.add({ position, input });
  }

  private opened(): Block {
    if (this.open && (this.source || this.open.records!.bytes < memoryBlockBytes)) return this.open;
    const { entropy, realTimes } = this.consumed;
    const summary = {
      ...{ start: this.lastPosition, last: this.lastPosition, end: this.end, lastHash: -1 },
      ...{ entropyBefore: entropy, realTimesBefore: realTimes },
      first: { inputs: Infinity, idleEnds: Infinity, hashes: Infinity },
    };
    this.open = new Block(summary, new BlockRecords(), this.source);
    this.parts.push({ block: this.open, clip: undefined });
    return this.open;
  }

  /** What was appended since the last call lies there in the file. */
  written({ offset, bytes }: Place): void {
    if (!this.open || !this.source) return;
    const from = this.openPlace?.offset ?? offset;
    this.openPlace = { offset: from, bytes: offset + bytes - from };
    if (this.openPlace.bytes >= this.cache.blockBytes) this.seal();
  }

  /** What is written is a block. All that was appended must be. */
  seal(): void {
    const { open, openPlace } = this;
    if (!open || !openPlace) return;
    open.place = openPlace;
    this.open = this.openPlace = undefined;
    this.cache.add(open, open.records!);
    this.cache.trim();
  }

  /** A stretch of its file that was read before: it follows what is known. */
  restore(block: Block): void {
    assert(!this.open && this.source, "blocks come before records");
    block.source = this.source;
    this.parts.push({ block, clip: undefined });
  }

  /** What is known beside its blocks. */
  restoreTotals(last: number, total: Consumed, inputs: readonly LoggedInput[]): void {
    this.lastPosition = last;
    this.consumed = { ...total };
    for (const input of inputs) this.notes.add(input);
  }

  /** A history of its own that has the same past up to `position`, where so much had been consumed, and no future yet. */
  until(position: number, consumed: Consumed): History {
    const past = new History(undefined, this.cache);
    for (const { block, clip } of this.parts) {
      if (block.summary.start > position) break;
      const whole = block.summary.last < position;
      past.parts.push({ block, clip: whole || (clip && clip.position < position) ? clip : { ...consumed, position } });
    }
    past.notes = this.notes.before(position);
    for (const [name, info] of this.names) if (info.position <= position) past.names.set(name, info);
    past.end = past.lastPosition = position;
    past.consumed = { ...consumed };
    past.poweredOn = true;
    return past;
  }

  /** How far from `from` on, up to `until`, everything is in memory; -1: not even what is at `from`. */
  loadedTo(from: number, until: number): number {
    for (let at = this.partAt(from); at < this.parts.length; at++) {
      const { block } = this.parts[at]!;
      const { start } = block.summary;
      if (start > until) break;
      if (!block.records) return start <= from ? -1 : start - 1;
      this.cache.touch(block);
    }
    return until;
  }

  /**
   * Brings the records from `from` on into memory, up to `until` or as many as fit, at least those of one step. Rejects
   * with a UserError when they are damaged: history ends before them then.
   */
  async load(from: number, until: number): Promise<void> {
    const used = new Set<Block>();
    let bytes = 0;
    for (let at = this.partAt(from); at < this.parts.length; at++) {
      const { block } = this.parts[at]!;
      const { start } = block.summary;
      if (start > until || (start > from + 1 && bytes > this.cache.limitBytes / 2)) break;
      const records = block.records ?? (await this.readPart(block));
      if (block.canBeRead) this.cache.add(block, records);
      this.cache.touch(block);
      used.add(block);
      bytes += records.bytes;
    }
    this.cache.trim(used);
  }

  private async readPart(block: Block): Promise<BlockRecords> {
    try {
      return await block.read();
    } catch (error) {
      if (error instanceof UserError) this.cutBefore(block, error.message);
      throw error;
    }
  }

  private cutBefore(block: Block, why: string): void {
    const at = this.parts.findIndex((part) => part.block === block);
    if (at < 0) return;
    this.parts.length = at;
    this.damage ??= why;
    this.open = this.openPlace = undefined;
    this.end = this.lastPosition = this.parts.at(-1)?.block.summary.end ?? 0;
    this.endReason = undefined;
    this.newest = undefined;
    this.consumed = { entropy: block.summary.entropyBefore, realTimes: block.summary.realTimesBefore };
    this.notes = this.notes.before(this.end);
    for (const [name, { position }] of this.names) if (position > this.end) this.names.delete(name);
  }

  /** The next position from `from` on that has one; Infinity where there is none. */
  next(kind: ByPosition, from: number): number {
    for (let at = this.partAt(from); at < this.parts.length; at++) {
      const { block, clip } = this.parts[at]!;
      const limit = clipOf(clip, kind);
      const first = block.summary.first[kind];
      if (first > limit || first === Infinity) continue;
      if (first >= from) return first;
      const records = inMemory(block)[kind];
      const position = records[lowerBound(records, from)]?.position ?? Infinity;
      if (position <= limit && position !== Infinity) return position;
    }
    return Infinity;
  }

  /** Inputs to apply in the step from `position`. */
  inputsAt(position: number): readonly Of<"input">[] {
    return this.newest?.position === position ? [...this.newest.inputs] : this.at("inputs", position);
  }

  /** The idle that ended early in the step to `position`. */
  idleEndAt(position: number): Of<"idleEnd"> | undefined {
    return this.at("idleEnds", position)[0];
  }

  hashAt(position: number): Uint8Array | undefined {
    return this.at("hashes", position)[0]?.hash;
  }

  private at<Kind extends ByPosition>(kind: Kind, position: number): BlockRecords[Kind][number][] {
    const found: BlockRecords[Kind][number][] = [];
    for (let at = this.partAt(position); at < this.parts.length; at++) {
      const { block, clip } = this.parts[at]!;
      if (block.summary.start > position) break;
      if (block.summary.first[kind] > position || position > clipOf(clip, kind)) continue;
      const records: BlockRecords[Kind] = inMemory(block)[kind];
      for (let index = lowerBound(records, position); records[index]?.position === position; index++)
        found.push(records[index]!);
    }
    return found;
  }

  /** The last position at or before `position` whose hash is known to stand in the log; 0 where there is none. */
  lastHash(position: number): number {
    for (const { block, clip } of this.parts.toReversed()) {
      const limit = Math.min(position, clipOf(clip, "hashes"));
      const { first, lastHash } = block.summary;
      if (first.hashes > limit) continue;
      if (lastHash <= limit) return lastHash;
      const hashes = block.records?.hashes;
      if (hashes) return hashes[lowerBound(hashes, limit + 1) - 1]!.position;
    }
    return 0;
  }

  /** The entropy that was consumed after so many others, if that was at `position`. */
  entropyAt(index: number, position: number): Uint8Array | undefined {
    const part = this.parts[this.partBefore(index, "entropy")];
    if (!part || index >= (part.clip?.entropy ?? Infinity)) return undefined;
    const record = recordsFor(part.block, position)?.entropy[index - part.block.summary.entropyBefore];
    return record?.position === position ? record.bytes : undefined;
  }

  /** The same of real times, in seconds. */
  realTimeAt(index: number, position: number): number | undefined {
    const part = this.parts[this.partBefore(index, "realTimes")];
    if (!part || index >= (part.clip?.realTimes ?? Infinity)) return undefined;
    const record = recordsFor(part.block, position)?.realTimes[index - part.block.summary.realTimesBefore];
    return record?.position === position ? record.seconds : undefined;
  }

  /** Index of the first part that may have something at or after `position`. */
  private partAt(position: number): number {
    return lowerIndex(this.parts.length, (at) => this.parts[at]!.block.summary.last < position);
  }

  private partBefore(index: number, kind: keyof Consumed): number {
    const before = kind === "entropy" ? "entropyBefore" : "realTimesBefore";
    return lowerIndex(this.parts.length, (at) => this.parts[at]!.block.summary[before] <= index) - 1;
  }

  /** All hashes, in order; reads what is not in memory. */
  async *everyHash(): AsyncGenerator<Of<"hash">> {
    for (const { block, clip } of [...this.parts]) {
      const limit = clipOf(clip, "hashes");
      if (block.summary.first.hashes > limit || block.summary.lastHash < 0) continue;
      for (const hash of (await block.read()).hashes) if (hash.position <= limit) yield hash;
    }
  }

  /**
   * Writes all but what may be appended to yet to another log, a block at a time. `storeRest` writes the rest;
   * `moveTo` makes that log this history's file.
   */
  async storeBlocks(writer: LogWriter, source: BlockSource): Promise<readonly Part[]> {
    const stored: Part[] = [];
    for (let at = 0; at < this.parts.length; at++) {
      const part = this.parts[at]!;
      if (part.block === this.open) break;
      const records = clipped(await part.block.read(), part);
      for (const record of records.inOrder()) writer.add(record);
      const place = writer.flush();
      await writer.settled();
      if (!place) continue;
      stored.push({ block: new Block(summaryOf(part, records), undefined, source, place), clip: undefined });
      if (part.block.records) this.cache.add(stored.at(-1)!.block, records);
      this.cache.trim();
    }
    return stored;
  }

  /** At once. */
  storeRest(writer: LogWriter): Place | undefined {
    for (const record of this.open?.records?.inOrder() ?? []) writer.add(record);
    for (const record of this.closing()) writer.add(record);
    return writer.flush();
  }

  /** `rest`: where the rest lies. Nothing was appended since that was stored. */
  moveTo(source: BlockSource, stored: readonly Part[], rest: Place | undefined): void {
    const { open } = this;
    this.parts = [...stored, ...this.parts.filter(({ block }) => block === open)];
    this.source = source;
    this.openPlace = undefined;
    if (open) open.source = source;
    if (rest) this.written(rest);
  }

  /** What is not of one position. */
  private *closing(): Iterable<LogRecord> {
    // What was logged since the last one says itself that its position was reached.
    if (this.poweredOn) yield { kind: "complete", position: this.lastPosition };
    for (const info of this.names.values()) yield { kind: "name", ...info };
    if (this.endReason) yield { kind: "end", position: this.end, reason: this.endReason };
  }

  /** Of a history that is all in memory, as one is that was read from memory. */
  get entropy(): readonly Of<"entropy">[] {
    return this.all("entropy");
  }
  get realTimes(): readonly Of<"realTime">[] {
    return this.all("realTimes");
  }
  get inputs(): readonly Of<"input">[] {
    return this.all("inputs");
  }
  get idleEnds(): readonly Of<"idleEnd">[] {
    return this.all("idleEnds");
  }
  get hashes(): readonly Of<"hash">[] {
    return this.all("hashes");
  }
  private all<Kind extends ByPosition | keyof Consumed>(kind: Kind): BlockRecords[Kind][number][] {
    return this.parts.flatMap<BlockRecords[Kind][number]>((part) => clipped(inMemory(part.block), part)[kind]);
  }

  /** Records that make the same history when they are appended to an empty one. All must be in memory. */
  records(): LogRecord[] {
    const timed = this.parts.flatMap((part) => clipped(inMemory(part.block), part).inOrder());
    return [...timed, ...this.closing()];
  }
}

function clipOf(clip: Part["clip"], kind: ByPosition): number {
  if (!clip) return Infinity;
  return kind === "inputs" ? clip.position - 1 : clip.position;
}

function clipped(records: BlockRecords, { block, clip }: Part): BlockRecords {
  if (!clip) return records;
  const { entropyBefore, realTimesBefore } = block.summary;
  const result = new BlockRecords();
  for (const record of records.entropy.slice(0, Math.max(0, clip.entropy - entropyBefore))) result.add(record);
  for (const record of records.realTimes.slice(0, Math.max(0, clip.realTimes - realTimesBefore))) result.add(record);
  for (const kind of ["inputs", "idleEnds", "hashes"] as const)
    for (const record of records[kind]) if (record.position <= clipOf(clip, kind)) result.add(record);
  return result;
}

function summaryOf({ block, clip }: Part, records: BlockRecords): Block["summary"] {
  const { summary } = block;
  if (!clip) return { ...summary, first: { ...summary.first } };
  const first = (list: readonly { readonly position: number }[]): number => list[0]?.position ?? Infinity;
  const { inputs, idleEnds, hashes } = records;
  return {
    ...summary,
    last: Math.min(summary.last, clip.position),
    first: { inputs: first(inputs), idleEnds: first(idleEnds), hashes: first(hashes) },
    lastHash: hashes.at(-1)?.position ?? -1,
    end: Math.min(summary.end, clip.position),
  };
}

function inMemory(block: Block): BlockRecords {
  assert(block.records, "the records of a stretch are loaded before it is run");
  return block.records;
}

/** The records of a block in which something at `position` could stand. */
function recordsFor(block: Block, position: number): BlockRecords | undefined {
  const { start, last } = block.summary;
  return position < start || position > last ? undefined : inMemory(block);
}

/** Index of the first record at or after `position`. */
export function lowerBound(records: readonly { readonly position: number }[], position: number): number {
  return lowerIndex(records.length, (at) => records[at]!.position < position);
}

/** The first of so many indices that is not `before`. */
function lowerIndex(length: number, before: (index: number) => boolean): number {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (before(middle)) low = middle + 1;
    else high = middle;
  }
  return low;
}
