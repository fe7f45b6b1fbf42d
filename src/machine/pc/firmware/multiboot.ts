import { UserError } from "../../../base/index.ts";
import { type FwCfgItem, FwCfgKey, littleEndian, sized } from "../../../hardware/index.ts";
import { u32 } from "./bytes.ts";
import type { KernelImages } from "./configuration.ts";
import { ElfMachine } from "./elf-machine.ts";
import { type ElfSegment, readElf } from "../../elf.ts";
import { checkFit } from "./fit.ts";

/** Multiboot specification 0.6.96, 3.1. */
const MAGIC = 0x1bad_b002;
const SEARCHED_BYTES = 8192;
const HEADER_BYTES = 48;
const HAS_ADDRESSES = 1 << 16;

const PAGE = 4096;
const MODULE_BYTES = 16;
const LOADER = "qemu";
/** Our own bound: it is in the host's memory at once. */
const LARGEST = 2 ** 30;
/** Where the option ROM puts the information, and the memory map before it. */
const INFORMATION = 0x9500;
const MEMORY_MAP = 0x9000;
const INFORMATION_BYTES = 88;

/** A kernel as QEMU's option ROM multiboot takes it. */
export interface MultibootKernel {
  readonly items: FwCfgItem[];
  /** An ELF file's: in RAM before firmware runs, as well. */
  readonly segments: readonly ElfSegment[];
}

/** What the kernel's image in memory is made from. */
interface Image {
  readonly address: number;
  readonly entry: number;
  readonly bytes: number;
  readonly parts: readonly ElfSegment[];
}

/** Where the file has its header; undefined: it has none. */
export function multibootHeader(kernel: Uint8Array): number | undefined {
  const view = new DataView(kernel.buffer, kernel.byteOffset, kernel.byteLength);
  for (let at = 0; at < SEARCHED_BYTES - HEADER_BYTES && at + 12 <= kernel.length; at += 4) {
    if (view.getUint32(at, true) !== MAGIC) continue;
    const sum = MAGIC + view.getUint32(at + 4, true) + view.getUint32(at + 8, true);
    if (sum % 2 ** 32 === 0) return at;
  }
  return undefined;
}

/**
 * The kernel in memory; behind it, page by page, what its information points to (the modules' entries, command lines, the loader's name), and
 * the modules. Throws UserError for a damaged header, and for what does not fit below `ramEnd`.
 */
export function multibootKernel(images: KernelImages, header: number, ramEnd: number): MultibootKernel {
  const { commandLine, initrd, initrdName = "initrd", kernel, name = "kernel" } = images;
  const modules = images.modules ?? (initrd ? [{ line: initrdName, bytes: initrd }] : []);
  const flags = new DataView(kernel.buffer, kernel.byteOffset).getUint32(header + 4, true);
  const hasAddresses = (flags & HAS_ADDRESSES) !== 0;
  const image = hasAddresses ? byAddresses(kernel, header) : byElf(kernel);

  const encode = (text: string): Uint8Array => new TextEncoder().encode(`${text}\0`);
  const modulesAt = roundUp(image.bytes);
  let end = modulesAt + modules.length * MODULE_BYTES;
  const place = (bytes: Uint8Array): { at: number; bytes: Uint8Array } => {
    const at = end;
    end += bytes.length;
    return { at, bytes };
  };
  const lines = modules.map(({ line }) => place(encode(line)));
  const kernelLine = place(encode(`${name} ${commandLine}`));
  // The room that they have is as on a command line, where commas are doubled.
  end += modules.reduce((commas, { line }) => commas + line.split(",").length - 1, 0);
  const loader = place(encode(LOADER));
  end = roundUp(end);
  const contents = modules.map(({ bytes }) => {
    const placed = place(bytes);
    end = roundUp(end);
    return placed;
  });
  checkFit(image.address, end, ramEnd);
  if (end > LARGEST) throw new UserError("the Multiboot kernel and its modules are larger than 1 GB");

  const memory = new Uint8Array(end);
  for (const { address, bytes } of image.parts) memory.set(bytes, address - image.address);
  const { address } = image;
  for (const { at, bytes } of [...lines, kernelLine, loader, ...contents]) memory.set(bytes, at);
  contents.forEach(({ at, bytes }, n) => {
    const start = address + at;
    memory.set(u32(start, start + bytes.length, address + lines[n]!.at), modulesAt + n * MODULE_BYTES);
  });
  const places = { commandLine: address + kernelLine.at, modules: address + modulesAt, loader: address + loader.at };
  const items: FwCfgItem[] = [
    [FwCfgKey.KERNEL_ENTRY, littleEndian(4, image.entry)],
    [FwCfgKey.KERNEL_ADDRESS, littleEndian(4, address)],
    ...sized(FwCfgKey.KERNEL_SIZE, FwCfgKey.KERNEL_DATA, memory),
    [FwCfgKey.INITRD_ADDRESS, littleEndian(4, INFORMATION)],
    ...sized(FwCfgKey.INITRD_SIZE, FwCfgKey.INITRD_DATA, information(places, modules.length)),
  ];
  return { items, segments: hasAddresses ? [] : image.parts };
}

