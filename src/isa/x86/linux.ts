/** Linux kernels for x86, in memory and in files, which their decompressor relocates; machine/guest-debug.ts's LinuxFormat. */
export const linux = {
  x86_64: {
    bits: 64,
    /** EM_X86_64 (System V ABI, AMD64 supplement, chapter 4). */
    elfMachine: 62,
    linkAlignment: 2n << 20n,
    knownPointer: { at: "sys_call_table", to: "__x64_sys_read" },
    beginsImage: isImage64,
  },
  i386: {
    bits: 32,
    /** EM_386. */
    elfMachine: 3,
    linkAlignment: 2n << 20n,
    beginsImage: isImage32,
  },
} as const;

/**
 * What is at _text: startup_64, which begins with `lea stack(%rip), %rsp`, from Linux 6.5 on after `mov %rsi, %r15`. The
 * decompressor has no such page: its code begins with `cld`.
 */
function isImage64(page: Uint8Array): boolean {
  return begins(page, begins(page, 0, 0x49, 0x89, 0xf7) ? 3 : 0, 0x48, 0x8d, 0x25);
}

/** startup_32: `mov stack, %ecx`, then `lgdt`, both by physical addresses. */
function isImage32(page: Uint8Array): boolean {
  return begins(page, 0, 0x8b, 0x0d) && begins(page, 6, 0x0f, 0x01, 0x15);
}

const begins = (page: Uint8Array, at: number, ...bytes: readonly number[]): boolean =>
  bytes.every((byte, n) => page[at + n] === byte);
