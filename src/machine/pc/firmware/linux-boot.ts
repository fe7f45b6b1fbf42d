import { UserError } from "../../../base/index.ts";
import { type FwCfgItem, FwCfgKey, littleEndian, sized } from "../../../hardware/index.ts";
import type { KernelImages } from "./configuration.ts";
import { initrdAddress, initrdItems } from "./initrd.ts";

/** Linux's setup header (Documentation/arch/x86/boot.rst): offsets in the file. */
const Field = {
  SETUP_SECTORS: 0x1f1,
  VIDEO_MODE: 0x1fa,
  MAGIC: 0x202,
  VERSION: 0x206,
  LOADER: 0x210,
  LOAD_FLAGS: 0x211,
  INITRD_ADDRESS: 0x218,
  INITRD_SIZE: 0x21c,
  HEAP_END: 0x224,
  CMDLINE_POINTER: 0x228,
  INITRD_MAX: 0x22c,
  EXTENDED_LOAD_FLAGS: 0x236,
  /** Of protocols before 2.02. */
  OLD_CMDLINE_MAGIC: 0x20,
  OLD_CMDLINE_OFFSET: 0x22,
} as const;

const MAGIC = 0x5372_6448;
const OLD_CMDLINE = 0xa33f;
const LOADED_HIGH = 1 << 0;
const CAN_USE_HEAP = 1 << 7;
const ABOVE_4G = 1 << 1;
/** QEMU, of no version. */
const LOADER_QEMU = 0xb0;
const SECTOR = 512;
const DEFAULT_SETUP_SECTORS = 4;
const HEADER_END = 0x238;
/** Before protocol 2.03 said it. */
const INITRD_MAX_BEFORE = 0x37ff_ffff;
/** From the heap's end to where it is counted. */
const HEAP_GAP = 0x200;

export function isBzImage(kernel: Uint8Array): boolean {
  return kernel.length >= HEADER_END && viewOf(kernel).getUint32(Field.MAGIC, true) === MAGIC;
}

/**
 * A kernel for the option ROM linuxboot: its parts, where they go, and a header in which a boot loader has entered what it knows, as QEMU does.
 * `usableBytes`: of RAM below 4 GB. Throws UserError for a damaged header, and for what does not fit.
 */
export function linuxItems(images: KernelImages, usableBytes: number): FwCfgItem[] {
  const { initrd, kernel } = images;
  const original = viewOf(kernel);
  const version = original.getUint16(Field.VERSION, true);
  if (version < 0x200)
    throw new UserError(`the kernel's boot protocol is ${version.toString(16)}h, and not 200h or later`);
  const setupBytes = ((kernel[Field.SETUP_SECTORS] || DEFAULT_SETUP_SECTORS) + 1) * SECTOR;
  if (setupBytes > kernel.length) throw new UserError("the kernel ends in its setup code");

  const setup = kernel.slice(0, setupBytes);
  const header = viewOf(setup);
  const commandLine = new TextEncoder().encode(`${images.commandLine}\0`);
  const places = placesOf(version, kernel[Field.LOAD_FLAGS]!, commandLine.length);
  enterCommandLine(header, version, places);
  enterVideoMode(header, images.commandLine);
  header.setUint8(Field.LOADER, LOADER_QEMU);
  if (version >= 0x201) {
    header.setUint8(Field.LOAD_FLAGS, kernel[Field.LOAD_FLAGS]! | CAN_USE_HEAP);
    header.setUint16(Field.HEAP_END, places.commandLine - places.setup - HEAP_GAP, true);
  }
  const items: FwCfgItem[] = [];
  if (initrd) {
    const last = Math.min(highestByte(original, version), usableBytes - 1);
    const address = initrdAddress(initrd.length, last);
    header.setUint32(Field.INITRD_ADDRESS, address, true);
    header.setUint32(Field.INITRD_SIZE, initrd.length, true);
    items.push(...initrdItems(initrd, last));
  }
  return [
    ...items,
    [FwCfgKey.CMDLINE_ADDRESS, littleEndian(4, places.commandLine)],
    ...sized(FwCfgKey.CMDLINE_SIZE, FwCfgKey.CMDLINE_DATA, commandLine),
    [FwCfgKey.KERNEL_ADDRESS, littleEndian(4, places.kernel)],
    ...sized(FwCfgKey.KERNEL_SIZE, FwCfgKey.KERNEL_DATA, kernel.subarray(setupBytes)),
    [FwCfgKey.SETUP_ADDRESS, littleEndian(4, places.setup)],
    ...sized(FwCfgKey.SETUP_SIZE, FwCfgKey.SETUP_DATA, setup),
  ];
}

interface Places {
  readonly setup: number;
  readonly commandLine: number;
  /** Of protected mode. */
  readonly kernel: number;
}

/** `commandLineBytes` with the zero that ends it. */
function placesOf(version: number, loadFlags: number, commandLineBytes: number): Places {
  const high = (loadFlags & LOADED_HIGH) !== 0;
  if (high && version >= 0x202) return { setup: 0x1_0000, commandLine: 0x2_0000, kernel: 0x10_0000 };
  const END_OF_SETUP = 0x9_a000;
  const commandLine = END_OF_SETUP - Math.ceil(commandLineBytes / 16) * 16;
  return { setup: 0x9_0000, commandLine, kernel: high ? 0x10_0000 : 0x1_0000 };
}

function enterCommandLine(header: DataView, version: number, { commandLine, setup }: Places): void {
  if (version >= 0x202) {
    header.setUint32(Field.CMDLINE_POINTER, commandLine, true);
  } else {
    header.setUint16(Field.OLD_CMDLINE_MAGIC, OLD_CMDLINE, true);
    header.setUint16(Field.OLD_CMDLINE_OFFSET, commandLine - setup, true);
  }
}

const VIDEO_MODES = { normal: 0xffff, ext: 0xfffe, ask: 0xfffd } as const;

/** `vga=` is for the boot loader: a name, or a number in C's notation. */
function enterVideoMode(header: DataView, commandLine: string): void {
  const at = commandLine.indexOf("vga=");
  if (at < 0) return;
  const value = commandLine.slice(at + 4);
  const named = Object.entries(VIDEO_MODES).find(([name]) => value.startsWith(name));
  header.setUint16(Field.VIDEO_MODE, named ? named[1] : videoMode(value), true);
}

function videoMode(value: string): number {
  const [digits] = /^[^ ]*/.exec(value)!;
  const octal = /^0[0-7]+$/.test(digits);
  const mode = /^(0x[0-9a-f]+|0|[1-9][0-9]*)$/i.test(digits) ? Number(digits) : octal ? parseInt(digits, 8) : NaN;
  if (!(mode < 2 ** 32)) throw new UserError(`vga=${digits} is no video mode: a number, normal, ext or ask`);
  return mode & 0xffff;
}

/** The last byte that an initrd may have as far as the kernel goes. */
function highestByte(original: DataView, version: number): number {
  if (version >= 0x20c && original.getUint16(Field.EXTENDED_LOAD_FLAGS, true) & ABOVE_4G) return 0xffff_ffff;
  return version >= 0x203 ? original.getUint32(Field.INITRD_MAX, true) : INITRD_MAX_BEFORE;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
