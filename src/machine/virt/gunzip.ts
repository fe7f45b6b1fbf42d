import { Gunzip } from "fflate";
import { UserError } from "../../base/index.ts";

/** A slice of input grows by at most a factor of about a thousand before the bound is looked at. */
const SLICE_BYTES = 1 << 14;

export function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

/** Unpacks a gzip file. Throws UserError when it is damaged or would be larger than `limitBytes`. */
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
    throw new UserError(`damaged gzip file: ${error instanceof Error ? error.message : String(error)}`);
  }
  const whole = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}
