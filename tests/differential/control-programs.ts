// Bare-metal programs about byte order, tags, self-hosted debug: see control-program.ts for what stands before them.
const end = "        b       done\n        .ltorg\n";

/** Accesses of every size, with the byte order that is in force; what was loaded is logged in the usual one. */
const accesses = `
        ldrb    w1, [x27, #1]
        ldrsh   x2, [x27, #2]
        ldr     w3, [x27, #4]
        ldrsw   x4, [x27, #4]
        ldr     x5, [x27]
        ldr     x6, [x27, #3]
        ldp     w7, w8, [x27, #8]
        ldp     x9, x10, [x27, #16]
        ldr     q0, [x27]
        ldp     d1, d2, [x27, #16]
        ldp     q3, q4, [x27, #32]
        ld1     {v5.8h}, [x27]
        ld2     {v6.4s, v7.4s}, [x27]
        ld3     {v16.16b, v17.16b, v18.16b}, [x27]
        ld4     {v19.2d, v20.2d, v21.2d, v22.2d}, [x27]
        ld1     {v23.s}[2], [x27]
        ld2r    {v24.4h, v25.4h}, [x27]
        ldxr    x11, [x27]
        add     x26, x27, #16
        ldxp    w12, w13, [x26]
        ldaxp   x14, x15, [x26]
        ldar    w16, [x26]
        ldr     x17, 1f
        b       2f
        .balign 8
1:      .quad   0x0102030405060708
2:      add     x20, x27, #64
        strb    w5, [x20]
        strh    w5, [x20, #2]
        str     w5, [x20, #4]
        str     x5, [x20, #9]
        stp     w9, w10, [x20, #20]
        stp     q0, q3, [x20, #32]
        st1     {v5.8h}, [x20], #16
        st3     {v16.s, v17.s, v18.s}[1], [x20]
        add     x26, x27, #64
        ldxr    x21, [x26]
        stxr    w22, x5, [x26]
        add     x26, x27, #80
        ldxp    x23, x24, [x26]
        stxp    w25, x23, x5, [x26]
`;
const logAccesses = `
${Array.from({ length: 26 }, (_, n) => `        log     x${n}`).join("\n")}
${[0, 1, 2, 3, 4, 5, 6, 7, ...Array.from({ length: 10 }, (_, n) => 16 + n)].map((n) => `        str     q${n}, [x29], #16`).join("\n")}
        .rept   16
        ldr     x0, [x27], #8
        log     x0
        .endr
        sub     x27, x27, #128
`;

const setSctlr = (bit: number, value: 0 | 1): string => `
        mrs     x0, sctlr_el1
        ${value ? "orr" : "bic"}     x0, x0, #(1 << ${bit})
        msr     sctlr_el1, x0
        isb
`;

/** Going to EL0 at a label; the exception that ends it comes back to \`back\`. */
const toEl0 = (label: string, spsr = 0x3c0): string => `
        ldr     x0, =${label}
        msr     elr_el1, x0
        ldr     x0, =0x${spsr.toString(16)}
        msr     spsr_el1, x0
        eret
`;

/** Big-endian tables that map the first 2 GB to themselves: blocks of 1 GB, from a table for 39 bits. */
const bigEndianTables = `
        .balign 4096
tables: .quad   0x0507000000000000              // 0x705, devices and RAM alike
        .quad   0x0507004000000000
        .skip   4096 - 16
`;

/** What follows the prelude, by name: from `main` on. */
export const programs = {
  "big-endian data at EL1": `
main:   ${setSctlr(25, 1)}
        ${accesses}
        ${setSctlr(25, 0)}
        ${logAccesses}
        ${end}`,

  "big-endian data and tables with the MMU on": `
main:   ldr     x0, =0x44
        msr     mair_el1, x0
        ldr     x0, =0x100803519                // T0SZ 25, TTBR1 off, 36 bits
        msr     tcr_el1, x0
        ldr     x0, =tables
        msr     ttbr0_el1, x0
        isb
        mrs     x0, sctlr_el1
        orr     x0, x0, #(1 << 25)
        orr     x0, x0, #1
        msr     sctlr_el1, x0
        isb
        ${accesses}
        mrs     x0, sctlr_el1
        bic     x0, x0, #(1 << 25)
        bic     x0, x0, #1
        msr     sctlr_el1, x0
        isb
        ${logAccesses}
        ${end}
        ${bigEndianTables}`,

  "big-endian data at EL0": `
