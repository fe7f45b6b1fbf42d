const elf = [0x7f, 0x45, 0x4c, 0x46];
const starts = (bytes: Uint8Array, magic: readonly number[]): boolean => magic.every((byte, i) => bytes[i] === byte);

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
