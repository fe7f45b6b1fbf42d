import { writeElf } from "./elf.ts";
import { assemble } from "./toolchain.ts";

/**
 * Bare-metal programs that try every encoding of MRS, MSR (register), SYS and SYSL at EL1, at EL0 as at power-on, and at EL0
 * with all that can be allowed there, and leave the syndromes and values in RAM.
 */
const CODE = 0x40080000;
const SCRATCH = 0x42000000;
const RESULTS = 0x41000000;
const ENCODINGS = 0x8000;

/** Runs `el1`, then `el0` twice, with x20 counting the encodings and x19 at the results. */
const program = (el1: string, el0: string): string => `
        .section .text, "ax"
_start: adr     x0, vectors
        msr     vbar_el1, x0
        mov     x1, #3 << 20
        msr     cpacr_el1, x1
        isb
        ldr     x9, =${SCRATCH}
        mov     sp, x9
        ldr     x19, =${RESULTS}
        mov     x20, #0
1:      ${el1}
        add     x20, x20, #1
        tbz     x20, #15, 1b
        mov     x0, #0                          // first as at power-on
toEl0:  msr     tpidr_el1, x0
        mov     x0, #0x3c0
        msr     spsr_el1, x0
        adr     x0, inEl0
        msr     elr_el1, x0
        mov     x20, #0
        eret
inEl0:  ${el0}
        add     x20, x20, #1
        tbz     x20, #15, inEl0
        svc     #0
again:  ldr     x1, =(1 << 26) | (1 << 15) | (1 << 14) | (1 << 9)
        mrs     x0, sctlr_el1
        orr     x0, x0, x1
        msr     sctlr_el1, x0
        mov     x0, #0x303
        msr     cntkctl_el1, x0
        mov     x0, #0xf
        msr     pmuserenr_el0, x0
        mov     x0, #1
        b       toEl0
done:   movz    x0, #0x8400, lsl #16            // PSCI SYSTEM_OFF
        movk    x0, #8
        hvc     #0
        b       .
        .ltorg

        .balign 2048
vectors:
        .rept   16
        .balign 128
        mrs     x27, esr_el1
        lsr     x26, x27, #26
        cmp     x26, #0x15
        b.eq    ended
        mrs     x26, elr_el1
        add     x26, x26, #4
        msr     elr_el1, x26
        eret
        .endr
        .balign 128
ended:  mrs     x0, tpidr_el1
        cbz     x0, again
        b       done
`;

/** Puts the instruction word base | field << 5 | Rt at a label. */
const patch = (label: string, register: number, rt: number): string => `
        add     w4, w${register}, #${rt}
        adr     x3, ${label}
        str     w4, [x3]`;

/** op0 2 and 3. At EL1: syndrome and value of a read; after writing ones and zeros, what is read back. */
const registers = program(
  `
        ldr     w0, =0xd5300000                 // MRS
        ldr     w1, =0xd5100000                 // MSR
        orr     w0, w0, w20, lsl #5
        orr     w1, w1, w20, lsl #5
        ${patch("2f", 0, 10)} ${patch("3f", 1, 11)} ${patch("4f", 0, 12)}
        ${patch("5f", 1, 11)} ${patch("6f", 0, 13)} ${patch("7f", 1, 11)}
        isb
        mov     x27, #0
        mov     x10, #0
2:      nop
        stp     x27, x10, [x19], #16
        mov     x12, #0
        mov     x13, #0
        mov     x27, #0
        mov     w5, #1 << 14 | 1 << 7
        cmp     w20, w5
        b.eq    8f                              // SCTLR_EL1 would turn the MMU on
        mov     x11, #-1
3:      nop
        mov     x28, x27
4:      nop
        mov     x11, #0
5:      nop
6:      nop
        mov     x11, x10
7:      nop
        mov     x27, x28
8:      stp     x27, x12, [x19], #16
        str     x13, [x19], #8`,
  `
        ldr     w0, =0xd5300000
        ldr     w1, =0xd5100000
        orr     w0, w0, w20, lsl #5
        orr     w1, w1, w20, lsl #5
        ${patch("2f", 0, 10)} ${patch("3f", 1, 10)}
        isb
        mov     x27, #0
        mov     x10, #0
2:      nop
        mov     x28, x27
        mov     x27, #0
3:      nop
        stp     x28, x27, [x19], #16`,
);

/** op0 1: SYS, then SYSL, with an address in Xt. Leaves the syndrome. */
const tryOperation = `
        ldr     w0, =0xd5080000
        and     w1, w20, #0x3fff
        orr     w0, w0, w1, lsl #5
        lsr     w1, w20, #14
        orr     w0, w0, w1, lsl #21
        ${patch("2f", 0, 9)}
        isb
        ldr     x9, =${SCRATCH}
        mov     x27, #0
2:      nop
        str     x27, [x19], #8`;
const operations = program(tryOperation, tryOperation);

interface Section {
  readonly name: string;
  readonly fields: readonly string[];
}
const el1: Section = { name: "EL1", fields: ["MRS syndrome", "value", "MSR syndrome", "after ones", "after zeros"] };
const el0 = (name: string): Section => ({ name, fields: ["MRS syndrome", "MSR syndrome"] });
const syndrome = (name: string): Section => ({ name, fields: ["syndrome"] });

export interface Difference {
  /** "3,0,1,0,0" */
  readonly encoding: string;
  readonly text: string;
}

async function build(source: string, sections: readonly Section[], encoding: (index: number) => string) {
  const elf = writeElf(CODE, [{ address: CODE, bytes: await assemble(source, CODE) }]);
  const length = sections.reduce((sum, { fields }) => sum + 8 * fields.length * ENCODINGS, 0);
  const compare = (expected: Uint8Array, actual: Uint8Array): Difference[] => {
    const [theirs, ours] = [expected, actual].map((b) => new BigUint64Array(b.slice().buffer)) as [
      BigUint64Array,
      BigUint64Array,
    ];
    const found: Difference[] = [];
    let at = 0;
    for (const { name, fields } of sections) {
      for (let index = 0; index < ENCODINGS; index++) {
        for (const field of fields) {
          const [e, a] = [theirs[at]!, ours[at]!];
          if (e !== a) {
            const text = `${encoding(index)} at ${name}, ${field}: ${e.toString(16)}, ours ${a.toString(16)}`;
            found.push({ encoding: encoding(index), text });
          }
          at++;
        }
      }
    }
    return found;
  };
  return { elf, part: { address: RESULTS, length }, compare };
}

const fieldsOf = (i: number): string => [(i >> 11) & 7, (i >> 7) & 15, (i >> 3) & 15, i & 7].join(",");

export const registerProgram = () =>
  build(registers, [el1, el0("EL0"), el0("EL0, allowed")], (i) => `${2 + (i >> 14)},${fieldsOf(i)}`);

export const operationProgram = () =>
  build(
    operations,
    [syndrome("EL1"), syndrome("EL0"), syndrome("EL0, allowed")],
    (i) => `${i >> 14 ? "SYSL" : "SYS"} 1,${fieldsOf(i)}`,
  );
