import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, it } from "vitest";
import { splitModules } from "../../src/cli/modules.ts";
import { FwCfgKey } from "../../src/hardware/index.ts";
import type { KernelImages } from "../../src/machine/pc/firmware/configuration.ts";
import { firmwareItems } from "../../src/machine/pc/firmware/items.ts";
import { offerKernel } from "../../src/machine/pc/firmware/kernel.ts";
import {
  bzImage,
  elf,
  load,
  multiboot,
  multibootHeader,
  noise,
  notes,
} from "../../src/machine/pc/firmware/testing/kernels.ts";
import { expectItems, MB, romFile, usual } from "./pc-items.ts";

const initrd = noise(70_001, 9);
const lowInitrd = [0x22c, 4, 0x02ff_ffff] as const;
const anywhere = [0x236, 2, 0x7f] as const;

interface Boot extends Partial<KernelImages> {
  readonly megabytes?: number;
  readonly strict?: boolean;
  /** Modules, as `-initrd` lists them; @ is a folder. */
  readonly listed?: string;
  /** Where a Multiboot kernel's memory ends. QEMU fills up pages with what its heap held. */
  readonly end?: number;
}
type Case = readonly [name: string, kernel: Uint8Array, boot: Boot];

const bzImages: Case[] = [
  ["2.15 with an initrd", bzImage(0x20f, [lowInitrd, anywhere]), { initrd, commandLine: "console=ttyS0 quiet" }],
  ["2.15, in 2 GB", bzImage(0x20f, [lowInitrd, anywhere]), { initrd, megabytes: 2048 }],
  ["2.11, whose initrd lies low", bzImage(0x20b, [lowInitrd, anywhere]), { initrd }],
  ["2.15 that does not go above", bzImage(0x20f, [lowInitrd, [0x236, 2, 1]]), { initrd }],
  ["2.03 with a limit beyond RAM", bzImage(0x203, [[0x22c, 4, 0x37ff_ffff]]), { initrd }],
  ["2.02, in 2 GB", bzImage(0x202), { initrd, megabytes: 2048, commandLine: "a" }],
  ["2.01, high", bzImage(0x201), { initrd, commandLine: "fifteen letters" }],
  ["2.00, low", bzImage(0x200, [[0x211, 1, 0]]), { commandLine: "sixteen letters." }],
  ["2.15, low", bzImage(0x20f, [[0x211, 1, 0]]), { commandLine: "a" }],
  ["of four setup sectors that are not said", bzImage(0x20f, [[0x1f1, 1, 0]]), {}],
  ["vga=ask", bzImage(0x20f), { commandLine: "vga=ask quiet" }],
  ["vga=0x317", bzImage(0x20f), { commandLine: "quiet vga=0x317", strict: true }],
  ["vga=0777", bzImage(0x20f), { commandLine: "vga=0777 vga=1" }],
  ["vga=65537", bzImage(0x20f), { commandLine: "vga=65537" }],
];

const ADDRESSES = 0x1_0003;
const [BASE, HEADER] = [0x10_0000, 0x10_0020];
const start = multibootHeader(3);
const code = Uint8Array.from([...start, ...noise(3000)]);
const body = [load(BASE, 0xc010_0000, code, 3500), load(BASE + 3500, 0xc011_0000, noise(100), 0x1234)] as const;

const multiboots: Case[] = [
  [
    "of addresses",
    multiboot(ADDRESSES, HEADER, BASE, BASE + 4000, BASE + 9000, BASE + 0x100),
    { commandLine: "a b", end: 9000 },
  ],
  ["of addresses, to the file's end", multiboot(ADDRESSES, HEADER, BASE, 0, 0, BASE), { end: 4968 }],
  [
    "of addresses, with a module",
    multiboot(ADDRESSES, HEADER, BASE, 0, 0, BASE),
    { initrd, commandLine: "hello", end: 4968 },
  ],
  [
    "of addresses, with three modules",
    multiboot(ADDRESSES, HEADER, BASE, 0, 0, BASE),
    {
      commandLine: "hello",
      end: 4968,
      listed: "@one,@two with words,@three",
    },
  ],
  ...["@one  word ", "@a,,b c,,,,d,@e", "@one,,,@two"].map((listed): Case => [
    `with modules as listed: '${listed}'`,
    multiboot(ADDRESSES, HEADER, BASE, 0, 0, BASE),
    { end: 4968, listed },
  ]),
  ["of ELF", elf(32, 0xc010_0010, ...body), { end: 3500 + 0x1234 }],
  ["of ELF, with a module", elf(32, BASE, ...body), { initrd, commandLine: "hello", end: 3500 + 0x1234 }],
];

const entryNote = [18, Uint8Array.of(0x40, 0, 0, 1)] as const;
const otherNote = [6, noise(5)] as const;
const HIGH = 0x100_0000;
const text = load(HIGH, 0xc100_0000, noise(3000), 3500);

const pvhs: Case[] = [
  ["of 32 bits", elf(32, HIGH, text, notes(4, otherNote, entryNote)), { commandLine: "hello" }],
  ["of 64 bits, with an initrd", elf(64, HIGH, text, body[1], notes(4, otherNote, entryNote)), { initrd }],
  ["of 64 bits, notes aligned to 8", elf(64, HIGH, text, notes(8, entryNote, otherNote)), { initrd, megabytes: 2048 }],
];

const folder = mkdtempSync(join(tmpdir(), "hindsight-"));
afterAll(() => rmSync(folder, { recursive: true }));

async function compare(
  kernel: Uint8Array,
  { megabytes = 64, strict = false, end, listed, ...given }: Boot,
): Promise<void> {
  const [name, initrdName] = [join(folder, "kernel"), join(folder, "initrd")];
  const images: KernelImages = { kernel, commandLine: "", name, initrdName, ...given };
  const args = ["-m", `${megabytes}`, "-kernel", name, "-append", images.commandLine];
  writeFileSync(name, kernel);
  if (listed !== undefined) {
    const text = listed.replaceAll("@", `${folder}/`);
    const modules = splitModules(text).map(({ file, line }, n) => ({ line, file, bytes: noise(5001 - 2500 * n, n) }));
    for (const { file, bytes } of modules) writeFileSync(file, bytes);
    Object.assign(images, { modules });
    args.push("-initrd", text);
  } else if (images.initrd) {
    writeFileSync(initrdName, images.initrd);
    args.push("-initrd", initrdName);
  }
  if (strict) args.push("-boot", "strict=on");
  const machine = { ...usual, ramBytes: megabytes * MB, boot: { strict } };
  const { items, rom, segments } = offerKernel(images, machine);
  const roms = [...usual.roms!, { name: rom, bytes: romFile(rom), boots: true }];
  const unknown = (key: number, offset: number, ours: number): boolean =>
    (key === FwCfgKey.KERNEL_DATA && end !== undefined && offset >= end && ours === 0) ||
    // Of PVH, a place on its stack that QEMU has since used for other things. The ROM does not ask for it.
    (key === FwCfgKey.SETUP_DATA && rom === "pvh.bin");
  await expectItems(firmwareItems({ ...machine, roms }, items), args, segments, unknown);
}

describe("a kernel is offered as QEMU offers it", () => {
  describe("bzImage", () => it.each(bzImages)("%s", (_, kernel, boot) => compare(kernel, boot)));
  describe("Multiboot", () => it.each(multiboots)("%s", (_, kernel, boot) => compare(kernel, boot)));
  describe("PVH", () => it.each(pvhs)("%s", (_, kernel, boot) => compare(kernel, boot)));
});
