/** The logical immediates of A64: DecodeBitMasks() of the manual (J1.3), the part that gives the immediate itself. */

/**
 * The 64-bit immediate of (N, immr, imms): a run of ones, rotated within an element of 2 to 64 bits, repeated.
 * A 32-bit instruction takes its low half. Undefined when the encoding is reserved.
 */
export function decodeBitMask(n: number, immr: number, imms: number): bigint | undefined {
  const sizeLog2 = 31 - Math.clz32((n << 6) | (~imms & 0x3f));
  if (sizeLog2 < 1) return undefined;
  const size = 2 ** sizeLog2;
  const ones = (imms & (size - 1)) + 1;
  if (ones === size) return undefined;
  const rotation = BigInt(immr & (size - 1));
  const run = (1n << BigInt(ones)) - 1n;
  const element = (run >> rotation) | BigInt.asUintN(size, run << (BigInt(size) - rotation));
  const repeated = Array.from({ length: 64 / size }, () => element);
  return repeated.reduce((mask, part) => (mask << BigInt(size)) | part);
}

/** As decodeBitMask, and 0 for reserved encodings: one function object, so that engines can share its table. */
export const bitMask = (n: number, immr: number, imms: number): bigint => decodeBitMask(n, immr, imms) ?? 0n;

/** Whether MOVZ or MOVN makes the immediate too, so that ORR is not shown as MOV: MoveWidePreferred(), as objdump has it. */
export function moveWidePreferred(sf: number, immediate: bigint): boolean {
  const halfwords = Array.from({ length: sf ? 4 : 2 }, (_, i) => (immediate >> BigInt(16 * i)) & 0xffffn);
  return [0n, 0xffffn].some((background) => halfwords.filter((h) => h !== background).length <= 1);
}
