import { UserError } from "../../base/index.ts";
import type { RecordingReader } from "../../storage/index.ts";
import { LOG_FORMAT } from "../versions.ts";
import { chunkType, fileHeadBytes, magic, readChunk } from "./chunks.ts";
import { decodeHeader, type LogHeader } from "./header.ts";
import { damaged } from "./log-source.ts";

/** More than most headers have. */
const usualBytes = 2 ** 16;

/** What a recording's file begins with. */
export interface Head {
  readonly header: LogHeader;
  /** Where its records begin. */
  readonly next: number;
}

/** The header alone, for lists of recordings: the first few kilobytes of the file are enough. */
export function readLogHeader(file: Uint8Array): LogHeader {
  return readHead(file).header;
}

/** Reads no more of a file than it has to. Rejects as `readHead` throws. */
export async function readHeadFrom(reader: RecordingReader): Promise<Head> {
  const head = await reader.read(0, usualBytes);
  const chunk = head.length < fileHeadBytes ? undefined : readChunk(head, fileHeadBytes);
  return readHead(chunk?.kind === "cut" ? await reader.read(0, fileHeadBytes + chunk.bytes) : head);
}

/** Throws a UserError when it is damaged, cut, or of something else. */
export function readHead(file: Uint8Array): Head {
  if (file.length < fileHeadBytes) throw new UserError("not a Hindsight recording: the file is too short");
  if (!magic.every((byte, index) => file[index] === byte)) throw new UserError("not a Hindsight recording");
  const version = new DataView(file.buffer, file.byteOffset, file.length).getUint32(magic.length, true);
  if (version !== LOG_FORMAT)
    throw new UserError(`the recording has format ${version}; this Hindsight reads format ${LOG_FORMAT}`);
  const chunk = readChunk(file, fileHeadBytes);
  if (chunk.kind === "cut") throw new UserError("the recording was cut within its header");
  if (chunk.kind === "damaged") throw damaged(fileHeadBytes, chunk.what);
  if (chunk.type !== chunkType.header) throw new UserError("the recording has no header");
  return { header: decodeHeader(chunk.payload), next: chunk.next };
}
