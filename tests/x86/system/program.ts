import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { withFolder } from "../../differential/toolchain.ts";

/** Where programs are linked and begin, in real mode with all segments at 0. */
export const START = 0x1000;
const BIOS_BYTES = 0x1_0000;
const RESET_VECTOR = 0xfff0;

/** A bare-metal program: what is in RAM at power-on, and the ROM that leads to it. */
export interface Program {
  readonly ram: Uint8Array;
  readonly rom: Uint8Array;
}

/** `source`: GNU assembly, 16-bit code at first. */
export function assembleProgram(source: string): Promise<Program> {
  return withFolder((folder) => {
    const path = (name: string): string => join(folder, name);
    writeFileSync(path("a.s"), `.code16\n.globl _start\n_start:\n${source}\n`);
    execFileSync("as", ["--64", "-o", path("a.o"), path("a.s")]);
    execFileSync("ld", [
      "--no-warn-rwx-segments",
      "-m",
      "elf_x86_64",
      "-N",
      `-Ttext=0x${START.toString(16)}`,
      "-o",
      path("a.elf"),
      path("a.o"),
    ]);
    execFileSync("objcopy", ["-O", "binary", "-j", ".text", path("a.elf"), path("a.bin")]);
    return { ram: new Uint8Array(readFileSync(path("a.bin"))), rom: bootRom() };
  });
}

/** Jumps to 0000:START. */
function bootRom(): Uint8Array {
  const rom = new Uint8Array(BIOS_BYTES);
  rom.set([0xea, START & 0xff, START >> 8, 0, 0], RESET_VECTOR);
  return rom;
}
