import { UserError, type ByteReader, type ByteWriter } from "../../base/index.ts";

/** Appends a non-negative safe integer as LEB128, seven bits to a byte. */
export function writeVarint(to: ByteWriter, value: number): void {
  while (value > 0x7f) {
    to.u8((value % 0x80) | 0x80);
    value = Math.floor(value / 0x80);
  }
  to.u8(value);
}

export function readVarint(from: ByteReader): number {
  let value = 0;
  for (let scale = 1; scale < 2 ** 56; scale *= 0x80) {
    const byte = from.u8();
    value += (byte & 0x7f) * scale;
    if (value > Number.MAX_SAFE_INTEGER) break;
    if (byte < 0x80) return value;
  }
  throw new UserError("number out of range");
}
