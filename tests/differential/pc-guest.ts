import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { withFolder } from "./toolchain.ts";

type GuestSize = 1 | 2 | 4;

/** What a guest does, one after another, with interrupts disabled but for windows. */
export type Act =
  | { readonly does: "read"; readonly space: Space; readonly address: number; readonly size: GuestSize }
  | {
      readonly does: "write";
      readonly space: Space;
      readonly address: number;
      readonly size: GuestSize;
      readonly value: number;
    }
  /** Interrupts are enabled for one instruction. */
  | { readonly does: "window" }
  /** So many rounds of two instructions pass. */
  | { readonly does: "wait"; readonly rounds: number };
export type Space = "memory" | "port";

/** A machine that acts are done on. `nowNs`: when, in instructions since the first act. */
export interface ActBoard {
  read(space: Space, address: number, size: GuestSize): number;
  write(space: Space, address: number, size: GuestSize, value: number): void;
  /** The vector of the interrupt that is taken now; `enabled`: by EFLAGS.IF; undefined: none. */
  interrupt(enabled: boolean): number | undefined;
  advance?(instructions: number): void;
}

/** What a log says of an interrupt: this and its vector. */
const INTERRUPT = 0x1000;

/** Instructions of an act: up to its access, with it, and all. */
function cost(act: Act): readonly [number, number] {
  switch (act.does) {
    case "read":
      return act.space === "memory" ? [1, 2] : [3, 4];
    case "write":
      return act.space === "memory" ? [1, 1] : [3, 3];
    case "window":
      return [3, 3];
    case "wait":
      return [1 + 2 * act.rounds, 1 + 2 * act.rounds];
  }
}

/** What a guest would log: values that are read, and interrupts as they come; and which act each is of. */
export function logOf(acts: readonly Act[], board: ActBoard): { values: number[]; of: number[] } {
  const values: number[] = [];
  const of: number[] = [];
  let passed = 0;
  for (const [index, act] of acts.entries()) {
    const log = (value: number): void => {
      values.push(value >>> 0);
      of.push(index);
    };
    const [before, all] = cost(act);
    board.advance?.(passed + before);
    passed += all;
    if (act.does === "read") log(board.read(act.space, act.address, act.size));
    else if (act.does === "write") board.write(act.space, act.address, act.size, act.value % 2 ** (8 * act.size));
    for (;;) {
      const vector = board.interrupt(act.does === "window");
      if (vector === undefined) break;
      log(INTERRUPT + vector);
      passed += HANDLER;
    }
  }
  return { values, of };
}

/** Instructions that log an interrupt. */
const HANDLER = 4;

/** Instructions before the first act. */
export const BEGIN = 2577;

const LOG = 0x20_0000;
const ROM = 0xfffc_0000;
const ROM_BYTES = 0x4_0000;
const IDT = 0x1_0000;

const letter = { 1: "b", 2: "w", 4: "l" } as const;
const accumulator = { 1: "%al", 2: "%ax", 4: "%eax" } as const;

function assembly(act: Act): string {
  switch (act.does) {
    case "read": {
      const load = act.size === 4 ? "movl" : `movz${letter[act.size]}l`;
      if (act.space === "memory") return `${load} ${act.address}, %eax; stosl`;
      return `mov $${act.address}, %edx; xor %eax, %eax; in %dx, ${accumulator[act.size]}; stosl`;
    }
    case "write":
      if (act.space === "memory") return `mov${letter[act.size]} $${act.value}, ${act.address}`;
      return `mov $${act.address}, %edx; mov $${act.value}, %eax; out ${accumulator[act.size]}, %dx`;
    case "window":
      return "sti; nop; cli";
    case "wait":
      return `mov $${act.rounds}, %ecx; 1: dec %ecx; jnz 1b`;
  }
}

/** A ROM of 256 KB that does them in flat 32-bit code, then writes the log to port E9h and ends QEMU by port F4h. */
function program(acts: readonly Act[]): string {
  return `
    .code32
    .globl _start
    _start:
      mov $16, %eax; mov %eax, %ds; mov %eax, %es; mov %eax, %ss
      mov $0x9000, %esp
      mov $${IDT}, %edi; mov $stubs, %edx; mov $256, %ecx
    gate:
      mov %edx, %eax; and $0xffff, %eax; or $0x80000, %eax; stosl
      mov %edx, %eax; and $0xffff0000, %eax; or $0x8e00, %eax; stosl
      add $16, %edx; loop gate
      lidt idtr
      mov $${LOG}, %edi
      ${acts.map(assembly).join("\n")}
      mov $${LOG}, %esi; mov %edi, %ecx; sub %esi, %ecx; mov $0xe9, %edx; rep outsb
      mov $0xf4, %edx; out %al, %dx
      hlt
    idtr: .word 0x7ff; .long ${IDT}
    gdt: .quad 0, 0xcf9b000000ffff, 0xcf93000000ffff
    interrupt:
      xchg %eax, (%esp); stosl; pop %eax; iret
    .balign 16
    stubs:
    .set vector, 0
    .rept 256
      .balign 16
      pushl $${INTERRUPT} + vector; jmp interrupt
      .set vector, vector + 1
    .endr
    .org ${ROM_BYTES - 256}
    gdtr: .word 23; .long gdt
    .code16
    enter:
      cli
      lgdtl %cs:${0x1_0000 - 256}
      mov %cr0, %eax; or $1, %al; mov %eax, %cr0
      ljmpl $8, $_start
    .org ${ROM_BYTES - 16}
      jmp enter
    .org ${ROM_BYTES}
  `;
}

/** What QEMU's guest logs. `options`: of QEMU, besides the machine. */
export function qemuLog(acts: readonly Act[], options: readonly string[] = []): Promise<number[]> {
  return withFolder((folder) => {
    const path = (name: string): string => join(folder, name);
    writeFileSync(path("a.s"), program(acts));
    execFileSync("as", ["--32", "-o", path("a.o"), path("a.s")]);
    execFileSync("ld", [
      "-m",
      "elf_i386",
      "--no-warn-rwx-segments",
      "-N",
      `-Ttext=0x${ROM.toString(16)}`,
      "-o",
      path("a.elf"),
      path("a.o"),
    ]);
    execFileSync("objcopy", ["-O", "binary", "-j", ".text", path("a.elf"), path("bios")]);
    const machine =
      "-M pc,smm=off -cpu qemu64,-svm -m 16 -icount shift=0,sleep=off -nodefaults -display none -serial null -device isa-debug-exit,iobase=0xf4";
    const rom = ["-bios", path("bios"), "-debugcon", `file:${path("log")}`, "-global", "isa-debugcon.iobase=0xe9"];
    const { error } = spawnSync("qemu-system-x86_64", [...machine.split(" "), ...rom, ...options], {
      timeout: 60_000,
      killSignal: "SIGKILL",
    });

    if (error) throw error;
    const bytes = readFileSync(path("log"));
    return Array.from({ length: bytes.length / 4 }, (_, n) => bytes.readUInt32LE(4 * n));
  });
}
