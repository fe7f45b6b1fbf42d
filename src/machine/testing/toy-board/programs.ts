import { toyMap } from "./toy-board.ts";

export function words(code: readonly number[]): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Uint32Array.from(code, (word) => word >>> 0).buffer);
}

/** An image of parts at physical addresses. */
export function image(parts: readonly (readonly [address: number, code: readonly number[]])[]): Uint8Array {
  const bytes = new Uint8Array(0x4000);
  for (const [address, code] of parts) bytes.set(words(code), address - toyMap.image);
  return bytes;
}
