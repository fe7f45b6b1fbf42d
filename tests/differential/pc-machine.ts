import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Door } from "../../src/hardware/index.ts";
import { x86 } from "../../src/isa/x86/index.ts";
import { boards, type Images, type MachineConfiguration } from "../../src/machine/index.ts";
import { SEMANTICS } from "../../src/timetravel/index.ts";
import { silence } from "../../tools/lockstep/ours.ts";
import { Qmp } from "../../tools/lockstep/qmp.ts";
import { loadInterpreter } from "../support/interpreter.ts";
import { withFolder } from "./toolchain.ts";

const interpreter = loadInterpreter(x86);

const DEBUGCON = 0xe9;
const DEBUGCON_PORT = 4;
const EXIT = 0xf4;
const MOST_STEPS = 300e6;

const ROM = 0xf_0000;
const ROM_BYTES = 0x1_0000;

/** `say`: writes EAX; `bye`: ends the machine. */
export const macros = `
  .macro say
    push %ecx; push %edx
    mov $4, %ecx; mov $${DEBUGCON}, %edx
    9: out %al, %dx; ror $8, %eax; loop 9b
    pop %edx; pop %ecx
  .endm
  .macro bye
    mov $${EXIT}, %edx; mov $0, %al; out %al, %dx; 8: hlt; jmp 8b
  .endm
`;

/** Assembles and links at an address. */
export function link(source: string, address: number, output: "binary" | "elf"): Promise<Uint8Array> {
  return withFolder((folder) => {
    const path = (name: string): string => join(folder, name);
    writeFileSync(path("a.s"), source);
    execFileSync("as", ["--32", "-o", path("a.o"), path("a.s")]);
    const notes = `--section-start=.note.Xen=0x${(address + 0x1_0000).toString(16)}`;
    const flags = ["-m", "elf_i386", notes, "--no-warn-rwx-segments", "--build-id=none", "-N"];
    execFileSync("ld", [...flags, `-Ttext=0x${address.toString(16)}`, "-o", path("a.elf"), path("a.o")]);
    if (output === "binary") execFileSync("objcopy", ["-O", "binary", "-j", ".text", path("a.elf"), path("a.bin")]);
    return new Uint8Array(readFileSync(path(output === "binary" ? "a.bin" : "a.elf")));
  });
}

/** A ROM of 64 KB whose `main` runs in flat 32-bit code below 1 MB after each reset. */
export function rom(source: string): Promise<Uint8Array> {
  return link(
    `${macros}
    .code32
    .globl _start
    _start:
    gdt: .quad 0, 0xcf9b000000ffff, 0xcf93000000ffff
    gdtr: .word 23; .long gdt
    flat:
      mov $16, %ax; mov %ax, %ds; mov %ax, %es; mov %ax, %ss
      mov $0x9000, %esp
      jmp main
    ${source}
    .code16
    .org 0xff00
    enter:
      cli
      lgdtl %cs:gdtr-_start
      mov %cr0, %ebx; mov %ebx, %ecx; or $1, %cl; mov %ecx, %cr0
      ljmpl $8, $flat
    .org 0xfff0
      jmp enter
    .org ${ROM_BYTES}
    `,
    ROM,
    "binary",
  );
}

/** A Multiboot kernel's: its file's name, with more behind it, and what is in it. */
interface Module {
  readonly line: string;
  readonly content: Uint8Array;
}

/** What a program says on QEMU's pc. `options`: besides the machine; `meanwhile`: what its user does. */
export function theirsSays(
  options: readonly string[],
  images: Images,
  modules: readonly Module[] = [],
  meanwhile?: (qmp: Qmp) => Promise<void>,
): Promise<string> {
  return withFolder(async (folder) => {
    const file = (name: string): string[] => {
      if (!images[name]) return [];
      writeFileSync(join(folder, name), images[name]);
      return [name === "firmware" ? "-bios" : `-${name}`, join(folder, name)];
    };
    for (const { line, content } of modules) writeFileSync(join(folder, line.split(" ")[0]!), content);
    const lines = modules.map(({ line }) => join(folder, line)).join(",");
    const machine =
      "-M pc,smm=off -cpu qemu64,-svm -m 16 -icount shift=0,sleep=off -nodefaults -display none -serial null";
    const log = join(folder, "log");
    const qemu = spawn(
      "qemu-system-x86_64",
      [
        ...machine.split(" "),
        ...["-global", "apic-common.vapic=off", "-device", `isa-debug-exit,iobase=${EXIT}`],
        ...(lines ? ["-initrd", lines] : []),
        ...["-debugcon", `file:${log}`, "-global", `isa-debugcon.iobase=${DEBUGCON}`],
        ...[...file("firmware"), ...file("kernel"), ...file("initrd"), ...options],
        ...(meanwhile ? ["-qmp", "stdio"] : []),
      ],
      { timeout: 20_000, killSignal: "SIGKILL", stdio: ["pipe", "pipe", "inherit"] },
    );
    const end = once(qemu, "exit");
    if (meanwhile) {
      const qmp = new Qmp(qemu.stdin, qemu.stdout);
      await qmp.open();
      await meanwhile(qmp);
    }
    const [, signal] = (await end) as [number | null, string | null];
    if (signal !== null) throw new Error("QEMU does not end");
    return readFileSync(log).toString("hex");
  });
}

/** And on ours. */
export function oursSays(configuration: object, images: Images, door: Door = silence): string {
  const basics: MachineConfiguration = {
    ...{ board: "pc", cpu: "qemu64", ramBytes: 16 * 2 ** 20, shift: 0, append: "" },
    ...{ reboot: true, randomness: false, semantics: SEMANTICS },
  };
  const machine = boards.create({
    configuration: {
      ...{ ...basics, vga: false, debugcon: DEBUGCON, debugExit: { port: EXIT, size: 2 } },
      ...configuration,
    } as MachineConfiguration,
    images,
    interpreter,
    door,
  });
  const said: number[] = [];
  machine.onOutput = (port, bytes) => {
    if (port === DEBUGCON_PORT) said.push(...bytes);
  };
  while (machine.run(machine.position + 2 ** 20, { kind: "ignore" }).kind !== "shutdown")
    if (machine.position > MOST_STEPS) throw new Error(`goes on after ${said.length} bytes`);
  return Buffer.from(said).toString("hex");
}

/** Words of 32 bits, as `say` writes them. */
export const words = (hex: string): string[] => hex.match(/.{1,8}/g) ?? [];
