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

const MULTIBOOT_MAGIC = 0x1bad_b002;
/** Where a Multiboot header may lie (Multiboot Specification 0.6.96, 3.1). */
const MULTIBOOT_BYTES = 8192;

function isMultiboot(kernel: Uint8Array): boolean {
  const bytes = Math.min(kernel.length, MULTIBOOT_BYTES) & ~3;
  const words = new DataView(kernel.buffer, kernel.byteOffset, bytes);
  const word = (at: number): number => words.getUint32(at, true);
  for (let at = 0; at + 12 <= bytes; at += 4)
    if (word(at) === MULTIBOOT_MAGIC && (word(at) + word(at + 4) + word(at + 8)) % 2 ** 32 === 0) return true;
  return false;
}

/** QEMU's option ROM that boots a kernel: one for each way that kernels are entered. */
export function bootRomOf(kernel: Uint8Array): string {
  if (ascii(kernel, 0x202, 4) === "HdrS") return "linuxboot_dma.bin";
  return isMultiboot(kernel) ? "multiboot_dma.bin" : ascii(kernel, 1, 3) === "ELF" ? "pvh.bin" : "linuxboot_dma.bin";
}

/** What there is room for below 4 GB. */
const MOST_FIRMWARE = 2 ** 24;
/** NOP, and the jumps that a reset vector may begin with. */
const FIRST_CODE = [0x90, 0xe9, 0xea, 0xeb];

/** Whole segments, with code where the processor starts: 16 bytes before the end. */
export function isPcFirmware(bytes: number, tail: Uint8Array): boolean {
  const whole = bytes > 0 && bytes % 0x1_0000 === 0 && bytes <= MOST_FIRMWARE;
  return whole && tail.length >= 16 && FIRST_CODE.includes(tail[tail.length - 16]!);
}
