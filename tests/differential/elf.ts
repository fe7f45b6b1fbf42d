const PAGE = 4096;

export interface Segment {
  readonly address: number;
  readonly bytes: Uint8Array;
}

/** An AArch64 ELF executable of loadable segments, physical addresses equal to virtual ones. */
export function writeElf(entry: number, segments: readonly Segment[]): Uint8Array {
  const headerBytes = 64 + 56 * segments.length;
  // Where a loader maps the file, the offsets in it must be those in pages.
  let total = headerBytes;
  const offsets = segments.map(({ address, bytes }) => {
    const offset = total + ((((address - total) % PAGE) + PAGE) % PAGE);
    total = offset + bytes.length;
    return offset;
  });
  const file = new Uint8Array(total);
  const view = new DataView(file.buffer);
  file.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]); // 64 bits, little-endian
  view.setUint16(16, 2, true); // executable
  view.setUint16(18, 183, true); // AArch64
  view.setUint32(20, 1, true);
  view.setBigUint64(24, BigInt(entry), true);
  view.setBigUint64(32, 64n, true); // program headers follow
  view.setUint16(52, 64, true);
  view.setUint16(54, 56, true);
  view.setUint16(56, segments.length, true);
  segments.forEach(({ address, bytes }, index) => {
    const header = 64 + 56 * index;
    const at = offsets[index]!;
    view.setUint32(header, 1, true); // PT_LOAD
    view.setUint32(header + 4, 7, true);
    [at, address, address, bytes.length, bytes.length, PAGE].forEach((value, i) =>
      view.setBigUint64(header + 8 + 8 * i, BigInt(value), true),
    );
    file.set(bytes, at);
  });
  return file;
}
