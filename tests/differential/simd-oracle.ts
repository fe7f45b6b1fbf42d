import { execFileSync, spawnSync } from "node:child_process";
import { closeSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { writeElf } from "./elf.ts";
import { CASE_REGISTERS, INSTRUCTION_BYTES, INSTRUCTIONS, record, RECORDS, type Records } from "./simd-records.ts";
import { assemble, withFolder } from "./toolchain.ts";

/** Whether the assembler or qemu-aarch64 is not installed (packages binutils-aarch64-linux-gnu, qemu-user). */
export const oracleMissing = ["aarch64-linux-gnu-as", "qemu-aarch64"].some(
  (command) => spawnSync(command, ["--version"]).error !== undefined,
);

const CODE = 0x400000;
/** BR X28. */
const LEAD_BACK = 0xd61f0380;

const vectors = (op: string): string =>
  Array.from({ length: 16 }, (_, i) => `${op} q${2 * i}, q${2 * i + 1}, [x30, #${32 * i}]`).join("\n");
const generals = (op: string): string =>
  Array.from(
    { length: CASE_REGISTERS / 2 },
    (_, i) => `${op} x${2 * i}, x${2 * i + 1}, [x28, #${record.x - 512 + 16 * i}]`,
  ).join("\n");

/** Each record in turn: its state is loaded, its instruction executed, the state put back. Then all are written out. */
const program = (count: number): string => `
        .arch   armv8-a+crypto
_start: ldr     x30, =${RECORDS}
1:      ${vectors("ldp")}
        ldr     w0, [x30, #${record.fpcr}]
        msr     fpcr, x0
        ldr     w0, [x30, #${record.fpsr}]
        msr     fpsr, x0
        ldr     w0, [x30, #${record.nzcv}]
        msr     nzcv, x0
        ldr     x0, [x30, #${record.sp}]
        mov     sp, x0
        ldr     w29, [x30, #${record.instruction}]
        add     x28, x30, #512
        ${generals("ldp")}
        adr     x28, 2f
        br      x29
2:      add     x28, x30, #512
        ${generals("stp")}
        mov     x0, sp
        str     x0, [x30, #${record.sp}]
        mrs     x0, nzcv
        str     w0, [x30, #${record.nzcv}]
        mrs     x0, fpsr
        str     w0, [x30, #${record.fpsr}]
        ${vectors("stp")}
        add     x30, x30, #${record.bytes}
        ldr     x0, =${RECORDS + count * record.bytes}
        cmp     x30, x0
        b.ne    1b
        ldr     x19, =${RECORDS}
3:      sub     x2, x30, x19
        cbz     x2, 4f
        mov     x0, #1
        mov     x1, x19
        mov     x8, #64                         // write
        svc     #0
        add     x19, x19, x0
        b       3b
4:      mov     x0, #0
        mov     x8, #94                         // exit_group
        svc     #0
`;

const programs = new Map<number, Promise<Uint8Array>>();

/** What `qemu-aarch64 -cpu cortex-a53` makes of the records. */
export function runOracle({ bytes, words, count }: Records): Promise<Uint8Array> {
  return withFolder(async (folder) => {
    if (!programs.has(count)) programs.set(count, assemble(program(count), CODE));
    const instructions = new Uint32Array((count * INSTRUCTION_BYTES) / 4);
    for (let i = 0; i < count; i++) instructions.set([words[i]!, LEAD_BACK], 2 * i);
    const elf = writeElf(CODE, [
      { address: CODE, bytes: await programs.get(count)! },
      { address: INSTRUCTIONS, bytes: new Uint8Array(instructions.buffer) },
      { address: RECORDS, bytes: bytes.subarray(0, count * record.bytes) },
    ]);
    const [file, output] = [join(folder, "program"), join(folder, "output")];
    writeFileSync(file, elf, { mode: 0o755 });
    const stdout = openSync(output, "w");
    try {
      execFileSync("qemu-aarch64", ["-cpu", "cortex-a53", file], { stdio: ["ignore", stdout, "inherit"] });
    } finally {
      closeSync(stdout);
    }
    return readFileSync(output);
  });
}
