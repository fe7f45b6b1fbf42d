import { Gunzip } from "fflate";
import { messageOf, UserError } from "../../base/index.ts";

/** A slice of input grows by at most a factor of about a thousand before the bound is looked at. */
const SLICE_BYTES = 1 << 14;

export function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

/** Unpacks a gzip file of one member (RFC 1952). Throws UserError when it is damaged or would be larger than `limitBytes`. */
export function gunzip(bytes: Uint8Array, limitBytes: number): Uint8Array<ArrayBuffer> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  const stream = new Gunzip((chunk) => {
    length += chunk.length;
    if (length > limitBytes) throw new UserError(`compressed kernel unpacks to more than ${limitBytes >> 20} MB`);
    chunks.push(chunk);
  });
  try {
    for (let at = 0; at < bytes.length; at += SLICE_BYTES) {
      stream.push(bytes.subarray(at, at + SLICE_BYTES), at + SLICE_BYTES >= bytes.length);
    }
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw damaged(messageOf(error));
  }
  const whole = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  checkTrailer(bytes, whole);
  return whole;
}

function damaged(why: string): UserError {
  return new UserError(`damaged gzip file: ${why}`);
}

/** The last eight bytes hold CRC and length of the content. */
function checkTrailer(file: Uint8Array, content: Uint8Array): void {
  if (file.length < 18) throw damaged("it is cut off");
  const view = new DataView(file.buffer, file.byteOffset + file.length - 8, 8);
  if (view.getUint32(4, true) !== content.length) throw damaged("its length does not match");
  if (view.getUint32(0, true) !== crc32(content)) throw damaged("its checksum does not match");
}

const crcTable = Uint32Array.from({ length: 256 }, (_, index) => {
  let crc = index;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  return crc;
});

function crc32(bytes: Uint8Array): number {
  let crc = -1;
  for (const byte of bytes) crc = crcTable[(crc ^ byte) & 0xff]! ^ (crc >>> 8);
  return ~crc >>> 0;
}