main:   ${setSctlr(24, 1)}
        ldr     x28, =back
        ${toEl0("user")}
user:   ${accesses}
        svc     #1
back:   ${logAccesses}
        ${end}`,

  "tags of addresses": `
main:   mov     x0, #(3 << 37)                  // TBI0, TBI1
        msr     tcr_el1, x0
        isb
        mov     x10, #(0x5a << 56)
        orr     x1, x27, x10
        ldr     x2, [x1]
        log     x2
        str     x10, [x1, #64]
        ldr     x2, [x27, #64]
        log     x2
        adr     x3, 1f
        orr     x3, x3, x10
        br      x3
1:      adr     x4, .
        log     x4
        adr     x3, 2f
        orr     x3, x3, x10
        blr     x3
2:      log     x30
        adr     x30, 3f
        orr     x30, x30, x10
        ret
3:      bl      4f
4:      log     x30
        adr     x28, 5f
        orr     x28, x28, x10
        svc     #2
5:      adr     x4, .
        log     x4
        mov     x0, #0x80000000000000           // bit 55: the other half, where nothing is
        adr     x28, 6f
        br      x0
6:      msr     tcr_el1, xzr
        isb
        adr     x28, 7f
        orr     x3, x28, x10
        br      x3                              // not a tag any more
7:      adr     x28, 8f
        orr     x1, x27, x10
        ldr     x2, [x1]
8:      ${end}`,

  "single step of EL0": `
main:   mov     x0, #1
        msr     mdscr_el1, x0
        isb
        ${toEl0("user", 0x2003c0)}
user:   nop
        mov     x1, #3
1:      subs    x1, x1, #1
        b.ne    1b
        ldxr    x2, [x27]
        ldr     x2, [x27]
        svc     #7
        mrs     x3, nzcv
        .inst   0                               // undefined: the handler would come back for ever
        nop
        b       .
`,
  "the guest's breakpoints and watchpoints": `
main:   ldr     x0, =0xa000                     // MDE, KDE
        msr     mdscr_el1, x0
        adr     x0, 1f
        msr     dbgbvr2_el1, x0
        ldr     x0, =0x1e7                      // EL1 and EL0, enabled
        msr     dbgbcr2_el1, x0
        isb
        msr     daifclr, #8
        adr     x28, 2f
        nop
1:      nop                                     // not reached: goes on at 2
        nop
2:      msr     dbgbcr2_el1, xzr
        add     x1, x27, #8
        msr     dbgwvr1_el1, x1
        ldr     x0, =0x1ff7                     // stores to 8 bytes
        msr     dbgwcr1_el1, x0
        ldr     x0, =0x1fef                     // EL0 and EL1, loads
        add     x1, x27, #32
        msr     dbgwvr3_el1, x1
        msr     dbgwcr3_el1, x0
        isb
        msr     daifclr, #8
        ldr     x2, [x27, #8]                   // a load: not watched
        log     x2
        adr     x28, 3f
        str     x2, [x27, #8]
        log     x2
3:      adr     x28, 4f
        msr     daifclr, #8
        strb    w2, [x27, #15]
4:      adr     x28, 5f
        msr     daifclr, #8
        stp     x2, x2, [x27]                   // the second half
5:      adr     x28, 6f
        msr     daifclr, #8
        str     q0, [x27, #4]                   // across it
6:      adr     x28, 7f
        msr     daifclr, #8
        ldr     w2, [x27, #36]
7:      adr     x28, 8f
        msr     daifset, #8
        str     x2, [x27, #8]                   // masked
        ldr     x0, =0x03000fff                 // MASK of 3 bits, BAS too
        msr     dbgwcr1_el1, x0
        isb
        msr     daifclr, #8
        ldrb    w2, [x27, #14]
8:      adr     x28, 9f
        ldr     x0, =0x1ff3                     // of EL1 only
        msr     dbgwcr1_el1, x0
        adr     x0, user
        msr     dbgbvr5_el1, x0
        ldr     x0, =0x1e5                      // of EL0 only
        msr     dbgbcr5_el1, x0
        ${toEl0("user - 4")}
        nop
user:   str     x2, [x27, #8]
        svc     #1
9:      msr     dbgbcr5_el1, xzr
        adr     x28, 10f
        ${toEl0("user")}
10:     msr     mdscr_el1, xzr
        .rept   16
        ldr     x0, [x27], #8
        log     x0
        .endr
        ${end}`,

  "breakpoints and watchpoints linked to a context": `
        // (CONTEXTIDR_EL1, what the context breakpoint wants, its number, its control, the link's number)
        .macro  context now, wanted, n, ctl, link
        ldr     x0, =\\now
        msr     contextidr_el1, x0
        ldr     x0, =\\wanted
        msr     dbgbvr\\n\\()_el1, x0
        ldr     x0, =\\ctl
        msr     dbgbcr\\n\\()_el1, x0
        ldr     x0, =0x1001e7 + (\\link << 16)   // an address, linked; EL1 and EL0
        msr     dbgbcr1_el1, x0
        ldr     x0, =0x101fff + (\\link << 16)
        msr     dbgwcr1_el1, x0
        adr     x0, 6f
        msr     dbgbvr1_el1, x0
        isb
        msr     daifclr, #8
        mov     x1, #0
        adr     x28, 7f
6:      mov     x1, #1                          // 1 where it is not stopped at
7:      log     x1
        msr     dbgbcr1_el1, xzr
        isb
        msr     daifclr, #8
        mov     x1, #0
        adr     x28, 8f
        ldr     x2, [x27, #8]
        mov     x1, #1
8:      log     x1
        msr     dbgbcr\\n\\()_el1, xzr
        .endm
main:   ldr     x0, =0xa000                     // MDE, KDE
        msr     mdscr_el1, x0
        add     x1, x27, #8
        msr     dbgwvr1_el1, x1
        context 0x12345678, 0x12345678, 4, 0x3001e7, 4
        context 0x12345678, 0x12345678, 5, 0x3001e7, 5
        context 0x12345678, 0x12345679, 4, 0x3001e7, 4  // another context
        context 0x12345678, 0xff12345678, 4, 0x3001e7, 4
        context 0x12345678, 0x12345678, 4, 0x3001e6, 4  // not enabled
        context 0x12345678, 0x12345678, 4, 0x2001e7, 4  // not linked
        context 0x12345678, 0x12345678, 4, 0x3001e7, 5  // the link leads elsewhere
        context 0x12345678, 0x12345678, 3, 0x3001e7, 3  // compares no contexts
        context 0x12345678, 0x12345678, 4, 0x300001, 4
        context 0x12345678, 0x12345678, 4, 0x7001e7, 4
        context 0x12345678, 0x12345678, 4, 0x9001e7, 4
        context 0x12345678, 0x12345678, 4, 0xb001e7, 4
        context 0x12345678, 0x12345678, 4, 0xd001e7, 4
        context 0x12345678, 0x12345678, 4, 0xf001e7, 4
        context 0x12345678, 0x12345678, 4, 0x0001e7, 4
        context 0, 0, 5, 0x3001e7, 9
        msr     mdscr_el1, xzr
        ${end}`,

  "step exceptions that are pending at once, and those that are masked": `
main:   mov     x0, #1
        msr     mdscr_el1, x0
        ldr     x28, =1f
        ${toEl0("user")}
user:   nop
        svc     #1
1:      mov     x0, #1
        msr     oslar_el1, x0
        isb
        ldr     x28, =2f
        ${toEl0("user")}
2:      msr     oslar_el1, xzr
        mov     x0, #0x2001                     // KDE: of EL1 itself
        msr     mdscr_el1, x0
        isb
        ldr     x28, =3f
        msr     daifclr, #8
        nop
3:      msr     daifset, #8
        ldr     x0, =4f
        msr     elr_el1, x0
        ldr     x0, =0x2001c5                   // D clear, SS
        msr     spsr_el1, x0
        ldr     x28, =5f
        eret
4:      nop
        nop
5:      msr     daifset, #8
        msr     mdscr_el1, xzr
        ${end}`,

  "steps that begin when the double lock is opened": `
main:   mov     x0, #1
        msr     osdlr_el1, x0
        mov     x0, #0x2001                     // KDE: of EL1 itself
        msr     mdscr_el1, x0
        isb
        ldr     x28, =1f
        msr     daifclr, #8
        nop
        msr     osdlr_el1, xzr
        add     x1, x1, #1
        add     x1, x1, #1
1:      msr     daifset, #8
        log     x1
        mov     x0, #1                          // opened with D set: the steps begin when it is cleared
        msr     osdlr_el1, x0
        msr     osdlr_el1, xzr
        ldr     x28, =2f
        msr     daifclr, #8
        add     x1, x1, #1
        add     x1, x1, #1
2:      msr     daifset, #8
        log     x1
        msr     mdscr_el1, xzr
        ${end}`,
} as const;
