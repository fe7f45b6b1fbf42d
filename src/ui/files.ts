import type { NamedBytes } from "../api/index.ts";

const gzip = [0x1f, 0x8b];
const elf = [0x7f, 0x45, 0x4c, 0x46];
const starts = (bytes: Uint8Array, magic: readonly number[]): boolean => magic.every((byte, i) => bytes[i] === byte);

/** Arm64 Image ("ARM\x64" at 56), ELF, or compressed by name. */
export function isKernel(file: NamedBytes): boolean {
  const { bytes, name } = file;
  if (starts(bytes, elf)) return true;
  if (starts(bytes.subarray(56), [0x41, 0x52, 0x4d, 0x64])) return true;
  return starts(bytes, gzip) && /image|linux|kernel/i.test(name);
}

/** A newc archive ("0707"), or a compressed one by name. */
export function isInitrd(file: NamedBytes): boolean {
  const { bytes, name } = file;
  return starts(bytes, [0x30, 0x37, 0x30, 0x37]) || (/init|cpio|rootfs/i.test(name) && !isKernel(file));
}

export async function isElf(file: Blob): Promise<boolean> {
  return starts(await head(file), elf);
}

/** An ELF file, or text as of System.map: "ffff800008000000 T _text". */
export async function maySymbolsBe(file: Blob): Promise<boolean> {
  const bytes = await head(file);
  return starts(bytes, elf) || /^[0-9a-f]{8,16} [A-Za-z] \S/.test(new TextDecoder().decode(bytes));
}

async function head(file: Blob): Promise<Uint8Array> {
  return new Uint8Array(await file.slice(0, 64).arrayBuffer());
}
