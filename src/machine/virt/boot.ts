import { UserError } from "../../base/index.ts";
import { isElf, readElf } from "../elf.ts";
import type { Images } from "../machine.ts";
import { gunzip, isGzip } from "./gunzip.ts";
import type { FwCfgBoot } from "../../hardware/index.ts";
import { memoryMap } from "./memory-map.ts";
import { notAKernel } from "./not-a-kernel.ts";

/** Bytes for physical memory; zeros follow up to `memoryBytes`. All of it is in RAM. */
export interface Segment {
  readonly address: number;
  readonly bytes: Uint8Array;
  readonly memoryBytes: number;
}

/** Where everything goes, as QEMU 7.2 places it: a function of the images, the size of RAM and the command line. */
export interface BootPlan {
  readonly pc: number;
  readonly segments: readonly Segment[];
  /** The device tree's place, of `bytes` in all; undefined when there is no room for it. */
  readonly tree: { readonly address: number; readonly bytes: number } | undefined;
  readonly initrd: { readonly start: number; readonly end: number } | undefined;
  /** What the first bank of flash holds; undefined: there is no flash. */
  readonly firmware?: Uint8Array;
  /** The kernel, for firmware to find. */
  readonly offered?: FwCfgBoot | undefined;
}

const MB = 2 ** 20;
/** e_machine of AArch64 (ELF for the Arm 64-bit architecture, 5.2). */
const ELF_AARCH64 = 183;
const PAGE = 4096;
/** Linux's Documentation/arm64/booting: "ARM\x64" at offset 56. */
const IMAGE_MAGIC = 0x644d5241;
const IMAGE_HEADER_BYTES = 64;
/** Where an image without a header, or with one from before Linux 3.17, goes; from the start of RAM. */
const DEFAULT_TEXT_OFFSET = 0x8_0000;
/** RAM that the entry code keeps for itself. An image whose offset lies in it moves up by 2 MB. */
const STUB_BYTES = 4096;
const MAX_UNPACKED_BYTES = 256 * MB;
/** Room that the generated tree always takes. */
const TREE_BYTES = MB;
const TREE_ALIGNMENT = 2 * MB;
/** No kernel takes a larger one. */
const LARGEST_TREE_BYTES = 2 * MB;
/** The semantics that keeps to this. */
const TREES_FOR_KERNELS = 5;

/** `semantics`: of the machine, when it is not the newest. Throws UserError for images that cannot be booted. */
export function planBoot(images: Images, ramBytes: number, commandLine = "", semantics = Infinity): BootPlan {
  const { base } = memoryMap.ram;
  const ramEnd = base + ramBytes;
  const treeBytes = images.dtb ? roomFor(images.dtb, semantics) : TREE_BYTES;
  if (images.firmware) {
    const { length } = images.firmware;
    if (length === 0) throw new UserError("the firmware file is empty");
    if (length > memoryMap.flash.size) throw new UserError("the firmware is larger than its flash of 64 MB");
    if (treeBytes > ramBytes) throw new UserError("there is no room for the device tree");
    const { kernel, initrd } = images;
    const offered = kernel && { kernel: unpacked(kernel), initrd, commandLine };
    const tree = { address: base, bytes: treeBytes };
    return { pc: memoryMap.flash.base, segments: [], tree, initrd: undefined, firmware: images.firmware, offered };
  }
  if (!images.kernel) {
    const tree = treeBytes <= ramBytes ? { address: base, bytes: treeBytes } : undefined;
    return { pc: 0, segments: [], tree, initrd: undefined };
  }
  if (isElf(images.kernel)) return planElf(images.kernel, ramEnd, treeBytes);

  const kernel = unpacked(images.kernel);
  const { offset, imageBytes } = readImageHeader(kernel);
  const entry = base + offset;
  if (entry + kernel.length > ramEnd) throw new UserError(`the kernel does not fit into ${ramBytes / MB} MB of RAM`);
  const segments: Segment[] = [whole(entry, kernel)];

  const top = Math.max(base + Math.min(ramBytes / 2, 128 * MB), entry + imageBytes);
  let end = alignUp(top, PAGE);
  let initrd: BootPlan["initrd"];
  if (images.initrd) {
    initrd = { start: end, end: end + images.initrd.length };
    if (initrd.end > ramEnd) throw new UserError(`the initrd does not fit into ${ramBytes / MB} MB of RAM`);
    segments.push(whole(initrd.start, images.initrd));
    end = initrd.end;
  }
  const tree = { address: alignUp(end, TREE_ALIGNMENT), bytes: treeBytes };
  if (tree.address + tree.bytes > ramEnd)
    throw new UserError("there is no room for the device tree after kernel and initrd");
  segments.push(whole(base, entryCode(tree.address, entry)));
  return { pc: base, segments, tree, initrd };
}

