import { writeElf } from "../../differential/elf.ts";
import { assemble } from "../../differential/toolchain.ts";

const CODE = 0x4008_0000;

/**
 * Every exception comes to \`caught\`, which reads the syndromes and goes on at x28, or where x28 is 0 at ELR. x24 counts
 * them. Registers from x24 on are the handler's; a program begins at \`main\` and ends at \`done\`.
 */
const prelude = `
        .macro  set register, value
        ldr     \\register, =\\value
        .endm
        // What follows may fault, and goes on behind itself.
        .macro  try operation:vararg
        adr     x28, 8f
        \\operation
8:      mov     x28, xzr
        .endm
        // To EL0 at a label; what happens there ends behind the macro.
        .macro  user label, spsr=0x3c0
        adr     x28, 8f
        adr     x27, \\label
        msr     elr_el1, x27
        ldr     x27, =\\spsr
        msr     spsr_el1, x27
        eret
8:      mov     x28, xzr
        .endm

        .section .text, "ax"
        .globl  _start
_start: adr     x27, vectors
        msr     vbar_el1, x27
        mov     x24, xzr
        mov     x28, xzr
        set     x27, 0x40100000
        mov     sp, x27
        msr     oslar_el1, xzr
        isb
        b       main

caught: mrs     x25, esr_el1
        mrs     x26, far_el1
        mrs     x27, spsr_el1
        mrs     x27, elr_el1
        add     x24, x24, #1
        cbz     x28, 1f
        msr     elr_el1, x28
        mov     x27, #0x3c5
        msr     spsr_el1, x27
1:      eret

done:   movz    x0, #0x8400, lsl #16            // PSCI SYSTEM_OFF
        movk    x0, #8
        hvc     #0
        b       .

        .balign 2048
vectors:
${Array.from({ length: 16 }, (_, n) => `        .balign 128\n        b       ${n === 5 || n === 9 ? "irq" : "caught"}`).join("\n")}
        .balign 128
        .weak   irq
        .ltorg
        .balign 64
`;

/** A bare-metal program around some assembly text, which has a label \`main\`, as an ELF image. */
export async function systemProgram(source: string): Promise<Uint8Array> {
  return writeElf(CODE, [{ address: CODE, bytes: await assemble(`${prelude}${source}\n        .ltorg\n`, CODE) }]);
}
