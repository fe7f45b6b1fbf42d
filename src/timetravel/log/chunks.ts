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
  const head = new ByteWriter().u8(type).u32(payload.length).finish();
  const whole = new ByteWriter().raw(head).u16(headCheck(head, offset)).raw(payload).finish();
  return new ByteWriter()
    .raw(whole)
    .u32(crc32c(whole, offset >>> 0))
    .finish();
}

export type ChunkResult =
  | { readonly kind: "chunk"; readonly type: number; readonly payload: Uint8Array; readonly next: number }
  /** The file ends within this chunk. */
  | { readonly kind: "cut" }
  | { readonly kind: "damaged"; readonly what: string };

export function readChunk(file: Uint8Array, offset: number): ChunkResult {
  const left = file.length - offset;
  if (left < chunkHeadBytes) return { kind: "cut" };
  const view = new DataView(file.buffer, file.byteOffset + offset, left);
  if (view.getUint16(5, true) !== headCheck(file.subarray(offset, offset + 5), offset))
    return { kind: "damaged", what: "its length is damaged" };
  const length = view.getUint32(1, true);
  if (left < chunkHeadBytes + length + checksumBytes) return { kind: "cut" };
  const end = offset + chunkHeadBytes + length;
  if (view.getUint32(chunkHeadBytes + length, true) !== crc32c(file.subarray(offset, end), offset >>> 0))
    return { kind: "damaged", what: "its checksum is wrong" };
  const payload = file.subarray(offset + chunkHeadBytes, end);
  return { kind: "chunk", type: view.getUint8(0), payload, next: end + checksumBytes };
}

function headCheck(head: Uint8Array, offset: number): number {
  return crc32c(head, offset >>> 0) & 0xffff;
}
