/** The generic timers through the interrupt controller: levels, masks, compare and downcount, waiting, priorities. */
export const timers = `
        .set    GICD, 0x08000000
        .set    GICC, 0x08010000
main:   set     x20, GICD
        set     x21, GICC
        mov     w1, #1
        str     w1, [x20]
        set     x1, 0x48000000                  // 27: virtual, 30: physical
        str     w1, [x20, #0x100]
        mov     w1, #1
        str     w1, [x20, #0x100]
        set     x1, 0x00a00080
        str     w1, [x20, #0x418]
        set     x1, 0x00600000
        str     w1, [x20, #0x41c]
        mov     w1, #0xff
        str     w1, [x21, #4]
        mov     w1, #1
        str     w1, [x21]
        mrs     x0, cntfrq_el0
        // The counters and the downcount move together.
        mrs     x0, cntpct_el0
        mrs     x1, cntvct_el0
        mov     x2, #1000
        msr     cntp_tval_el0, x2
        mrs     x3, cntp_cval_el0
        mrs     x4, cntp_tval_el0
        mrs     x5, cntp_ctl_el0
        mov     x2, #3                          // enabled, masked
        msr     cntp_ctl_el0, x2
        mov     x2, #-5
        msr     cntp_tval_el0, x2
        mrs     x5, cntp_ctl_el0
        ldr     w6, [x20, #0x200]
        mov     x2, #1                          // not masked any more: pending at once
        msr     cntp_ctl_el0, x2
        mrs     x5, cntp_ctl_el0
        ldr     w6, [x20, #0x200]
        ldr     w7, [x21, #0x18]
        msr     daifclr, #2                     // taken here
        nop
        msr     daifset, #2
        ldr     w6, [x20, #0x200]
        // One that comes while the program runs.
        mov     x22, #0
        mov     x2, #20
        msr     cntp_tval_el0, x2
        mov     x2, #1
        msr     cntp_ctl_el0, x2
        msr     daifclr, #2
1:      add     x3, x3, #1
        cbz     x22, 1b
        // Both, and the one of higher priority first.
        msr     daifset, #2
        mov     x22, #0
        mrs     x1, cntvct_el0
        add     x1, x1, #12
        msr     cntv_cval_el0, x1
        msr     cntp_cval_el0, x1
        mov     x2, #1
        msr     cntv_ctl_el0, x2
        msr     cntp_ctl_el0, x2
        mov     x3, #300
2:      subs    x3, x3, #1
        b.ne    2b
        ldr     w6, [x20, #0x200]
        msr     daifclr, #2
        nop
        nop
        // Masked by priority, then not.
        msr     daifset, #2
        mov     w1, #0x60
        str     w1, [x21, #4]
        mov     x2, #-1
        msr     cntp_tval_el0, x2
        mov     x2, #1
        msr     cntp_ctl_el0, x2
        msr     daifclr, #2
        nop
        mov     w1, #0xff
        str     w1, [x21, #4]
        nop
        nop
        // Waiting with interrupts masked and unmasked.
        msr     daifset, #2
        mov     x22, #0
        set     x2, 5000
        msr     cntv_tval_el0, x2
        mov     x2, #1
        msr     cntv_ctl_el0, x2
        wfi
        mrs     x1, cntv_ctl_el0
        msr     daifclr, #2
        nop
        set     x2, 70000
        msr     cntp_tval_el0, x2
        mov     x2, #1
        msr     cntp_ctl_el0, x2
        wfi
        nop
        mrs     x1, cntp_tval_el0
        // An interrupt by software.
        set     x2, 0x02000003
        mov     w1, #8
        str     w1, [x20, #0x100]
        str     w2, [x20, #0xf00]
        nop
        // EL0 is interrupted.
        mov     x2, #30
        msr     cntv_tval_el0, x2
        mov     x2, #1
        msr     cntv_ctl_el0, x2
        mov     x22, #0
        user    u1, 0
        msr     daifset, #2
        b       done
u1:     add     x3, x3, #1
        b       u1

        .globl  irq
irq:    mrs     x25, spsr_el1
        mrs     x26, elr_el1
        ldr     w23, [x21, #0xc]
        ldr     w27, [x21, #0x14]
        add     x22, x22, #1
        mov     x27, #2
        cmp     w23, #27
        b.ne    1f
        msr     cntv_ctl_el0, x27
        b       2f
1:      cmp     w23, #30
        b.ne    2f
        msr     cntp_ctl_el0, x27
2:      str     w23, [x21, #0x10]
        mrs     x27, isr_el1
        cbz     x28, 3f
        msr     elr_el1, x28                    // it was waited for at EL0
        mov     x27, #0x3c5
        msr     spsr_el1, x27
3:      eret
`;
