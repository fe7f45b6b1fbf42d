import { ByteReader, UserError } from "../../base/index.ts";
import { LOG_FORMAT } from "../versions.ts";
import { chunkType, fileHeadBytes, magic, readChunk } from "./chunks.ts";
import { decodeHeader, type LogHeader } from "./header.ts";
import { History } from "./history.ts";
import { decodeRecords } from "./records.ts";

/** A parsed recording. */
export interface Recording {
  readonly header: LogHeader;
  readonly history: History;
  /** Bytes of the file that are good; what follows was cut or is damaged. */
  readonly goodBytes: number;
  /** One line, when the file has a damaged chunk: history ends before it. */
  readonly damage: string | undefined;
}

/**
 * Reads a recording as far as it is whole. A file cut anywhere after its header is usable up to its last whole chunk;
 * so is a damaged one, and `damage` says where. Throws a UserError when not even the header is readable.
 */
export function readRecording(file: Uint8Array): Recording {
  const header = readLogHeader(file);
  const history = new History();
  let offset = firstRecordsOffset(file);
  let damage: string | undefined;
  while (offset < file.length) {
    const chunk = readChunk(file, offset);
    if (chunk.kind === "cut") break;
    if (chunk.kind === "damaged") {
      damage = `the recording is damaged at byte ${offset}: ${chunk.what}`;
      break;
    }
    try {
      if (chunk.type !== chunkType.records) throw new UserError(`unknown chunk type ${chunk.type}`);
      for (const record of decodeRecords(new ByteReader(chunk.payload))) history.append(record);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      damage = `the recording is damaged at byte ${offset}: ${error.message}`;
      break;
    }
    offset = chunk.next;
  }
  return { header, history, goodBytes: offset, damage };
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

/** The header alone, for lists of recordings: the first few kilobytes of the file are enough. */
export function readLogHeader(file: Uint8Array): LogHeader {
  if (file.length < fileHeadBytes) throw new UserError("not a Hindsight recording: the file is too short");
  if (!magic.every((byte, index) => file[index] === byte)) throw new UserError("not a Hindsight recording");
  const version = new DataView(file.buffer, file.byteOffset, file.length).getUint32(magic.length, true);
  if (version !== LOG_FORMAT)
    throw new UserError(`the recording has format ${version}; this Hindsight reads format ${LOG_FORMAT}`);
  const chunk = readChunk(file, fileHeadBytes);
  if (chunk.kind === "cut") throw new UserError("the recording was cut within its header");
  if (chunk.kind === "damaged") throw new UserError(`the recording is damaged at byte ${fileHeadBytes}: ${chunk.what}`);
  if (chunk.type !== chunkType.header) throw new UserError("the recording has no header");
  return decodeHeader(chunk.payload);
}

function firstRecordsOffset(file: Uint8Array): number {
  const chunk = readChunk(file, fileHeadBytes);
  return chunk.kind === "chunk" ? chunk.next : file.length;
}
