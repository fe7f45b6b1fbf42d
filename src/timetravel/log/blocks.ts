import { assert } from "../../base/index.ts";
import type { LogRecord } from "./records.ts";

export type Of<Kind extends LogRecord["kind"]> = Extract<LogRecord, { kind: Kind }>;

/** What a record takes in memory beside its bytes, roughly. */
const recordBytes = 120;

/** The records of a stretch of a log, each kind in a list of its own, ordered by position. */
export class BlockRecords {
  readonly entropy: Of<"entropy">[] = [];
  readonly realTimes: Of<"realTime">[] = [];
  readonly inputs: Of<"input">[] = [];
  readonly idleEnds: Of<"idleEnd">[] = [];
  readonly hashes: Of<"hash">[] = [];
  /** What they take in memory, roughly. */
  bytes = 0;
  /** They say that a replay can go this far; undefined where they say nothing of that. */
  end: number | undefined;

  /** Other kinds say something of the history as a whole. */
  add(record: LogRecord): void {
    this.bytes += recordBytes;
    switch (record.kind) {
      case "entropy":
        this.entropy.push(record);
        this.bytes += record.bytes.length;
        break;
      case "realTime":
        this.realTimes.push(record);
        break;
      case "input":
        this.inputs.push(record);
        if ("bytes" in record.input) this.bytes += record.input.bytes.length;
        break;
      case "idleEnd":
        this.idleEnds.push(record);
        break;
      case "hash":
        this.hashes.push(record);
        break;
      case "complete":
      case "end":
        this.end = record.position;
        this.bytes -= recordBytes;
        break;
      case "name":
      case "forget":
        this.bytes -= recordBytes;
        break;
    }
  }

  /**
   * All of them as a log has them: by position, and of one position as they can be appended. `of`: what is known of their
   * stretch; with it, they say themselves how far a replay can go.
   */
  inOrder(of?: Pick<BlockSummary, "start" | "end">): LogRecord[] {
    const all: Extract<LogRecord, { position: number }>[] = [];
    for (const list of [this.entropy, this.realTimes, this.idleEnds, this.hashes])
      for (const record of list) all.push(record);
    if (of && of.end >= of.start) all.push({ kind: "complete", position: of.end });
    for (const record of this.inputs) all.push(record);
    // Stable: what came in order at one position stays so.
    return all.sort((a, b) => a.position - b.position);
  }
}

/** Where something lies in a log's file. */
export interface Place {
  readonly offset: number;
  readonly bytes: number;
}

/** What is known of a stretch of a log without its records. */
export interface BlockSummary {
  /** No record is of a position before this one, */
  start: number;
  /** or behind this one. */
  last: number;
  /** Of the history, before this stretch. */
  readonly entropyBefore: number;
  readonly realTimesBefore: number;
  /** First positions of their kind; Infinity where there is none. */
  readonly first: { inputs: number; idleEnds: number; hashes: number };
  /** The position of the last hash; -1 where there is none. */
  lastHash: number;
  /** A replay can go this far. */
  end: number;
}

/** Where records come from that are not in memory. */
export interface BlockSource {
  /** Rejects with a UserError when they are damaged, or gone. */
  read(place: Place): Promise<BlockRecords>;
  /** The file has this place: it can be read from there. */
  has(place: Place): boolean;
}

/** A stretch of a log. Its records are in memory, or can be read. */
export class Block {
  /** `place`: once nothing is appended any more. */
  constructor(
    readonly summary: BlockSummary,
    public records: BlockRecords | undefined,
    public source?: BlockSource,
    public place?: Place,
  ) {}

  get canBeRead(): boolean {
    return this.place !== undefined && this.source?.has(this.place) === true;
  }

  /** Its records, wherever they are; they do not stay in memory for that. */
  async read(): Promise<BlockRecords> {
    if (this.records) return this.records;
    assert(this.source && this.place, "a block has its records, or a place");
    return this.source.read(this.place);
  }
}

/** Of the records that lie in a file, so many bytes are in memory, unless said. */
export const LOG_CACHE_BYTES = 32 * 2 ** 20;
/** Of the file: read at once, and forgotten together, unless said. */
export const BLOCK_BYTES = 2 ** 18;

/** The blocks that lie in a file and are in memory as well: the least recently used ones go when there are too many. */
export class BlockCache {
  /** In the order of their last use. */
  private readonly blocks = new Set<Block>();
  private held = 0;
  /** About to be used: they stay, whatever is read meanwhile. */
  inUse: ReadonlySet<Block> = new Set();

  /** `blockBytes`: a block ends once it has so many in its file. */
  constructor(
    readonly logCacheBytes = LOG_CACHE_BYTES,
    readonly blockBytes = BLOCK_BYTES,
  ) {}

  /** Bytes of records in memory that a file has, too. */
  get heldBytes(): number {
    return this.held;
  }

  add(block: Block, records: BlockRecords): void {
    block.records = records;
    if (this.blocks.has(block)) return;
    this.blocks.add(block);
    this.held += records.bytes;
  }

  touch(block: Block): void {
    if (this.blocks.delete(block)) this.blocks.add(block);
  }

  /** Lets go of what is too much, but not of what is about to be used. */
  trim(): void {
    for (const block of this.blocks) {
      if (this.held <= this.logCacheBytes) return;
      if (!block.canBeRead || this.inUse.has(block)) continue;
      this.blocks.delete(block);
      this.held -= block.records!.bytes;
      block.records = undefined;
    }
  }
}
