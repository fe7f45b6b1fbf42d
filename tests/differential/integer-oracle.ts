import { execFileSync, spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { withFolder } from "./toolchain.ts";

/** The user-visible CPU around one instruction, with a piece of memory for it to work on. */
export interface UserState {
  /** X0 to X30. */
  readonly x: readonly bigint[];
  readonly sp: bigint;
  /** N, Z, C, V as four bits. */
  readonly nzcv: number;
  /** MEMORY_BYTES at memoryAddress(i). */
  readonly memory: Uint8Array;
  /** In results: whether the instruction branched, by BRANCH_DISPLACEMENT. */
  readonly branched: boolean;
}

export interface Trial {
  readonly word: number;
  readonly before: UserState;
}

export const MEMORY_BYTES = 1024;
/** Where a branch must go, from its own address, to be seen as taken. */
export const BRANCH_DISPLACEMENT = 20;

const CODE = 0x400000;
const DATA = 0x10000000;
const PROLOGUE_WORDS = 16;
const TRIAL_WORDS = 16;
const RECORD_BYTES = 2048;
const offsets = { x: 0, x30: 240, sp: 248, nzcv: 256, branched: 264, memory: 1024 };

/** Addresses of trial i: of its memory, and of the instruction itself. */
export const memoryAddress = (i: number): bigint => BigInt(DATA + i * RECORD_BYTES + offsets.memory);
export const instructionAddress = (i: number): bigint => BigInt(CODE + 4 * (PROLOGUE_WORDS + i * TRIAL_WORDS + 5));

/** Why QEMU's user emulation cannot be asked, or undefined. */
export const qemuUserMissing: string | undefined = ["qemu-aarch64", "aarch64-linux-gnu-as"]
  .filter((tool) => spawnSync(tool, ["--version"]).error)
  .map((tool) => `${tool} is not installed (packages qemu-user, binutils-aarch64-linux-gnu)`)[0];

/** Runs every trial on QEMU's Cortex-A53, each from its own state, all in one process. */
export function runOnQemu(trials: readonly Trial[]): Promise<UserState[]> {
  return withFolder((folder) => {
    const at = (name: string): string => join(folder, name);
    writeFileSync(at("records.bin"), Buffer.concat(trials.map(({ before }) => encode(before))));
    writeFileSync(at("trials.s"), source(trials, at("records.bin")));
    execFileSync("aarch64-linux-gnu-as", ["-o", at("trials.o"), at("trials.s")]);
    const layout = [`-Ttext=0x${CODE.toString(16)}`, `-Tdata=0x${DATA.toString(16)}`];
    execFileSync("aarch64-linux-gnu-ld", [...layout, "-o", at("trials"), at("trials.o")]);
    const output = execFileSync("qemu-aarch64", ["-cpu", "cortex-a53", at("trials")], { maxBuffer: 1 << 30 });
    return trials.map((_, i) => decode(output.subarray(i * RECORD_BYTES, (i + 1) * RECORD_BYTES)));
  });
}

function encode(state: UserState): Buffer {
  const record = Buffer.alloc(RECORD_BYTES);
  state.x.forEach((value, i) => record.writeBigUInt64LE(value, offsets.x + 8 * i));
  record.writeBigUInt64LE(state.sp, offsets.sp);
  record.writeUInt32LE((state.nzcv << 28) >>> 0, offsets.nzcv);
  record.set(state.memory, offsets.memory);
  return record;
}

function decode(record: Buffer): UserState {
  const u64 = (offset: number): bigint => record.readBigUInt64LE(offset);
  return {
    x: Array.from({ length: 31 }, (_, i) => u64(offsets.x + 8 * i)),
    sp: u64(offsets.sp),
    nzcv: record.readUInt32LE(offsets.nzcv) >>> 28,
    memory: new Uint8Array(record.subarray(offsets.memory, offsets.memory + MEMORY_BYTES)),
    branched: u64(offsets.branched) !== 0n,
  };
}

/** A program that, for each record in turn, loads its state, executes the instruction, saves the state; then prints them all. */
function source(trials: readonly Trial[], records: string): string {
  const pairs = (op: string): string =>
    Array.from({ length: 14 }, (_, i) => `${op} x${2 * i + 2}, x${2 * i + 3}, [x0, #${16 * i + 16}]`).join("\n");
  return `
.global _start
_start:
  b run
load:                        // all but X0 and X30, from the record at X0
  ldr x1, [x0, #${offsets.sp}]
  mov sp, x1
  ldr x1, [x0, #${offsets.nzcv}]
  msr nzcv, x1
  b load_rest
save:                        // all but X0 and X30, to the record at X0; X0's value is in TPIDR_EL0
  b save_rest
.org ${4 * PROLOGUE_WORDS}
run:
.macro trial address, word
1:movz x0, #(\\address & 0xffff)
  movk x0, #(\\address >> 16), lsl #16
  bl load
  ldr x30, [x0, #${offsets.x30}]
  ldr x0, [x0]
  .inst \\word
  msr tpidr_el0, x0
  movz x0, #(\\address & 0xffff)
  movk x0, #(\\address >> 16), lsl #16
  b 2f
  msr tpidr_el0, x0         // here when it branched
  movz x0, #(\\address & 0xffff)
  movk x0, #(\\address >> 16), lsl #16
  str x0, [x0, #${offsets.branched}]
2:str x30, [x0, #${offsets.x30}]
  bl save
.endm
${trials.map(({ word }, i) => `trial ${DATA + i * RECORD_BYTES}, ${word}`).join("\n")}
  ldr x1, =records
  ldr x2, =records_end
3:sub x3, x2, x1
  cbz x3, 4f
  mov x0, #1
  mov x8, #64                // write
  sub x2, x2, x1
  svc #0
  add x1, x1, x0
  ldr x2, =records_end
  b 3b
4:mov x0, #0
  mov x8, #94                // exit_group
  svc #0
load_rest:
  ${pairs("ldp")}
  ldr x1, [x0, #8]
  ret
save_rest:
  ${pairs("stp")}
  str x1, [x0, #8]
  mrs x1, tpidr_el0
  str x1, [x0]
  mov x1, sp
  str x1, [x0, #${offsets.sp}]
  mrs x1, nzcv
  str x1, [x0, #${offsets.nzcv}]
  ret
.data
records: .incbin "${records}"
records_end:
`;
}
