import { writeElf } from "./elf.ts";
import { programs } from "./control-programs.ts";
import { memory } from "./layout.ts";
import { assemble } from "./toolchain.ts";

/** Room for what a program logs. */
const LOG_BYTES = 0x4000;

/** The handler of every exception: it logs ESR, ELR, SPSR and FAR, and goes on at the address in x28, or at ELR. */
const prelude = `
        .section .text, "ax"
        .globl  _start
_start: ldr     x0, =vectors
        msr     vbar_el1, x0
        mov     x0, #0x300000
        msr     cpacr_el1, x0
        msr     oslar_el1, xzr
        isb
        ldr     x29, =${memory.results}         // where the log goes on
        mov     x28, #0
        ldr     x27, =data
        b       main

        .macro  log value
        str     \\value, [x29], #8
        .endm

        // What an exception does with MDSCR_EL1.SS set is stepped no more than this.
caught: str     x0, [x27, #-8]
        mrs     x0, esr_el1
        log     x0
        mrs     x0, elr_el1
        log     x0
        mrs     x0, spsr_el1
        log     x0
        mrs     x0, far_el1
        log     x0
        msr     far_el1, xzr
        cbz     x28, 1f
        msr     elr_el1, x28
        mrs     x0, spsr_el1
        and     x0, x0, #~0xf
        orr     x0, x0, #4
        orr     x0, x0, #1
        orr     x0, x0, #(1 << 9)               // D
        bic     x0, x0, #(1 << 21)
        msr     spsr_el1, x0
        b       2f
1:      mrs     x0, esr_el1
        lsr     x0, x0, #26
        cmp     x0, #0x32                       // a step: the next one, too
        b.ne    2f
        mrs     x0, spsr_el1
        orr     x0, x0, #(1 << 21)
        msr     spsr_el1, x0
2:      ldr     x0, [x27, #-8]
        eret

done:   movz    x0, #0x8400, lsl #16            // PSCI SYSTEM_OFF
        movk    x0, #8
        hvc     #0
        b       .

        .balign 2048
vectors:
${Array.from({ length: 16 }, () => "        .balign 128\n        b       caught").join("\n")}
        .balign 128
        .ltorg
        .balign 64
        .quad   0, 0, 0, 0, 0, 0, 0, 0
data:   .quad   0x0011223344556677, 0x8899aabbccddeeff, 0x0123456789abcdef, 0xfedcba9876543210
        .quad   0x1032547698badcfe, 0xefcdab8967452301, 0x7766554433221100, 0xffeeddccbbaa9988
        .quad   0, 0, 0, 0, 0, 0, 0, 0
`;

export const controlPrograms = Object.keys(programs) as (keyof typeof programs)[];

/** A bare-metal program and the part of memory where it logs. */
export async function controlProgram(
  name: keyof typeof programs,
): Promise<{ elf: Uint8Array; part: { address: number; length: number } }> {
  const stepped = name === "single step of EL0";
  // The undefined instruction ends this one.
  const text = stepped ? prelude.replace("        cbz     x28, 1f", ends) : prelude;
  const code = await assemble(text + programs[name], memory.code);
  const elf = writeElf(memory.code, [{ address: memory.code, bytes: code }]);
  return { elf, part: { address: memory.results, length: LOG_BYTES } };
}

const ends = `        mrs     x0, esr_el1
        lsr     x0, x0, #26
        cbz     x0, done
        b       1f`;