/** The header says what goes where (3.1.3). */
function byAddresses(kernel: Uint8Array, header: number): Image {
  if (header + 32 > kernel.length) throw damaged("it is cut off");
  const view = new DataView(kernel.buffer, kernel.byteOffset + header);
  const [headerAddress, address, loadEnd, bssEnd, entry] = [12, 16, 20, 24, 28].map((at) => view.getUint32(at, true));
  const before = headerAddress! - address!;
  if (before < 0 || before > header) throw damaged("its address lies outside of what is loaded");
  const start = header - before;
  const loadBytes = loadEnd! === 0 ? kernel.length - start : loadEnd! - address!;
  if (loadBytes < 0 || start + loadBytes > kernel.length) throw damaged("what it loads is not in the file");
  const bytes = bssEnd! === 0 ? loadBytes : bssEnd! - address!;
  if (bytes < loadBytes) throw damaged("its memory ends before what it loads");
  const part = { address: address!, bytes: kernel.subarray(start, start + loadBytes), memoryBytes: bytes };
  return { address: address!, entry: entry!, bytes, parts: [part] };
}

function byElf(kernel: Uint8Array): Image {
  const { entry, machine, segments } = readElf(kernel);
  if (machine !== ElfMachine.I386) throw new UserError("the Multiboot kernel is an ELF file, but not for i386");
  const address = Math.min(...segments.map((segment) => segment.address));
  const end = Math.max(...segments.map((segment) => segment.address + segment.memoryBytes));
  return { address, entry: Number(BigInt.asUintN(32, entry)), bytes: end - address, parts: segments };
}

interface Places {
  readonly commandLine: number;
  readonly modules: number;
  readonly loader: number;
}

/** Boot information (3.3); the option ROM enters the sizes of memory. */
function information({ commandLine, loader, modules }: Places, moduleCount: number): Uint8Array {
  const VALID = {
    memory: 1 << 0,
    bootDevice: 1 << 1,
    commandLine: 1 << 2,
    modules: 1 << 3,
    map: 1 << 6,
    loader: 1 << 9,
  };
  const FIRST_DISK = 0x8000_ffff;
  const bytes = new Uint8Array(INFORMATION_BYTES);
  bytes.set(u32(Object.values(VALID).reduce((sum, bit) => sum | bit)), 0);
  bytes.set(u32(FIRST_DISK, commandLine, moduleCount, modules), 12);
  bytes.set(u32(MEMORY_MAP), 48);
  bytes.set(u32(loader), 64);
  return bytes;
}

const roundUp = (bytes: number): number => Math.ceil(bytes / PAGE) * PAGE;

function damaged(why: string): UserError {
  return new UserError(`damaged Multiboot header: ${why}`);
}
