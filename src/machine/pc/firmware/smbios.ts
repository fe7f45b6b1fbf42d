import { ascii, type Bytes, u16, u32, u64, u8, zeros } from "./bytes.ts";
import type { FirmwareConfiguration } from "./configuration.ts";
import { type RamRange, ramRanges } from "./ram.ts";

/** Structures and their entry point: DMTF DSP0134, SMBIOS 2.8, as QEMU's `pc` fills them in. */
export interface Smbios {
  readonly anchor: Uint8Array;
  readonly tables: Uint8Array;
}

const [MAJOR, MINOR] = [2, 8];
const MAKER = "QEMU";
const MACHINE = "pc-i440fx-7.2";
/** Answers that many fields share. */
const OTHER = 1;
const UNKNOWN = 2;
const SAFE = 3;
const NO_ERROR_INFORMATION = 0xfffe;
const KB = 1024;
const MB = KB * KB;

const handle = { memoryArray: 0x1000, memoryDevice: 0x1100, mappedRange: 0x1300 } as const;

/** Type, length and handle, the fields, and the strings that fields name by number from 1. */
function structure(type: number, number: number, fields: Bytes, strings: readonly string[] = []): Bytes {
  const texts = strings.length === 0 ? [0] : strings.flatMap((text) => [...ascii(text), 0]);
  return [type, 4 + fields.length, ...u16(number), ...fields, ...texts, 0];
}

function system(uuid: Uint8Array): Bytes {
  const POWER_SWITCH = 6;
  const strings = [MAKER, "Standard PC (i440FX + PIIX, 1996)", MACHINE];
  return structure(1, 0x100, [1, 2, 3, 0, ...wireOrder(uuid), POWER_SWITCH, 0, 0], strings);
}

/** A UUID's first three fields are little-endian since SMBIOS 2.6. */
function wireOrder(uuid: Uint8Array): Bytes {
  return [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15].map((index) => uuid[index]!);
}

function enclosure(): Bytes {
  return structure(3, 0x300, [1, OTHER, 2, 0, 0, SAFE, SAFE, SAFE, UNKNOWN, ...zeros(9)], [MAKER, MACHINE]);
}

function processor({ cpu }: FirmwareConfiguration): Bytes {
  const CENTRAL = 3;
  const MAX_MHZ = 2000;
  const POPULATED_AND_ENABLED = 0x41;
  const NO_CACHE = 0xffff;
  const fields = [
    ...u8(1, CENTRAL, OTHER, 2),
    ...u32(cpu.signature, cpu.features),
    ...u8(3, 0),
    ...u16(0, MAX_MHZ, MAX_MHZ),
    ...u8(POPULATED_AND_ENABLED, OTHER),
    ...u16(NO_CACHE, NO_CACHE, NO_CACHE),
    // Serial number, asset and part; cores, those enabled, threads.
    ...u8(0, 0, 0, 1, 1, 1),
    // Characteristics, and the family once more.
    ...u16(UNKNOWN, OTHER),
  ];
  return structure(4, 0x400, fields, ["CPU 0", MAKER, MACHINE]);
}

function memoryArray({ ramBytes }: FirmwareConfiguration): Bytes {
  const SYSTEM_MEMORY = 3;
  const MULTI_BIT_ECC = 6;
  const DEVICES = 1;
  const fields = [
    ...u8(OTHER, SYSTEM_MEMORY, MULTI_BIT_ECC),
    ...u32(ramBytes / KB),
    ...u16(NO_ERROR_INFORMATION, DEVICES),
    ...u64(0),
  ];
  return structure(16, handle.memoryArray, fields);
}

/** One module holds all that there may be: below 16 GB. */
function memoryDevice({ ramBytes }: FirmwareConfiguration): Bytes {
  const DIMM = 9;
  const KIND_RAM = 7;
  const DETAIL_OTHER = 2;
  const UNKNOWN_WIDTH = 0xffff;
  const fields = [
    ...u16(handle.memoryArray, NO_ERROR_INFORMATION, UNKNOWN_WIDTH, UNKNOWN_WIDTH, Math.ceil(ramBytes / MB)),
    ...u8(DIMM, 0, 1, 0, KIND_RAM),
    ...u16(DETAIL_OTHER, 0),
    ...u8(2, 0, 0, 0, 0),
    ...u32(0),
    ...u16(0, 0, 0, 0),
  ];
  return structure(17, handle.memoryDevice, fields, ["DIMM 0", MAKER]);
}

function mappedRange({ base, bytes }: RamRange, index: number): Bytes {
  const WIDTH = 1;
  const [first, last] = [base / KB, Math.floor((base + bytes - 1) / KB)];
  const fields = [...u32(first, last), ...u16(handle.memoryArray), WIDTH, ...u64(0, 0)];
  return structure(19, handle.mappedRange + index, fields);
}

function structures(configuration: FirmwareConfiguration): Bytes[] {
  const BOOT_STATUS = zeros(7);
  return [
    system(configuration.uuid ?? new Uint8Array(16)),
    enclosure(),
    processor(configuration),
    memoryArray(configuration),
    memoryDevice(configuration),
    ...ramRanges(configuration).map(mappedRange),
    structure(32, 0x2000, BOOT_STATUS),
    structure(127, 0x7f00, []),
  ];
}

export function smbios(configuration: FirmwareConfiguration): Smbios {
  const all = structures(configuration);
  const tables = all.flat();
  const LENGTH = 0x1f;
  // Address and checksums are firmware's.
  const anchor = [
    ...ascii("_SM_"),
    ...u8(0, LENGTH, MAJOR, MINOR),
    ...u16(Math.max(...all.map(({ length }) => length))),
    ...zeros(6),
    ...ascii("_DMI_"),
    0,
    ...u16(tables.length),
    ...u32(0),
    ...u16(all.length),
    (MAJOR << 4) | MINOR,
  ];
  return { anchor: Uint8Array.from(anchor), tables: Uint8Array.from(tables) };
}