/**
 * As QEMU sizes a tree that it is given, so that a kernel sees the same memory taken. What QEMU dumps is a megabyte, most
 * of it padding: twice that would be too large by a little.
 */
function roomFor({ length }: Uint8Array, semantics: number): number {
  const bytes = 2 * (length + 10_000);
  return length <= TREE_BYTES && semantics >= TREES_FOR_KERNELS ? Math.min(bytes, LARGEST_TREE_BYTES) : bytes;
}

function unpacked(kernel: Uint8Array): Uint8Array {
  return isGzip(kernel) ? gunzip(kernel, MAX_UNPACKED_BYTES) : kernel;
}

/** Bare metal: starts at the entry with all registers zero; the tree is at the start of RAM where that is free. */
function planElf(file: Uint8Array, ramEnd: number, treeBytes: number): BootPlan {
  const { base } = memoryMap.ram;
  const { entry, machine, segments } = readElf(file);
  if (machine !== ELF_AARCH64) throw new UserError("the kernel is an ELF file, but not for little-endian AArch64");
  const inRam = segments.flatMap((segment) => clip(segment, base, ramEnd));
  const pc = Number(entry);
  if (!inRam.some(({ address, memoryBytes }) => pc >= address && pc < address + memoryBytes)) {
    throw new UserError(`the kernel's entry, 0x${entry.toString(16)}, is in no part of it that is in RAM`);
  }
  const lowest = Math.min(...segments.map(({ address }) => address));
  const tree = lowest - base >= treeBytes ? { address: base, bytes: treeBytes } : undefined;
  return { pc, segments: inRam, tree, initrd: undefined };
}

/** Linkers put headers into the page before the code: what lies outside RAM is dropped. */
function clip({ address, bytes, memoryBytes }: Segment, from: number, to: number): Segment[] {
  const start = Math.max(address, from);
  const end = Math.min(address + memoryBytes, to);
  if (start >= end) return [];
  return [{ address: start, bytes: bytes.subarray(start - address, end - address), memoryBytes: end - start }];
}

function whole(address: number, bytes: Uint8Array): Segment {
  return { address, bytes, memoryBytes: bytes.length };
}

/** Offset from the start of RAM, and bytes of memory that the image claims. */
function readImageHeader(kernel: Uint8Array): { offset: number; imageBytes: number } {
  const plain = { offset: DEFAULT_TEXT_OFFSET, imageBytes: kernel.length };
  const view = new DataView(kernel.buffer, kernel.byteOffset, kernel.byteLength);
  if (kernel.length === 0) throw new UserError("the kernel file is empty");
  if (kernel.length >= 8 && view.getUint32(4) === 0x7a696d67) {
    throw new UserError("the kernel is a compressed EFI image (zboot): unpack it first");
  }
  if (kernel.length < IMAGE_HEADER_BYTES || view.getUint32(56, true) !== IMAGE_MAGIC) {
    const what = notAKernel(kernel);
    if (what === undefined) return plain;
    throw new UserError(`the kernel is neither a Linux Image for arm64 nor an ELF file: it is ${what}`);
  }
  const textOffset = view.getBigUint64(8, true);
  const imageBytes = view.getBigUint64(16, true);
  if (imageBytes === 0n) return plain;
  const limit = BigInt(2 ** 40);
  if (textOffset > limit || imageBytes > limit) throw new UserError("damaged kernel image: sizes out of range");
  const offset = Number(textOffset);
  return { offset: offset < STUB_BYTES ? offset + 2 * MB : offset, imageBytes: Number(imageBytes) };
}

/** What runs first, at the start of RAM: X0 = device tree, X1 to X3 = 0, then the kernel. */
function entryCode(tree: number, kernel: number): Uint8Array {
  const words = [
    0x580000c0, // ldr x0, tree
    0xaa1f03e1, // mov x1, xzr
    0xaa1f03e2, // mov x2, xzr
    0xaa1f03e3, // mov x3, xzr
    0x58000084, // ldr x4, kernel
    0xd61f0080, // br x4
    tree % 2 ** 32,
    Math.floor(tree / 2 ** 32),
    kernel % 2 ** 32,
    Math.floor(kernel / 2 ** 32),
  ];
  const view = new DataView(new ArrayBuffer(4 * words.length));
  words.forEach((word, index) => view.setUint32(4 * index, word, true));
  return new Uint8Array(view.buffer);
}

function alignUp(value: number, alignment: number): number {
  return Math.ceil(value / alignment) * alignment;
}
