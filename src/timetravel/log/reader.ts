import { ByteReader, UserError } from "../../base/index.ts";
import { chunkType, fileHeadBytes, magic, readChunk } from "./chunks.ts";
import { readHead } from "./head.ts";
import type { LogHeader } from "./header.ts";
import { History } from "./history.ts";
import { damaged } from "./log-source.ts";
import { decodeRecords } from "./records.ts";

/** A recording as far as it is read: `history.growth` says whether that is all of it. */
export interface Recording {
  readonly header: LogHeader;
  readonly history: History;
  /** Bytes of the file that are good; what follows was cut or is damaged. */
  readonly goodBytes: number;
  /** One line, when the file has a damaged chunk: history ends before it. */
  readonly damage: string | undefined;
  /** Stores in its cache what its file would have to be read for. */
  keepIndex?(): Promise<void>;
  /** Its history is not read from any more. */
  close?(): Promise<void>;
}

/**
 * Reads a recording as far as it is whole. A file cut anywhere after its header is usable up to its last whole chunk;
 * so is a damaged one, and `damage` says where. Throws a UserError when not even the header is readable.
 */
export function readRecording(file: Uint8Array): Recording {
  const { header, next } = readHead(file);
  const history = new History();
  const goodBytes = appendChunks(history, file, next, 0).next;
  return { header, history, goodBytes, damage: history.damage };
}

/**
 * Appends to a history what chunks say that lie in the file from `base` + `at` on; `file` begins at `base`. Returns
 * where in it the first one lies that it does not have whole, and that one's length as far as it is known.
 */
export function appendChunks(
  history: History,
  file: Uint8Array,
  at: number,
  base: number,
): { next: number; cut: number } {
  while (at < file.length) {
    const chunk = readChunk(file, at, base);
    if (chunk.kind === "cut") return { next: at, cut: chunk.bytes };
    if (chunk.kind === "damaged") {
      history.damage = damaged(base + at, chunk.what).message;
      break;
    }
    try {
      if (chunk.type !== chunkType.records) throw new UserError(`unknown chunk type ${chunk.type}`);
      for (const record of decodeRecords(new ByteReader(chunk.payload))) history.append(record);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      history.damage = damaged(base + at, error.message).message;
      break;
    }
    history.written({ offset: base + at, bytes: chunk.next - at });
    at = chunk.next;
  }
  return { next: at, cut: 0 };
}

/** Whether a recording's file is whole and nothing happened in it: no instruction was run, and nothing is named. */
export function holdsNothing(file: Uint8Array): boolean {
  if (file.length === 0) return true;
  const begins = magic.every((byte, index) => file[index] === byte);
  if (file.length === fileHeadBytes && begins) return true;
  try {
    const { history, goodBytes } = readRecording(file);
    const { end, inputs, names } = history;
    return goodBytes === file.length && end === 0 && inputs.length === 0 && names.size === 0;
  } catch {
    return false;
  }
}
