import { writeElf } from "./elf.ts";
import { Random } from "./random.ts";
import { assemble } from "./toolchain.ts";

/**
 * A bare-metal program that returns by ERET with every mode, legal or not, to an instruction that ends in an
 * exception, from both stacks; what the vector finds is left in RAM.
 */
const CODE = 0x40080000;
const VALUES = 0x40200000;
const RESULTS = 0x40400000;
const FIELDS = ["vector", "ESR", "ELR", "SPSR", "SP", "SP_EL0", "DAIF", "FAR"];
const RESULT_BYTES = 64;

/** Something that is slow on QEMU and fast here, so that QEMU's monitor listens before the program ends. */
const PAUSE = 4 << 16;

/** Where ERET goes: system calls, a wait that EL0 may not make, a breakpoint, a hole between instructions. */
const targets = ["call", "wait", "break", "call + 2", "stack"];

const source = (count: number): string => `
        .section .text, "ax"
_start: mov     x0, #${PAUSE}
1:      tlbi    vmalle1
        subs    x0, x0, #1
        b.ne    1b
        adr     x0, vectors
        msr     vbar_el1, x0
        mrs     x0, sctlr_el1
        bic     x0, x0, #1 << 16                // no WFI at EL0
        msr     sctlr_el1, x0
        ldr     x19, =${VALUES}
        ldr     x20, =${VALUES + 16 * count}
        ldr     x21, =${RESULTS}
next:   msr     spsel, #1
        cmp     x19, x20
        b.eq    done
        ldr     x0, =0x1111
        mov     sp, x0
        ldr     x0, =0x2222
        msr     sp_el0, x0
        ldp     x1, x2, [x19], #16
        lsr     x3, x2, #63
        and     x2, x2, #0xff
        adr     x0, table
        ldr     w0, [x0, x2, lsl #2]
        adr     x4, table
        add     x0, x4, w0, sxtw
        msr     elr_el1, x0
        msr     spsr_el1, x1
        msr     esr_el1, xzr
        cbz     x3, 1f
        msr     spsel, #0
1:      eret
        b       .

call:   svc     #7
        nop
wait:   wfi
        nop
break:  brk     #9
        nop
stack:  msr     sp_el0, x0
        svc     #3
table:  ${targets.map((target) => `.word ${target} - table`).join("\n        ")}

common: mrs     x1, esr_el1
        stp     x0, x1, [x21]
        mrs     x1, elr_el1
        mrs     x2, spsr_el1
        stp     x1, x2, [x21, #16]
        mov     x1, sp
        mrs     x2, sp_el0
        stp     x1, x2, [x21, #32]
        mrs     x1, daif
        mrs     x2, far_el1
        stp     x1, x2, [x21, #48]
        add     x21, x21, #${RESULT_BYTES}
        b       next
done:   movz    x0, #0x8400, lsl #16            // PSCI SYSTEM_OFF
        movk    x0, #8
        hvc     #0
        b       .
        .ltorg

        .balign 2048
vectors:
${Array.from({ length: 16 }, (_, n) => `        .balign 128\n        mov     x0, #${n}\n        b       common`).join("\n")}
        .balign 128
`;

const MODE_EL0_AARCH32 = 0x10;

export async function returnProgram(seed: number) {
  const random = new Random(seed);
  const cases: [spsr: number, target: number, spEl0: boolean][] = [];
  for (let mode = 0; mode < 32; mode++) {
    // The reference has AArch32 at EL0; this core has not.
    if (mode === MODE_EL0_AARCH32) continue;
    for (let target = 0; target < targets.length; target++) {
      for (const spEl0 of [false, true]) {
        const flags = random.below(16) * 2 ** 28;
        const masks = random.pick([0x3c0, 0x1c0, 0x80]);
        const illegal = random.chance(0.2) ? 1 << 20 : 0;
        // WFI at EL1 would wait for ever.
        const wait = targets[target] === "wait" && mode !== 0;
        cases.push([flags + masks + illegal + mode, wait ? 0 : target, spEl0]);
      }
    }
  }
  const values = BigUint64Array.from(
    cases.flatMap(([spsr, target, spEl0]) => [BigInt(spsr), BigInt(target) | (spEl0 ? 1n << 63n : 0n)]),
  );
  const elf = writeElf(CODE, [
    { address: CODE, bytes: await assemble(source(cases.length), CODE) },
    { address: VALUES, bytes: new Uint8Array(values.buffer) },
  ]);
  const compare = (expected: Uint8Array, actual: Uint8Array): string[] => {
    const [theirs, ours] = [expected, actual].map((b) => new DataView(b.buffer, b.byteOffset)) as [DataView, DataView];
    return cases.flatMap(([spsr, target, spEl0], i) =>
      FIELDS.flatMap((field, f) => {
        const at = i * RESULT_BYTES + 8 * f;
        const [e, a] = [theirs.getBigUint64(at, true), ours.getBigUint64(at, true)];
        const about = `SPSR ${spsr.toString(16)} to "${targets[target]!}" ${spEl0 ? "with SP_EL0" : ""}`;
        return e === a ? [] : [`${about}, ${field}: ${e.toString(16)}, ours ${a.toString(16)}`];
      }),
    );
  };
  return { elf, part: { address: RESULTS, length: cases.length * RESULT_BYTES }, compare };
}
