import { caseRecord, memory, resultRecord, scratchBytes, variables, window } from "./layout.ts";

const registers = Array.from({ length: 31 }, (_, n) => n);
const pairs = registers.filter((n) => n >= 2 && n % 2 === 0 && n < 30);
const vectors = Array.from({ length: 16 }, (_, n) => 2 * n);

/**
 * The assembly text of the program that runs cases: each from its given register state, what became of the state left
 * in RAM. A case's instructions stand among BRKs, so that every case ends in exactly one exception: a fault of its own,
 * or the BRK it arrives at. All general and vector registers belong to the case; TPIDR_EL1 to the runner.
 */
export const runnerSource = `
        .section .text, "ax"
        .globl  _start
_start: ldr     x0, =0xff                       // attribute 0: normal, write-back
        msr     mair_el1, x0
        ldr     x0, =0x200803510                // 40-bit physical, 48-bit virtual, TTBR1 off
        msr     tcr_el1, x0
        ldr     x0, =level0
        msr     ttbr0_el1, x0
        ldr     x0, =vectors
        msr     vbar_el1, x0
        isb
        mrs     x0, sctlr_el1
        ldr     x20, =${memory.variables}
        ldr     x1, [x20, #${variables.sctlr}]
        orr     x0, x0, x1
        msr     sctlr_el1, x0
        isb
        ldr     x0, =${memory.scratch}
        ldr     x1, =${memory.pattern}
        add     x2, x0, #${scratchBytes}
1:      ldp     x3, x4, [x1], #16
        stp     x3, x4, [x0], #16
        cmp     x0, x2
        b.ne    1b

next:   ldr     x20, =${memory.variables}
        ldp     x21, x22, [x20, #${variables.next}]
        cmp     x21, x22
        b.eq    done
        add     x0, x21, #${caseRecord.bytes}
        str     x0, [x20, #${variables.next}]
        msr     far_el1, xzr
        ldr     x0, [x21, #${caseRecord.spsr}]
        msr     spsr_el1, x0
        ldr     x0, [x21, #${caseRecord.entry}]
        msr     elr_el1, x0
        ldr     x0, [x21, #${caseRecord.sp}]
        mov     sp, x0
        msr     sp_el0, x0
        mov     x0, #0x300000
        msr     cpacr_el1, x0
        isb
        ldr     x0, [x21, #${caseRecord.fpcr}]
        msr     fpcr, x0
        ldr     x0, [x21, #${caseRecord.fpsr}]
        msr     fpsr, x0
        add     x1, x21, #${caseRecord.v}
${vectors.map((n) => `        ldp     q${n}, q${n + 1}, [x1], #32`).join("\n")}
        ldr     x0, [x21, #${caseRecord.cpacr}]
        msr     cpacr_el1, x0
        isb
        mov     x0, x21
${pairs.map((n) => `        ldp     x${n}, x${n + 1}, [x0, #${8 * n}]`).join("\n")}
        ldr     x30, [x0, #240]
        ldr     x1, [x0, #8]
        ldr     x0, [x0]
        eret

ended:  ldr     x0, =${memory.variables}
        ldr     x0, [x0, #${variables.result}]
        str     x1, [x0, #8]
        mrs     x1, tpidr_el1
        str     x1, [x0]
${pairs.map((n) => `        stp     x${n}, x${n + 1}, [x0, #${8 * n}]`).join("\n")}
        mov     x1, sp
        stp     x30, x1, [x0, #240]
        mrs     x1, sp_el0
        str     x1, [x0, #${resultRecord.spEl0}]
        mrs     x1, elr_el1
        str     x1, [x0, #${resultRecord.elr}]
        mrs     x1, spsr_el1
        str     x1, [x0, #${resultRecord.spsr}]
        mrs     x1, esr_el1
        str     x1, [x0, #${resultRecord.esr}]
        mrs     x1, far_el1
        str     x1, [x0, #${resultRecord.far}]
        ldr     x20, =${memory.variables}
        mov     x1, #0x300000
        msr     cpacr_el1, x1
        isb
        mrs     x1, fpsr
        str     x1, [x0, #${resultRecord.fpsr}]
        msr     fpcr, xzr
        add     x1, x0, #${resultRecord.v}
${vectors.map((n) => `        stp     q${n}, q${n + 1}, [x1], #32`).join("\n")}
        // What of the scratch memory is not as it was; it is put back.
        mov     x10, #0                         // hash
        mov     x11, #0                         // changed units
        ldr     x1, [x20, #${variables.next}]
        ldr     x1, [x1, #${caseRecord.looks - caseRecord.bytes}]
        cbz     x1, 6f
        ldr     x1, =${memory.scratch}
        ldr     x2, =${memory.pattern}
        add     x3, x1, #${scratchBytes}
        add     x12, x0, #${resultRecord.changed}
        ldr     x13, =0x9e3779b97f4a7c15
1:      ldp     x4, x5, [x1]
        ldp     x6, x7, [x1, #16]
        ldp     x14, x15, [x2]
        ldp     x16, x17, [x2, #16]
        cmp     x4, x14
        ccmp    x5, x15, #0, eq
        ccmp    x6, x16, #0, eq
        ccmp    x7, x17, #0, eq
        b.eq    4f
        add     x9, x1, #32
2:      ldp     x4, x5, [x1], #16
        ldp     x6, x7, [x2], #16
        cmp     x4, x6
        ccmp    x5, x7, #0, eq
        b.eq    3f
        sub     x8, x1, #16
        stp     x6, x7, [x8]
        eor     x10, x10, x1
        mul     x10, x10, x13
        eor     x10, x10, x4, ror #7
        mul     x10, x10, x13
        eor     x10, x10, x5, ror #19
        mul     x10, x10, x13
        add     x11, x11, #1
        cmp     x11, #2
        b.hi    3f
        str     x8, [x12], #8
        stp     x4, x5, [x12], #16
3:      cmp     x1, x9
        b.ne    2b
        b       5f
4:      add     x1, x1, #32
        add     x2, x2, #32
5:      cmp     x1, x3
        b.ne    1b
6:      stp     x10, x11, [x0, #${resultRecord.memoryHash}]
        add     x0, x0, #${resultRecord.bytes}
        str     x0, [x20, #${variables.result}]
        b       next

done:   movz    x0, #0x8400, lsl #16            // PSCI SYSTEM_OFF
        movk    x0, #8
        hvc     #0
        b       .

        .balign 2048
vectors:
${Array.from({ length: 16 }, () => "        .balign 128\n        msr     tpidr_el1, x0\n        b       ended").join("\n")}
        .balign 128
        .ltorg

        .balign 4096
level0: .quad   level1 + 3
        .balign 4096
level1: .quad   0, level2 + 3
        .balign 8
        .org    level1 + 8 * ${window >> 30n}
        .quad   windowLevel2 + 3
        .balign 4096
        // RAM: the runner, the slots (any level, read-only), data (EL1, not executable).
level2: .quad   0x40000000 + 0x${(0x701).toString(16)}
        .quad   0x40200000 + 0x${(0x7c1).toString(16)}
        .set    block, 0x40400000
        .rept   30
        .quad   block + 0x60000000000701
        .set    block, block + 0x200000
        .endr
        .balign 4096
windowLevel2:
        .org    windowLevel2 + 8 * ${(window >> 21n) & 511n}
        .quad   windowLevel3 + 3
        .balign 4096
windowLevel3:
        .org    windowLevel3 + 8 * ${(window >> 12n) & 511n}
        .quad   0
        .quad   ${memory.scratch} + 0x743           // read-write, any level
        .quad   ${memory.scratch} + 0x1743
        .quad   ${memory.scratch} + 0x27c3          // read-only
        .quad   ${memory.scratch} + 0x3703          // EL1 only
        .quad   ${memory.scratch} + 0x343           // no access flag
        .balign 4096
`;
