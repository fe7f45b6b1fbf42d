/** Where the program leaves what it has seen: 64-bit words. */
export const RESULTS = 0x4020_0000;

/** Performance counters: overflow and its interrupt, long and short cycles, the divider, filters by level, increments by software. */
export const RESULT_WORDS = 128;

export const counters = `
        .set    GICD, 0x08000000
        .set    GICC, 0x08010000
        .set    CYCLES, 0x80000000
        .set    RESULTS, ${RESULTS}
        .macro  note register
        str     \\register, [x18], #8
        .endm
        .macro  note_read register
        mrs     x0, \\register
        note    x0
        .endm
        .macro  note_pending
        ldr     w0, [x20, #0x200]
        note    x0
        .endm
        // Counts that are written last wrap after so many.
        .macro  left register, count
        ldr     x2, =0x100000000 - \\count
        msr     \\register, x2
        .endm
main:   set     x18, RESULTS
        set     x20, GICD
        set     x21, GICC
        mov     w1, #1
        str     w1, [x20]
        set     x1, 0x00800000                  // 23: the counters
        str     w1, [x20, #0x100]
        mov     w1, #0xff
        str     w1, [x21, #4]
        mov     w1, #1
        str     w1, [x21]
        set     x19, CYCLES
        // The long cycle counter, and a loop that it interrupts.
        mov     x2, #-151
        msr     pmccntr_el0, x2
        msr     pmintenset_el1, x19
        msr     pmcntenset_el0, x19
        mov     x22, #0
        msr     daifclr, #2
        mov     x2, #0x41                       // long, enabled
        msr     pmcr_el0, x2
1:      add     x3, x3, #1
        cbz     x22, 1b
        note    x3
        // The short one does not touch its upper half's overflow flag.
        mov     x2, #1
        msr     pmcr_el0, x2
        left    pmccntr_el0, 91
        mov     x22, #0
        nop
2:      add     x3, x3, #1
        cbz     x22, 2b
        note    x3
        // Every 64th cycle; not when long.
        mov     x2, #9
        msr     pmcr_el0, x2
        left    pmccntr_el0, 3
        mov     x22, #0
3:      cbz     x22, 3b                         // QEMU looks for this one at other times
        mov     x3, #0
        mov     x2, #0x49
        msr     pmcr_el0, x2
        left    pmccntr_el0, 77
        note_read pmccntr_el0
        note_read pmccntr_el0
        mov     x2, #1
        msr     pmcr_el0, x2
        msr     pmcntenclr_el0, x19
        // Instructions interrupt, cycles of an event counter only set their flag.
        msr     pmcr_el0, xzr
        mov     x2, #8
        msr     pmevtyper0_el0, x2
        mov     x2, #0x11
        msr     pmevtyper3_el0, x2
        left    pmevcntr0_el0, 121
        left    pmevcntr3_el0, 40
        mov     x2, #9
        msr     pmcntenset_el0, x2
        mov     x22, #0
        mov     x2, #1
        msr     pmintenset_el1, x2
        msr     pmcr_el0, x2
4:      mrs     x0, pmevcntr0_el0               // QEMU notices only here
        add     x3, x3, #1
        cbz     x22, 4b
        note    x3
        note_read pmovsset_el0
        mov     x2, #9
        msr     pmcntenclr_el0, x2
        // Nothing counts any more.
        mrs     x0, pmevcntr0_el0
        nop
        mrs     x1, pmevcntr0_el0
        sub     x0, x0, x1
        note    x0
        msr     pmovsclr_el0, x2
        note_read pmovsclr_el0
        // Increments by software.
        msr     pmevtyper5_el0, xzr
        left    pmevcntr5_el0, 2
        mov     x2, #0x20
        msr     pmcntenset_el0, x2
        msr     pmintenset_el1, x2
        mov     x22, #0
        msr     pmswinc_el0, x2
        note_read pmovsset_el0
        note_read pmevcntr5_el0
        msr     pmswinc_el0, x2
        note_read pmevcntr5_el0
        note_read pmovsset_el0
        note    x22
        msr     pmcntenclr_el0, x2
        // Overflow by software; the interrupt's level follows flags and enables.
        msr     daifset, #2
        msr     pmovsset_el0, x2
        note_pending
        msr     pmintenclr_el1, x2
        note_pending
        msr     pmintenset_el1, x2
        note_pending
        msr     daifclr, #2
        nop
        note    x22
        msr     pmintenclr_el1, x2
        // At EL0 alone: EL1 does not come nearer to the overflow.
        mov     x2, #0x80000000
        msr     pmccfiltr_el0, x2
        mov     x22, #0
        msr     pmcntenset_el0, x19
        left    pmccntr_el0, 60
        note_read pmccntr_el0
        note_read pmccntr_el0
        user    u1, 0
        note    x3
        note_read pmovsset_el0
        // At EL1 alone, through a call from EL0.
        mov     x2, #0x40000000
        msr     pmccfiltr_el0, x2
        left    pmccntr_el0, 4000
        user    u2, 0
        note_read pmccntr_el0
        user    u2, 0
        note_read pmccntr_el0
        msr     pmcntenclr_el0, x19
        // Both at once, as events.
        ldr     x2, =0x40000008
        msr     pmevtyper1_el0, x2
        ldr     x2, =0x80000008
        msr     pmevtyper2_el0, x2
        msr     pmevcntr1_el0, xzr
        msr     pmevcntr2_el0, xzr
        mov     x2, #6
        msr     pmcntenset_el0, x2
        user    u2, 0
        note_read pmevcntr1_el0
        note_read pmevcntr2_el0
        b       done
u1:     add     x3, x3, #1
        b       u1
u2:     mov     x4, #9
5:      subs    x4, x4, #1
        b.ne    5b
        svc     #0

        .globl  irq
irq:    mrs     x25, spsr_el1
        note    x25
        ldr     w23, [x21, #0xc]
        note    x23
        mrs     x27, pmovsset_el0
        note    x27
        msr     pmovsclr_el0, x27
        add     x22, x22, #1
        str     w23, [x21, #0x10]
        cbz     x28, 3f
        msr     elr_el1, x28                    // it was waited for at EL0
        mov     x27, #0x3c5
        msr     spsr_el1, x27
3:      eret
`;
