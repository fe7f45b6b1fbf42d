import { assert, UserError } from "../../base/index.ts";
import { isArrival } from "../../hardware/index.ts";
import type { LoggedInput, SnapshotInfo } from "../session/session.ts";
import { BlockList } from "./block-list.ts";
import { Block, BlockCache, BlockRecords, type BlockSource, type Of, type Place } from "./blocks.ts";
import { InputNotes } from "./input-notes.ts";
import { type ByPosition, clipped, type Consumed, inMemory, type Part, summaryOf } from "./part.ts";
import type { EndReason, LogRecord } from "./records.ts";
import type { LogWriter } from "./writer.ts";

/** A block that is in memory only ends once it takes so many bytes. */
const memoryBlockBytes = 2 ** 22;

/**
 * A log as the recorder appends to it and the replayer reads it: its records in blocks, and what is known of it as a
 * whole.
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
  /** Its records. */
  readonly blocks: BlockList;
  /** The one that is appended to. */
  private open: Block | undefined;
  /** It is being written here: its end is at hand, whatever has become of what lies before. */
  private grows = false;
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
    cache = new BlockCache(),
  ) {
    this.blocks = new BlockList(cache, (block, why) => this.damaged(block, why));
  }

  /** All entropy and real times that it has. */
  get total(): Consumed {
    return { ...this.consumed };
  }

  get last(): number {
    return this.lastPosition;
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
    this.blocks.push(this.open);
    return this.open;
  }

  /** What was appended since the last call lies there in the file. */
  written({ offset, bytes }: Place): void {
    if (!this.source) return;
    if (!this.open) return this.extend(offset, bytes);
    const from = this.openPlace?.offset ?? offset;
    this.openPlace = { offset: from, bytes: offset + bytes - from };
    if (this.openPlace.bytes >= this.blocks.cache.blockBytes) this.seal();
  }

  /** What is of no position, such as a name, goes with the block before it: there are no gaps between them. */
  private extend(offset: number, bytes: number): void {
    const last = this.blocks.parts.at(-1)?.block;
    if (!last?.place || last.place.offset + last.place.bytes !== offset) return;
    last.place = { offset: last.place.offset, bytes: last.place.bytes + bytes };
  }

  /** What is written is a block. All that was appended must be. */
  seal(): void {
    const { open, openPlace } = this;
    if (!open || !openPlace) return;
    open.place = openPlace;
    this.open = this.openPlace = undefined;
    this.blocks.cache.add(open, open.records!);
    this.blocks.cache.trim();
  }

  /** A stretch of its file that was read before: it follows what is known. */
  restore(block: Block): void {
    assert(!this.open && block.source, "blocks come before records");
    this.blocks.push(block);
  }

  /** What is known beside its blocks. */
  restoreTotals(last: number, total: Consumed, inputs: readonly LoggedInput[]): void {
    this.lastPosition = last;
    this.consumed = { ...total };
    for (const input of inputs) this.notes.add(input);
  }

  /** A history of its own that has the same past up to `position`, where so much had been consumed, and no future yet. */
  until(position: number, consumed: Consumed): History {
    const past = new History(undefined, this.blocks.cache);
    past.blocks.replace(this.blocks.until(position, consumed));
    past.notes = this.notes.before(position);
    for (const [name, info] of this.names) if (info.position <= position) past.names.set(name, info);
    past.end = past.lastPosition = position;
    past.consumed = { ...consumed };
    past.poweredOn = true;
    past.grows = this.grows;
    return past;
  }

  /** The records of `block` are damaged: history ends before them, unless it is what is being written. */
  private damaged(block: Block, why: string): void {
    if (this.grows) return;
    const { summary } = block;
    this.blocks.cutBefore(block);
    this.damage ??= why;
    this.open = this.openPlace = undefined;
    this.end = this.lastPosition = this.blocks.parts.at(-1)?.block.summary.end ?? 0;
    this.endReason = undefined;
    this.newest = undefined;
    this.consumed = { entropy: summary.entropyBefore, realTimes: summary.realTimesBefore };
    this.notes = this.notes.before(this.end);
    for (const [name, { position }] of this.names) if (position > this.end) this.names.delete(name);
  }

  /** Inputs to apply in the step from `position`. Where history grows they are known, whatever of it is in memory. */
  inputsAt(position: number): readonly Of<"input">[] {
    const { newest } = this;
    if (newest === undefined || position < newest.position) return this.blocks.at("inputs", position);
    return position === newest.position ? [...newest.inputs] : [];
  }

  /**
   * Writes all but what may be appended to yet to another log, a block at a time. `storeRest` writes the rest;
   * `moveTo` makes that log this history's file.
   */
  async storeBlocks(writer: LogWriter, source: BlockSource): Promise<readonly Part[]> {
    const stored: Part[] = [];
    const { cache } = this.blocks;
    for (const part of this.blocks.parts) {
      if (part.block === this.open) break;
      const records = clipped(await part.block.read(), part);
      const summary = summaryOf(part, records);
      for (const record of records.inOrder(summary)) writer.add(record);
      const place = writer.flush();
      await writer.settled();
      if (!place) continue;
      const block = new Block(summary, undefined, source, place);
      stored.push({ block, clip: undefined });
      if (part.block.records) cache.add(block, records);
      cache.trim();
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
    this.blocks.replace([...stored, ...this.blocks.parts.filter(({ block }) => block === open)]);
    this.source = source;
    this.grows = true;
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
    return this.blocks.parts.flatMap<BlockRecords[Kind][number]>((part) => clipped(inMemory(part.block), part)[kind]);
  }

  /** Records that make the same history when they are appended to an empty one. All must be in memory. */
  records(): LogRecord[] {
    const timed = this.blocks.parts.flatMap((part) => clipped(inMemory(part.block), part).inOrder());
    return [...timed, ...this.closing()];
  }
}
