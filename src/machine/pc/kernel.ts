const ascii = (bytes: Uint8Array, at: number, length: number): string =>
  String.fromCharCode(...bytes.subarray(at, at + length));

/** ELF's e_machine. */
const EM_386 = 3;
const EM_X86_64 = 62;

/** A bzImage (Linux Documentation/arch/x86/boot.rst), or an ELF file for the processor. */
export function isPcKernel(head: Uint8Array): boolean {
  if (ascii(head, 0x202, 4) === "HdrS") return head[0x1fe] === 0x55 && head[0x1ff] === 0xaa;
  return ascii(head, 0, 4) === "\x7fELF" && [EM_386, EM_X86_64].includes(head[18]! | (head[19]! << 8));
}

/** What there is room for below 4 GB. */
const MOST_FIRMWARE = 2 ** 24;
/** NOP, and the jumps that a reset vector may begin with. */
const FIRST_CODE = [0x90, 0xe9, 0xea, 0xeb];

/** Whole segments of 64 KB. */
export const isFirmwareSize = (bytes: number): boolean => bytes > 0 && bytes % 0x1_0000 === 0 && bytes <= MOST_FIRMWARE;

/** Whole segments, with code where the processor starts: 16 bytes before the end. */
export function isPcFirmware(bytes: number, tail: Uint8Array): boolean {
  return isFirmwareSize(bytes) && tail.length >= 16 && FIRST_CODE.includes(tail[tail.length - 16]!);
}
