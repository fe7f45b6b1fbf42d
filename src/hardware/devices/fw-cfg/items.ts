import { assert } from "../../../base/index.ts";
import { DIRECTORY_ENTRY_BYTES, FILE_NAME_BYTES, FILE_SLOTS, ID_FEATURES, Key } from "./registers.ts";

/** An item with a name, found through the file directory. */
export interface FwCfgFile {
  /** At most 55 ASCII characters. */
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** An item's number, and its bytes. */
export type FwCfgItem = readonly [key: number, bytes: Uint8Array];

/** All items of a device. */
export type FwCfgItems = ReadonlyMap<number, Uint8Array>;

/** What firmware is to boot. */
export interface FwCfgBoot {
  readonly kernel: Uint8Array;
  readonly initrd: Uint8Array | undefined;
  /** Empty: none. */
  readonly commandLine: string;
}

/** What every device has, the board's own items, and its files, which are numbered in the order of their names. */
export function fwCfgItems(numbered: Iterable<FwCfgItem>, files: readonly FwCfgFile[]): FwCfgItems {
  assert(files.length <= FILE_SLOTS, "too many fw_cfg files");
  const sorted = [...files].sort((a, b) => (a.name < b.name ? -1 : 1));
  return new Map<number, Uint8Array>([
    [Key.SIGNATURE, new TextEncoder().encode("QEMU")],
    [Key.ID, littleEndian(4, ID_FEATURES)],
    [Key.UUID, new Uint8Array(16)],
    ...numbered,
    [Key.FILE_DIRECTORY, directory(sorted)],
    ...sorted.map(({ bytes }, index): FwCfgItem => [Key.FIRST_FILE + index, bytes]),
  ]);
}

/** A kernel as it is, as firmware for `virt` takes it. */
export function bootItems({ kernel, initrd, commandLine }: FwCfgBoot): FwCfgItem[] {
  const text = new TextEncoder().encode(`${commandLine}\0`);
  return [
    ...sized(Key.KERNEL_SIZE, Key.KERNEL_DATA, kernel),
    ...(initrd ? sized(Key.INITRD_SIZE, Key.INITRD_DATA, initrd) : []),
    ...(commandLine === "" ? [] : sized(Key.CMDLINE_SIZE, Key.CMDLINE_DATA, text)),
  ];
}

/** Bytes, and their number as an item of its own. */
export function sized(sizeKey: number, dataKey: number, bytes: Uint8Array): FwCfgItem[] {
  return [
    [sizeKey, littleEndian(4, bytes.length)],
    [dataKey, bytes],
  ];
}

/** A number as items have it; `size` in bytes, at most 8. */
export function littleEndian(size: number, value: number): Uint8Array {
  return Uint8Array.from({ length: size }, (_, index) => Math.floor(value / 2 ** (8 * index)) % 256);
}

function directory(files: readonly FwCfgFile[]): Uint8Array {
  const bytes = new Uint8Array(4 + DIRECTORY_ENTRY_BYTES * files.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, files.length);
  files.forEach(({ name, bytes: content }, index) => {
    const at = 4 + DIRECTORY_ENTRY_BYTES * index;
    const text = new TextEncoder().encode(name);
    assert(text.length < FILE_NAME_BYTES, `fw_cfg file name too long: ${name}`);
    view.setUint32(at, content.length);
    view.setUint16(at + 4, Key.FIRST_FILE + index);
    bytes.set(text, at + 8);
  });
  return bytes;
}
