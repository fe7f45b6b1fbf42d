import { ByteReader, UserError } from "../../base/index.ts";
import type { RecordingReader } from "../../storage/index.ts";
import { BlockRecords, type BlockSource, type Place } from "./blocks.ts";
import { chunkType, readChunk } from "./chunks.ts";
import { decodeRecords } from "./records.ts";

/** A log's file as the source of its records. */
export class LogSource implements BlockSource {
  /** `stored`: how much of it is there; absent: all that was written. */
  constructor(
    private readonly reader: RecordingReader,
    private readonly stored: () => number = () => Infinity,
  ) {}

  has({ offset, bytes }: Place): boolean {
    return offset + bytes <= this.stored();
  }

  async read({ offset, bytes }: Place): Promise<BlockRecords> {
    const file = await this.reader.read(offset, bytes);
    const records = new BlockRecords();
    for (let at = 0; at < bytes;) {
      const chunk = readChunk(file, at, offset);
      if (chunk.kind === "damaged") throw damaged(offset + at, chunk.what);
      if (chunk.kind === "cut") throw damaged(offset + at, "its end is missing");
      if (chunk.type !== chunkType.records) throw damaged(offset + at, `unknown chunk type ${chunk.type}`);
      for (const record of decodeRecords(new ByteReader(chunk.payload))) records.add(record);
      at = chunk.next;
    }
    return records;
  }

  close(): Promise<void> {
    return this.reader.close();
  }
}

/** What a file has in a place is not what was written there. */
export class DamagedLog extends UserError {
  override name = "DamagedLog";
}

export function damaged(offset: number, what: string): DamagedLog {
  return new DamagedLog(`the recording is damaged at byte ${offset}: ${what}`);
}
