/** Files that are taken for kernels by mistake: offset, the bytes there, and what it is. */
const formats: readonly (readonly [offset: number, magic: readonly number[], what: string])[] = [
  [0, ascii("07070"), "a cpio archive, which is an initrd"],
  [0, [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00], "compressed with xz: unpack it first"],
  [0, [0x28, 0xb5, 0x2f, 0xfd], "compressed with zstd: unpack it first"],
  [0, [0x02, 0x21, 0x4c, 0x18], "compressed with lz4: unpack it first"],
  [0, ascii("BZh"), "compressed with bzip2: unpack it first"],
  [0, [...ascii("QFI"), 0xfb], "a disk image (qcow2)"],
  // Linux's Documentation/arch/x86/boot.rst and Documentation/arch/arm/booting.rst.
  [0x202, ascii("HdrS"), "a kernel for x86"],
  [0x24, [0x18, 0x28, 0x6f, 0x01], "a kernel for 32-bit Arm"],
];

const TEXT_SAMPLE_BYTES = 4096;

/**
 * What a file is that is certainly no A64 code; undefined where it may be some. A file without a header is code, as QEMU
 * takes it, unless it is one of the above or text: no A64 program consists of printable characters.
 */
export function notAKernel(file: Uint8Array): string | undefined {
  const found = formats.find(([offset, magic]) => magic.every((byte, index) => file[offset + index] === byte));
  if (found) return found[2];
  const isText = file
    .subarray(0, TEXT_SAMPLE_BYTES)
    .every((byte) => (byte >= 0x20 && byte < 0x7f) || (byte >= 9 && byte <= 13));
  return isText ? "text" : undefined;
}

function ascii(text: string): number[] {
  return Array.from(text, (character) => character.charCodeAt(0));
}
