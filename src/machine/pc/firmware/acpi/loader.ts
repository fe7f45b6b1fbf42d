import { ascii, type Bytes, padded, u32 } from "../bytes.ts";

const ENTRY_BYTES = 128;
const NAME_BYTES = 56;
const FILE_BYTES = 4096;

/** Where firmware puts a file: anywhere below 4 GB, or where operating systems look for the RSDP. */
export const Zone = { HIGH: 1, F_SEGMENT: 2 } as const;

/** A command for firmware, in `etc/table-loader` (QEMU, docs: the linker/loader of ACPI tables). Files are named. */
export function allocate(file: string, alignment: number, zone: number): Bytes {
  return command(1, [...name(file), ...u32(alignment), zone]);
}

/** 32 bits at `offset` of `file`, which are an offset into `target`, become an address. */
export function addPointer(file: string, offset: number, target: string): Bytes {
  return command(2, [...name(file), ...name(target), ...u32(offset), 4]);
}

/** The byte at `at` makes the sum of `length` bytes from `start` 0. */
export function addChecksum(file: string, at: number, start: number, length: number): Bytes {
  return command(3, [...name(file), ...u32(at, start, length)]);
}

/** The commands as a file. */
export const script = (...commands: readonly Bytes[]): Uint8Array => padded(commands.flat(), FILE_BYTES);

const name = (file: string): Bytes => ascii(file, NAME_BYTES);

function command(number: number, fields: Bytes): Bytes {
  return [...padded([...u32(number), ...fields], ENTRY_BYTES)];
}
