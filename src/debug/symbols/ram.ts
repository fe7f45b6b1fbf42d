import type { Pages } from "../../machine/index.ts";

/** A copy of RAM from an offset, cut at its end. */
export function copyRam(pages: Pages, offset: number, length: number): Uint8Array<ArrayBuffer> {
  const end = Math.min(offset + length, pages.count * pages.pageBytes);
  const bytes = new Uint8Array(Math.max(0, end - offset));
  for (let at = offset; at < end;) {
    const within = at % pages.pageBytes;
    const piece = pages.view((at - within) / pages.pageBytes).subarray(within, within + end - at);
    bytes.set(piece, at - offset);
    at += piece.length;
  }
  return bytes;
}

const LABEL = new TextEncoder().encode("\nKERNELOFFSET=");
const LONGEST_NUMBER = 17;

/**
 * How far Linux has moved itself from where it was linked, as it says in its notes for crash dumps (VMCOREINFO), from
 * early in its boot on. undefined where no such note is in memory.
 */
export function loggedOffset(pages: Pages): bigint | undefined {
  const chunk = 1 << 20;
  const overlap = LABEL.length + LONGEST_NUMBER;
  for (let start = 0; start < pages.count * pages.pageBytes; start += chunk) {
    const bytes = copyRam(pages, start, chunk + overlap);
    for (let at = bytes.indexOf(LABEL[1]!); at >= 0; at = bytes.indexOf(LABEL[1]!, at + 1)) {
      if (!LABEL.every((byte, i) => bytes[at - 1 + i] === byte)) continue;
      const text = String.fromCharCode(...bytes.subarray(at - 1 + LABEL.length, at - 1 + overlap));
      const number = /^([0-9a-f]{1,16})\n/.exec(text)?.[1];
      if (number !== undefined) return BigInt(`0x${number}`);
    }
  }
  return undefined;
}
