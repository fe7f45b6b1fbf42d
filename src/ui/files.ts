import type { NamedBytes } from "../api/index.ts";

const gzip = [0x1f, 0x8b];
const starts = (bytes: Uint8Array, magic: readonly number[]): boolean => magic.every((byte, i) => bytes[i] === byte);

/** Arm64 Image ("ARM\x64" at 56), ELF, or compressed by name. */
export function isKernel(file: NamedBytes): boolean {
  const { bytes, name } = file;
  if (starts(bytes, [0x7f, 0x45, 0x4c, 0x46])) return true;
  if (starts(bytes.subarray(56), [0x41, 0x52, 0x4d, 0x64])) return true;
  return starts(bytes, gzip) && /image|linux|kernel/i.test(name);
}

/** A newc archive ("0707"), or a compressed one by name. */
export function isInitrd(file: NamedBytes): boolean {
  const { bytes, name } = file;
  return starts(bytes, [0x30, 0x37, 0x30, 0x37]) || (/init|cpio|rootfs/i.test(name) && !isKernel(file));
}
