import { UserError } from "../../../base/index.ts";
import { type FwCfgItem, FwCfgKey, littleEndian, sized } from "../../../hardware/index.ts";
import { padded } from "./bytes.ts";
import type { KernelImages } from "./configuration.ts";
import { ElfMachine } from "./elf-machine.ts";
import { type ElfSegment, findNote, readElf } from "../../elf.ts";
import { checkFit } from "./fit.ts";
import { initrdItems } from "./initrd.ts";

/** XEN_ELFNOTE_PHYS32_ENTRY: where a kernel is entered by PVH (Xen, docs/misc/pvh). */
const ENTRY_NOTE = 18;
/** What the option ROM gets of the file's beginning. */
const HEADER_BYTES = 8192;

/** An ELF kernel for the option ROM pvh: its segments are in RAM before firmware runs, the items say where. */
export interface PvhKernel {
  readonly items: FwCfgItem[];
  readonly segments: readonly ElfSegment[];
}

/** `ramEnd`: below 4 GB; `usableBytes` of it are for an initrd. Throws UserError for what is no such kernel, or does not fit. */
export function pvhKernel(images: KernelImages, ramEnd: number, usableBytes: number): PvhKernel {
  const { commandLine, initrd, kernel } = images;
  const { machine, notes, segments } = readElf(kernel);
  if (machine !== ElfMachine.I386 && machine !== ElfMachine.X86_64)
    throw new UserError("the kernel is an ELF file, but not for x86");
  const entry = findNote(notes, ENTRY_NOTE);
  if (!entry || entry.length < 4)
    throw new UserError("the kernel is an ELF file with neither a Multiboot header nor a PVH note: give the bzImage");
  for (const { address, memoryBytes } of segments) checkFit(address, memoryBytes, ramEnd);

  const low = Math.min(...segments.map(({ address }) => address));
  const high = Math.max(...segments.map(({ address, memoryBytes }) => address + memoryBytes));
  const text = new TextEncoder().encode(`${commandLine}\0`);
  const items: FwCfgItem[] = [
    [FwCfgKey.KERNEL_ENTRY, entry.slice(0, 4)],
    [FwCfgKey.KERNEL_ADDRESS, littleEndian(4, low)],
    [FwCfgKey.KERNEL_SIZE, littleEndian(4, high - low)],
    ...sized(FwCfgKey.CMDLINE_SIZE, FwCfgKey.CMDLINE_DATA, text),
    ...sized(FwCfgKey.SETUP_SIZE, FwCfgKey.SETUP_DATA, padded([...kernel.subarray(0, HEADER_BYTES)], HEADER_BYTES)),
    ...(initrd ? initrdItems(initrd, usableBytes - 1) : []),
  ];
  return { items, segments };
}
