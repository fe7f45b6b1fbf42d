import { readFileSync } from "node:fs";
import { join } from "node:path";
import { interpreterOf } from "../../support/build.mjs";
import { root } from "../../support/process.mjs";
import type { Kind } from "../kind.ts";
import { X86Dumps } from "./dump.ts";
import { X86 } from "./ours.ts";
import { EFLAGS, registers } from "./registers.ts";

/** `pc` with a qemu64. */
export const x86: Kind = {
  registers,
  program: "qemu-system-x86_64",
  options: () => [
    ...["-M", "pc,smm=off", "-cpu", "qemu64,-svm", "-global", "apic-common.vapic=off"],
    ...["-nodefaults", "-vga", "none"],
  ],
  ramBase: 0,
  sleep: "off",
  append: "console=ttyS0 nokaslr",
  readPacket(bytes, into) {
    for (let n = 0; n < EFLAGS; n++) into[n] = bytes.readBigUInt64LE(8 * n);
    for (let n = EFLAGS; n < into.length; n++) into[n] = BigInt(bytes.readUInt32LE(8 * EFLAGS + 4 * (n - EFLAGS)));
  },
  dumps: () => new X86Dumps(),
  interpreter: () =>
    Promise.resolve(new WebAssembly.Module(new Uint8Array(readFileSync(join(root, interpreterOf("x86")))))),
  ours: (guest, interpreter) => new X86(guest, interpreter),
};
