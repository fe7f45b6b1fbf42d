import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { virtTree } from "../../src/machine/virt/device-tree.ts";
import { writeFdt } from "../../src/machine/virt/fdt.ts";
import { withFolder } from "../../tests/differential/toolchain.ts";
import { Running } from "../../tests/e2e/command-line.ts";
import { debianKernels, type Kernel } from "../guest/kernels.mjs";
import { guest } from "../guest/index.mjs";
import { root } from "../support/process.mjs";

const RAM_MB = 512;
const TREE_BYTES = 2 ** 16;
const PROMPT = "~ # ";
const COMMANDS = [
  "uname -a",
  "cat /proc/cpuinfo",
  "cat /proc/iomem",
  "ls /sys/bus/*/devices",
  "i=0; while [ $i -lt 2000 ]; do i=$((i+1)); done; echo $i",
  "head -c 3000000 /dev/zero | sha256sum",
  "sleep 1; cut -d' ' -f1 /proc/loadavg",
];

/** What the clock of the host decides, and the one feature that this CPU leaves out (docs/decisions/0007). */
const UNEQUAL = [
  /^audit: type=2000/,
  /deferred pages initialised in/,
  /setting system clock to/,
  /detected: 32-bit EL[01] Support/,
];

export interface KernelComparison {
  readonly kernel: Kernel;
  readonly lines: number;
  /** Lines that only one of the two said: "-" QEMU's, "+" ours. */
  readonly differences: readonly string[];
}

/** Debian's kernels, each to a shell, on QEMU and here, with the same device tree. */
export async function* compareKernels(): AsyncGenerator<KernelComparison> {
  for (const kernel of debianKernels()) {
    const [theirs, ours] = await withFolder(async (folder) => {
      const dtb = join(folder, "virt.dtb");
      writeFileSync(dtb, writeFdt(virtTree({ ramBytes: RAM_MB * 2 ** 20, append: "" }), TREE_BYTES));
      const qemu = await consoleOf("qemu-system-aarch64", kernel.file, dtb);
      return [qemu, await consoleOf(join(root, "bin/hindsight-system-aarch64"), kernel.file, dtb)];
    });
    const [expected, actual] = [new Set(theirs), new Set(ours)];
    const differences = [
      ...theirs.filter((line) => !actual.has(line)).map((line) => `- ${line}`),
      ...ours.filter((line) => !expected.has(line)).map((line) => `+ ${line}`),
    ];
    yield { kernel, lines: ours.length, differences };
  }
}

async function consoleOf(command: string, kernel: string, dtb: string): Promise<string[]> {
  const machine = ["-M", "virt", "-cpu", "cortex-a53", "-m", `${RAM_MB}M`, "-nographic", "-no-reboot", "-nic", "none"];
  const append = "console=ttyAMA0 nokaslr panic=-1";
  const options = [...machine, "-kernel", kernel, "-initrd", guest().initrd, "-append", append, "-dtb", dtb];
  const running = new Running(spawn(command, options, { stdio: "pipe" }));
  try {
    let at = await running.until(PROMPT);
    for (const line of COMMANDS) {
      running.type(`${line}\n`);
      at = await running.until(PROMPT, await running.until("\n", at));
    }
    running.type("poweroff -f\n");
    await running.exit;
  } finally {
    running.end();
  }
  return running.output
    .replaceAll("\r", "")
    .split("\n")
    .map((line) => line.replace(/^\[ *[0-9.]+\] /, ""))
    .filter((line) => line !== "" && !UNEQUAL.some((pattern) => pattern.test(line)));
}
