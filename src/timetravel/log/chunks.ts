import { ByteWriter, crc32c } from "../../base/index.ts";

/**
 * The file: 8 bytes of magic, u32 format version, then chunks until the end of the file.
 * A chunk: u8 type, u32 payload length, u16 check of those five bytes; the payload; u32 CRC-32C of all before.
 * Both checks start from the chunk's offset in the file, so that a chunk in the wrong place is found. Little-endian.
 */
export const magic = Uint8Array.of(0x89, 0x48, 0x53, 0x52, 0x0d, 0x0a, 0x1a, 0x0a);
export const fileHeadBytes = 12;

export const chunkType = { header: 1, records: 2 } as const;

const chunkHeadBytes = 7;
const checksumBytes = 4;

export function fileHead(version: number): Uint8Array {
  return new ByteWriter().raw(magic).u32(version).finish();
}

/** A chunk that will stand at `offset` of the file. */
export function encodeChunk(type: number, payload: Uint8Array, offset: number): Uint8Array<ArrayBuffer> {
  const end = chunkHeadBytes + payload.length;
  const chunk = new Uint8Array(end + checksumBytes);
  const view = new DataView(chunk.buffer);
  view.setUint8(0, type);
  view.setUint32(1, payload.length, true);
  view.setUint16(5, headCheck(chunk.subarray(0, 5), offset), true);
  chunk.set(payload, chunkHeadBytes);
  view.setUint32(end, crc32c(chunk.subarray(0, end), offset >>> 0), true);
  return chunk;
}

/** Longer than any that is written; what is one chunk must fit in memory. */
const longestChunk = 2 ** 28;

export type ChunkResult =
  | { readonly kind: "chunk"; readonly type: number; readonly payload: Uint8Array; readonly next: number }
  /** These bytes end within the chunk, which has so many. */
  | { readonly kind: "cut"; readonly bytes: number }
  | { readonly kind: "damaged"; readonly what: string };

/** The chunk that begins at `at` of some bytes of the file; `base`: where in the file they begin. */
export function readChunk(bytes: Uint8Array, at: number, base = 0): ChunkResult {
  const left = bytes.length - at;
  if (left < chunkHeadBytes) return { kind: "cut", bytes: chunkHeadBytes };
  const view = new DataView(bytes.buffer, bytes.byteOffset + at, left);
  if (view.getUint16(5, true) !== headCheck(bytes.subarray(at, at + 5), base + at))
    return { kind: "damaged", what: "its length is damaged" };
  const length = view.getUint32(1, true);
  const whole = chunkHeadBytes + length + checksumBytes;
  if (left < whole) {
    if (whole > longestChunk) return { kind: "damaged", what: `it has ${length} bytes, which is more than fits` };
    return { kind: "cut", bytes: whole };
  }
  const end = at + chunkHeadBytes + length;
  if (view.getUint32(chunkHeadBytes + length, true) !== crc32c(bytes.subarray(at, end), (base + at) >>> 0))
    return { kind: "damaged", what: "its checksum is wrong" };
  const payload = bytes.subarray(at + chunkHeadBytes, end);
  return { kind: "chunk", type: view.getUint8(0), payload, next: at + whole };
}

function headCheck(head: Uint8Array, offset: number): number {
  return crc32c(head, offset >>> 0) & 0xffff;
}
