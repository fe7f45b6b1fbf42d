import { execFileSync, spawnSync } from "node:child_process";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type MachineState, WINDOW, WINDOW_BYTES } from "./simd-row-runner.ts";

/** Whether the assembler or qemu-aarch64 is not installed (packages binutils-aarch64-linux-gnu, qemu-user). */
export const oracleMissing = ["aarch64-linux-gnu-as", "qemu-aarch64"].some(
  (command) => spawnSync(command, ["--version"]).error !== undefined,
);

/** A record of the case program: V0 to V31, X0 to X27, SP, NZCV, FPSR, FPCR, then the memory window. */
const X = 512;
const SP = X + 28 * 8;
const NZCV = SP + 8;
const FPSR = NZCV + 8;
const FPCR = FPSR + 8;
const RECORD = 1024 + WINDOW_BYTES;
/** General registers that a case may use; the program keeps X28 to X30. */
export const CASE_REGISTERS = 28;

const program = `
        .arch armv8-a+crypto
        .globl  _start
_start: adr     x29, words
        ldr     x30, =record
1:      mov     x0, #0
        mov     x1, x30
        ldr     x2, =${RECORD}
        mov     x8, #63
        svc     #0
        cbz     x0, 9f
${vectors("ldp")}
        ldr     x0, [x30, #${FPCR}]
        msr     fpcr, x0
        ldr     x0, [x30, #${FPSR}]
        msr     fpsr, x0
        ldr     x0, [x30, #${NZCV}]
        msr     nzcv, x0
        ldr     x0, [x30, #${SP}]
        mov     sp, x0
${generals("ldp")}
        br      x29
back:
${generals("stp")}
        mov     x0, sp
        str     x0, [x30, #${SP}]
        mrs     x0, nzcv
        str     x0, [x30, #${NZCV}]
        mrs     x0, fpsr
        str     x0, [x30, #${FPSR}]
${vectors("stp")}
        mov     x0, #1
        mov     x1, x30
        ldr     x2, =${RECORD}
        mov     x8, #64
        svc     #0
        add     x29, x29, #8
        b       1b
9:      mov     x8, #93
        svc     #0
        .ltorg
        .p2align 4
words:  .include "words.s"
        .section .window, "aw", %nobits
record: .skip   ${RECORD}
`;

function vectors(op: string): string {
  return Array.from({ length: 16 }, (_, i) => `        ${op} q${2 * i}, q${2 * i + 1}, [x30, #${32 * i}]`).join("\n");
}
function generals(op: string): string {
  const base = "        add x28, x30, #512\n";
  return (
    base + Array.from({ length: 14 }, (_, i) => `        ${op} x${2 * i}, x${2 * i + 1}, [x28, #${16 * i}]`).join("\n")
  );
}

export interface Case {
  readonly word: number;
  readonly before: MachineState;
}

/** What `qemu-aarch64 -cpu cortex-a53` makes of each case. */
export function runOracle(cases: readonly Case[]): MachineState[] {
  const folder = mkdtempSync(join(tmpdir(), "hindsight-simd-"));
  try {
    writeFileSync(join(folder, "program.s"), program);
    writeFileSync(
      join(folder, "words.s"),
      cases.map((c) => `.inst 0x${(c.word >>> 0).toString(16)}\nb back\n`).join(""),
    );
    const input = new Uint8Array(RECORD * cases.length);
    cases.forEach(({ before }, i) => encode(before, new DataView(input.buffer, i * RECORD, RECORD)));
    writeFileSync(join(folder, "input"), input);
    const run = (command: string, ...args: string[]) =>
      execFileSync(command, args, { cwd: folder, stdio: ["ignore", "pipe", "pipe"] });
    run("aarch64-linux-gnu-as", "-o", "program.o", "program.s");
    // The record ends where the window ends.
    const start = WINDOW - 1024n;
    run("aarch64-linux-gnu-ld", "-o", "program", `--section-start=.window=0x${start.toString(16)}`, "program.o");
    const stdin = openSync(join(folder, "input"), "r");
    const stdout = openSync(join(folder, "output"), "w");
    try {
      execFileSync("qemu-aarch64", ["-cpu", "cortex-a53", join(folder, "program")], {
        stdio: [stdin, stdout, "inherit"],
      });
    } finally {
      closeSync(stdin);
      closeSync(stdout);
    }
    const output = readFileSync(join(folder, "output"));
    return cases.map((_, i) => decode(new DataView(output.buffer, output.byteOffset + i * RECORD, RECORD)));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function encode(s: MachineState, record: DataView): void {
  const bytes = new Uint8Array(record.buffer, record.byteOffset, RECORD);
  bytes.set(s.v);
  for (let i = 0; i < CASE_REGISTERS; i++) record.setBigUint64(X + 8 * i, s.x[i]!, true);
  record.setBigUint64(SP, s.x[32]!, true);
  record.setUint32(NZCV, s.nzcv, true);
  record.setUint32(FPSR, s.fpsr, true);
  record.setUint32(FPCR, s.fpcr, true);
  bytes.set(s.memory, 1024);
}

function decode(record: DataView): MachineState {
  const bytes = new Uint8Array(record.buffer, record.byteOffset, RECORD);
  const x = new BigUint64Array(33);
  for (let i = 0; i < CASE_REGISTERS; i++) x[i] = record.getBigUint64(X + 8 * i, true);
  x[32] = record.getBigUint64(SP, true);
  return {
    v: bytes.slice(0, 512),
    x,
    nzcv: record.getUint32(NZCV, true),
    fpcr: record.getUint32(FPCR, true),
    fpsr: record.getUint32(FPSR, true),
    memory: bytes.slice(1024),
  };
}
