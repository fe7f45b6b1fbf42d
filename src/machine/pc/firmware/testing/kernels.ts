import { littleEndian } from "../../../../hardware/index.ts";
import { seeded } from "../../../../hardware/testing/sample.ts";
import { u16, u32, u64, zeros } from "../bytes.ts";

/** Kernels that cannot run, with everything that a loader looks at. */

export type Patch = readonly [offset: number, bytes: number, value: number];

function patched(file: Uint8Array<ArrayBuffer>, patches: readonly Patch[]): Uint8Array<ArrayBuffer> {
  for (const [offset, size, value] of patches) file.set(littleEndian(size, value), offset);
  return file;
}

export function noise(bytes: number, seed = 1): Uint8Array<ArrayBuffer> {
  const random = seeded(seed);
  return Uint8Array.from({ length: bytes }, () => random(256));
}

/** With three sectors of setup code, loaded high. */
export function bzImage(version: number, patches: readonly Patch[] = []): Uint8Array<ArrayBuffer> {
  const header: Patch[] = [
    [0x1f1, 1, 3],
    [0x202, 4, 0x5372_6448],
    [0x206, 2, version],
    [0x211, 1, 1],
  ];
  return patched(noise(9000, version), [...header, ...patches]);
}

const MULTIBOOT = 0x1bad_b002;

/** Magic, flags, and what makes their sum 0; then addresses. */
export function multibootHeader(flags: number, ...addresses: readonly number[]): Uint8Array {
  return Uint8Array.from([...u32(MULTIBOOT, flags, 2 ** 32 - MULTIBOOT - flags), ...u32(...addresses)]);
}

/** A header at 40h. */
export function multiboot(flags: number, ...addresses: readonly number[]): Uint8Array<ArrayBuffer> {
  const kernel = noise(5000);
  kernel.set(multibootHeader(flags, ...addresses), 0x40);
  return kernel;
}

/** A segment of a file: PT_LOAD's 1 or PT_NOTE's 4. */
export interface ElfPart {
  readonly type: 1 | 4;
  readonly address: number;
  readonly virtual: number;
  readonly bytes: Uint8Array;
  readonly memoryBytes: number;
  readonly alignment: number;
}

export function load(address: number, virtual: number, bytes: Uint8Array, memoryBytes = bytes.length): ElfPart {
  return { type: 1, address, virtual, bytes, memoryBytes, alignment: 0x1000 };
}

/** Notes of Xen's: type and content. */
export function notes(
  alignment: number,
  ...contents: readonly (readonly [type: number, content: Uint8Array])[]
): ElfPart {
  const align = (bytes: readonly number[]) => [
    ...bytes,
    ...zeros((alignment - (bytes.length % alignment)) % alignment),
  ];
  const name = [...new TextEncoder().encode("Xen\0")];
  const bytes = contents.flatMap(([type, content]) => [
    ...u32(name.length, content.length, type),
    ...align(name),
    ...align([...content]),
  ]);
  return { type: 4, address: 0, virtual: 0, bytes: Uint8Array.from(bytes), memoryBytes: bytes.length, alignment };
}

/** Of 32 bits for i386, or of 64 for x86-64. */
export function elf(bits: 32 | 64, entry: number, ...parts: readonly ElfPart[]): Uint8Array<ArrayBuffer> {
  const wide = bits === 64;
  const word = wide ? u64 : u32;
  const [headerBytes, entryBytes] = wide ? [64, 56] : [52, 32];
  let offset = headerBytes + entryBytes * parts.length;
  const table = parts.flatMap(({ type, address, virtual, bytes, memoryBytes, alignment }) => {
    const [at, flags] = [offset, u32(7)];
    offset += bytes.length;
    const places = word(at, virtual, address, bytes.length, memoryBytes);
    return wide
      ? [...u32(type), ...flags, ...places, ...word(alignment)]
      : [...u32(type), ...places, ...flags, ...word(alignment)];
  });
  const header = [
    ...[0x7f, 0x45, 0x4c, 0x46, wide ? 2 : 1, 1, 1, ...zeros(9)],
    ...[...u16(2, wide ? 62 : 3), ...u32(1)],
    ...word(entry, headerBytes, 0),
    ...u32(0),
    ...u16(headerBytes, entryBytes, parts.length, 0, 0, 0),
  ];
  return Uint8Array.from([...header, ...table, ...parts.flatMap(({ bytes }) => [...bytes])]);
}
