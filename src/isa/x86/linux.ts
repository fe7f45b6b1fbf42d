/** Linux kernels for x86, in memory and in files; machine/guest-debug.ts's LinuxFormat. */
export const linux = {
  x86_64: {
    /** EM_X86_64, R_X86_64_RELATIVE (System V ABI, AMD64 supplement, chapter 4). */
    elfMachine: 62,
    relativeRelocation: 8,
    linkAlignment: 2n << 20n,
    absolutePerCpu: true,
    beginsImage: isImage64,
  },
  i386: {
    /** EM_386, R_386_RELATIVE. */
    elfMachine: 3,
    relativeRelocation: 8,
    linkAlignment: 4n << 20n,
    absolutePerCpu: true,
    beginsImage: () => false,
  },
} as const;

/**
 * What is at _text: startup_64, which begins with `lea stack(%rip), %rsp`, from Linux 6.5 on after `mov %rsi, %r15`. The
 * decompressor has no such page: its code begins with `cld`.
 */
function isImage64(page: Uint8Array): boolean {
  const begins = (at: number, ...bytes: readonly number[]): boolean => bytes.every((byte, n) => page[at + n] === byte);
  return begins(begins(0, 0x49, 0x89, 0xf7) ? 3 : 0, 0x48, 0x8d, 0x25);
}
