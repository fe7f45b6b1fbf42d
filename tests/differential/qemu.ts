import { spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Qmp } from "../../tools/lockstep/qmp.ts";
import { withFolder } from "./toolchain.ts";

const machine = "-M virt -cpu cortex-a53 -m 64 -icount shift=0 -nic none -display none -serial null".split(" ");

/** Runs a bare-metal program on QEMU until it turns the power off; gives the bytes of a part of RAM. */
export function runOnQemu(elf: Uint8Array, part: { address: number; length: number }): Promise<Uint8Array> {
  return withFolder(async (folder) => {
    const [program, dump] = [join(folder, "program.elf"), join(folder, "dump.bin")];
    writeFileSync(program, elf);
    // Waits for the monitor before it begins, and keeps its memory at the end.
    const options = [...machine, "-S", "-no-shutdown", "-qmp", "stdio", "-kernel", program];
    const qemu = spawn("qemu-system-aarch64", options, { stdio: ["pipe", "pipe", "inherit"] });
    const timeout = setTimeout(() => qemu.kill("SIGKILL"), 120_000);
    try {
      const qmp = new Qmp(qemu.stdin, qemu.stdout);
      await qmp.open();
      await qmp.execute("cont");
      await qmp.event("SHUTDOWN");
      await qmp.execute("pmemsave", { val: part.address, size: part.length, filename: dump });
      return new Uint8Array(readFileSync(dump));
    } finally {
      clearTimeout(timeout);
      qemu.kill("SIGKILL");
    }
  });
}
