/**
 * One of each class of exception that a program at EL1 and EL0 can cause, with its syndrome. Breakpoints and watchpoints
 * are left to control-program.ts: a debugger's step on QEMU goes over them.
 */
export const exceptions = `
main:   try     svc     #0x1234
        try     brk     #0x5678
        try     .inst   0x00000000              // unallocated
        try     smc     #3                      // no EL3: undefined
        try     hlt     #1                      // no halting debug: undefined
        mov     x0, #0x84000000                 // PSCI VERSION
        hvc     #0
        mov     x0, #0x1234
        hvc     #0
        try     mrs     x1, s3_4_c1_c0_0        // of EL2: undefined
        try     fadd    d0, d0, d0              // CPACR_EL1 is 0: trapped
        mov     x0, #0x300000
        msr     cpacr_el1, x0
        isb
        try     fadd    d0, d0, d0
        mov     x1, #2
        try     br      x1                      // PC alignment
        set     x1, 0x0e000000
        try     br      x1                      // a hole: external abort of the fetch
        set     x1, 0x0f000000
        try     ldr     x2, [x1]
        try     str     w2, [x1, #4]
        try     ldp     x2, x3, [x1, #16]
        try     ldxr    w2, [x1]
        try     dc      zva, x1
        mov     x2, #0x6d                       // to EL3
        mov     x1, #0x7ed
        msr     spsr_el1, x1
        adr     x1, 1f
        msr     elr_el1, x1
        adr     x28, 2f
        eret                                    // illegal: goes on with IL set
1:      nop
2:      mov     x28, xzr
        // Alignment checks.
        mrs     x0, sctlr_el1
        orr     x1, x0, #2
        msr     sctlr_el1, x1
        isb
        adr     x1, here
        try     ldr     x2, [x1, #1]
        try     strh    w2, [x1, #1]
        try     ldr     w2, [x1, #2]
        add     x4, x1, #4
        try     ldaxr   x2, [x4]
        try     ld1     {v0.2d}, [x4]
        ldrb    w2, [x1, #3]
        msr     sctlr_el1, x0
        isb
        add     x4, x1, #1
        try     ldaxr   x2, [x4]                // always checked
        try     stlr    w2, [x4]
        try     ldr     x2, [x1, #3]
        // From EL0, and what SCTLR_EL1 lets it do.
        user    u1
        user    u2
        user    u3
        user    u4
        user    u5
        user    u6
        user    u7
        user    u8
        mov     x1, #(1 << 16)
        orr     x1, x1, #(1 << 18)
        bic     x1, x0, x1                      // nTWI and nTWE off
        msr     sctlr_el1, x1
        isb
        user    u9
        user    u10
        msr     sctlr_el1, x0
        mov     x1, #0x100000                   // FP for EL1 alone
        msr     cpacr_el1, x1
        isb
        user    u11
        mov     x1, #0x300000
        msr     cpacr_el1, x1
        mov     x1, #1
        msr     mdscr_el1, x1                   // single steps of EL0
        isb
        user    u12, 0x2003c0
        msr     mdscr_el1, xzr
        msr     cntkctl_el1, xzr
        isb
        user    u13
        set     x1, 0x202
        msr     cntkctl_el1, x1
        isb
        user    u13
        msr     pmuserenr_el0, xzr
        user    u14
        mov     x1, #4
        msr     pmuserenr_el0, x1
        user    u14
        // The stack pointers, and an exception taken from EL1t.
        mov     x1, sp
        add     x2, x1, #64
        msr     sp_el0, x2
        msr     spsel, #0
        mov     x3, sp
        try     svc     #9
        msr     spsel, #1
        mov     x3, sp
        mrs     x4, sp_el0
        b       done
        .balign 16
here:   .quad   0x1122334455667788, 0x99aabbccddeeff00, 0, 0
u1:     svc     #7
u2:     mrs     x1, sctlr_el1
u3:     mrs     x1, daif
u4:     brk     #1
u5:     hvc     #0
u6:     ic      ivau, x1
u7:     mrs     x1, ctr_el0
        svc     #1
u8:     .inst   0xffffffff
u9:     wfi
        svc     #1
u10:    wfe
        svc     #1
u11:    fmov    d0, #1.0
        svc     #1
u12:    nop
        svc     #1
u13:    mrs     x1, cntfrq_el0
        mrs     x2, cntv_ctl_el0
        svc     #1
u14:    mrs     x1, pmccntr_el0
        svc     #1
`;
