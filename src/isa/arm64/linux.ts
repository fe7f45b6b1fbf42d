/** A Linux kernel for A64, in memory and in files; machine/guest-debug.ts's LinuxFormat. */
export const linux = {
  bits: 64,
  /** EM_AARCH64, R_AARCH64_RELATIVE (ELF for the Arm 64-bit Architecture). */
  elfMachine: 183,
  relativeRelocation: 1027,
  linkAlignment: 2n << 20n,
  knownPointer: { at: "sys_call_table", to: "__arm64_sys_io_setup" },
  beginsImage: isImage,
} as const;

/** An Image ("ARM\x64" at byte 56; Linux, Documentation/arm64/booting). */
export function isImage(start: Uint8Array): boolean {
  return start[56] === 0x41 && start[57] === 0x52 && start[58] === 0x4d && start[59] === 0x64;
}
