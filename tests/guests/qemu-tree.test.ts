import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { guest } from "../../tools/guest/index.mjs";
import { hindsight, Running } from "../e2e/command-line.ts";

const folder = mkdtempSync(join(tmpdir(), "hindsight-"));
afterAll(() => rmSync(folder, { recursive: true }));

const BOARD = ["-cpu", "cortex-a53", "-m", "256", "-nic", "none", "-display", "none"];
const onQemu = (...args: string[]): Running =>
  new Running(spawn("qemu-system-aarch64", [...BOARD, ...args], { stdio: "pipe" }));

/** The tree that QEMU makes, as its user keeps it: what is dumped is a megabyte of padding, which no kernel takes back. */
function dumped(options: string): { readonly padded: string; readonly packed: string } {
  const [padded, packed] = [join(folder, "padded.dtb"), join(folder, "packed.dtb")];
  execFileSync("qemu-system-aarch64", [...BOARD, "-M", `virt${options},dumpdtb=${padded}`], { stdio: "ignore" });
  execFileSync("dtc", ["-I", "dtb", "-O", "dtb", "-o", packed, padded], { stdio: "ignore" });
  return { padded, packed };
}

/** What the kernel found, by the time that there is a shell. */
async function found(machine: Running): Promise<string> {
  try {
    const from = await machine.until("~ # ", await machine.until("Hindsight guest ready"));
    const questions = [
      "ls /sys/bus/platform/devices /sys/bus/pci/devices /sys/bus/amba/devices",
      "cut -d: -f1,3 /proc/iomem | grep -v '^ *4.......-'",
      "dmesg | grep -i 'gicv2m\\|pci\\|KASLR\\|random: crng'",
      "ls /proc/device-tree/chosen",
      "echo 'do''ne'",
    ];
    machine.type(`${questions.join("; ")}\n`);
    const to = await machine.until("\ndone", from);
    return machine.output.slice(from, to).replaceAll(/\[ *[0-9.]+\] |\r/g, "");
  } finally {
    machine.end();
  }
}

it.each([
  ["with seeds", ""],
  ["without seeds", ",dtb-randomness=off"],
])(
  "Debian's kernel boots to its shell by the tree that QEMU dumped, %s, and finds what it finds there",
  async (_, options) => {
    const { kernel, initrd } = guest();
    const { padded, packed } = dumped(options);
    const args = ["-M", `virt${options}`, "-kernel", kernel, "-initrd", initrd, "-append", "console=ttyAMA0 quiet"];
    const console = ["-monitor", "none", "-serial", "stdio"];
    const expected = await found(onQemu(...args, ...console, "-dtb", packed));
    expect(expected).toMatch(/GICv2m: range\[mem 0x08020000-0x08020fff\], SPI\[80:143\]/);
    expect(expected.includes("kaslr-seed")).toBe(options === "");
    const dtb = options === "" ? packed : padded;
    expect(await found(hindsight(...BOARD, ...args, ...console, "-dtb", dtb))).toBe(expected);
  },
  240_000,
);
