import { spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { withFolder } from "./toolchain.ts";

/** Runs a bare-metal program on QEMU until it turns the power off; gives the bytes of a part of RAM. */
export function runOnQemu(elf: Uint8Array, part: { address: number; length: number }): Promise<Uint8Array> {
  return withFolder(async (folder) => {
    const [program, dump] = [join(folder, "program.elf"), join(folder, "dump.bin")];
    writeFileSync(program, elf);
    const machine = "-M virt -cpu cortex-a53 -m 64 -nic none -display none -serial null -no-shutdown".split(" ");
    const qemu = spawn("qemu-system-aarch64", [...machine, "-qmp", "stdio", "-kernel", program], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    const timeout = setTimeout(() => qemu.kill("SIGKILL"), 120_000);
    try {
      await converse(qemu.stdin, createInterface(qemu.stdout), part, dump);
      return new Uint8Array(readFileSync(dump));
    } finally {
      clearTimeout(timeout);
      qemu.kill("SIGKILL");
    }
  });
}

interface Message {
  readonly QMP?: unknown;
  readonly event?: string;
  readonly return?: unknown;
  readonly error?: { readonly desc: string };
}

/** QMP: greet, wait for the power-off, save the memory. */
async function converse(
  to: NodeJS.WritableStream,
  from: AsyncIterable<string>,
  { address, length }: { address: number; length: number },
  file: string,
): Promise<void> {
  const send = (execute: string, args = {}): boolean => to.write(`${JSON.stringify({ execute, arguments: args })}\n`);
  let saving = false;
  for await (const line of from) {
    const message = JSON.parse(line) as Message;
    if (message.error) throw new Error(`QEMU: ${message.error.desc}`);
    if (message.QMP) send("qmp_capabilities");
    if (message.event === "SHUTDOWN") {
      saving = true;
      send("pmemsave", { val: address, size: length, filename: file });
    } else if (saving && message.return) return;
  }
  throw new Error("QEMU ended before the program turned the power off");
}
