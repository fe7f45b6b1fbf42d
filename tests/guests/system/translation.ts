/** SCTLR_EL1 with the MMU, and a table of 4 or 64 KB pages in use. */
const start = (tcr: string): string => `
        set     x1, 0x000000000000ff44          // 0: normal, uncached; 1: normal, cached; 2: device
        msr     mair_el1, x1
        set     x1, ${tcr}
        msr     tcr_el1, x1
        set     x1, TABLES
        msr     ttbr0_el1, x1
        set     x1, TABLES + 0x10000
        msr     ttbr1_el1, x1
        isb
        tlbi    vmalle1
        dsb     sy
        mrs     x1, sctlr_el1
        orr     x1, x1, #1
        msr     sctlr_el1, x1
        isb
`;

/** (table, entry, descriptor): an entry of the table at TABLES + table × 64 KB. */
const entry = (table: number, index: number, descriptor: string): string => `
        set     x1, TABLES + 0x10000 * ${table} + 8 * ${index}
        set     x2, ${descriptor}
        str     x2, [x1]
`;

/** Changes an entry as the architecture asks: break, invalidate, make. */
const change = (table: number, index: number, descriptor: string, va: string): string => `
        set     x1, TABLES + 0x10000 * ${table} + 8 * ${index}
        str     xzr, [x1]
        dsb     ishst
        set     x3, (${va}) >> 12
        tlbi    vae1is, x3
        dsb     ish
        isb
        set     x3, ${va}
        try     ldr     x4, [x3]
        set     x2, ${descriptor}
        str     x2, [x1]
        dsb     ishst
        isb
        try     ldr     x4, [x3]
`;

/** Reads, writes and jumps to an address, from EL1 and EL0, and asks AT. */
const probe = (va: string): string => `
        set     x3, ${va}
        bl      probe
`;

const common = `
probe:  mov     x20, x30
        at      s1e1r, x3
        isb
        mrs     x5, par_el1
        at      s1e1w, x3
        isb
        mrs     x5, par_el1
        at      s1e0r, x3
        isb
        mrs     x5, par_el1
        at      s1e0w, x3
        isb
        mrs     x5, par_el1
        try     ldr     x4, [x3]
        try     ldr     w4, [x3, #4]
        try     str     x3, [x3, #8]
        try     ldtr    x4, [x3]
        try     sttr    x3, [x3, #8]
        try     ldxr    x4, [x3]
        try     blr     x3
        adr     x28, 8f
        msr     elr_el1, x3
        mov     x27, #0x3c0
        msr     spsr_el1, x27
        eret
8:      mov     x28, xzr
        ret     x20

        .set    TABLES, 0x40400000
        .set    TARGET, 0x40800000
`;

/** Fills pages with returns, so that what can be executed comes back; an exception ends it at EL0. */
const fill = `
        set     x1, TARGET
        set     x2, 0xd65f03c0d65f03c0
        mov     x3, #96
1:      str     x2, [x1]
        str     x2, [x1, #8]
        add     x1, x1, #0x1000
        subs    x3, x3, #1
        b.ne    1b
`;

/** Valid, page, accessed, normal cached, inner shareable. */
const PAGE = "0x707";
const BLOCK = "0x705";

export const translation4k = `
main:   ${fill}
        // Level 0 is not used: 39 bits, levels 1 to 3.
        ${entry(0, 0, "0x00000709")}
        ${entry(0, 1, `0x40000000 + ${BLOCK}`)}
        ${entry(0, 2, "TABLES + 0x20000 + 3")}
        ${entry(0, 3, "TABLES + 0x20000 + 3 + (1 << 61)")}
        ${entry(0, 4, "TABLES + 0x20000 + 3 + (1 << 62)")}
        ${entry(0, 5, "TABLES + 0x20000 + 3 + (1 << 60)")}
        ${entry(0, 6, "TABLES + 0x20000 + 3 + (1 << 59)")}
        ${entry(2, 0, "TABLES + 0x30000 + 3")}
        ${entry(2, 1, `TARGET + ${BLOCK}`)}
        ${entry(2, 2, `TARGET + ${BLOCK} + (1 << 6)`)}
        ${entry(2, 4, `0x5000000000 + ${BLOCK}`)}
        ${entry(3, 0, `TARGET + ${PAGE}`)}
        ${entry(3, 1, `TARGET + 0x1000 + ${PAGE} + (1 << 6)`)}
        ${entry(3, 2, `TARGET + 0x2000 + ${PAGE} + (1 << 7)`)}
        ${entry(3, 3, `TARGET + 0x3000 + ${PAGE} + (3 << 6)`)}
        ${entry(3, 4, "TARGET + 0x4000 + 0x307")}
        ${entry(3, 5, `TARGET + 0x5000 + ${PAGE} + (1 << 53)`)}
        ${entry(3, 6, `TARGET + 0x6000 + ${PAGE} + (1 << 54) + (1 << 6)`)}
        ${entry(3, 7, "TARGET + 0x7000 + 0x70b")}
        ${entry(3, 8, `TARGET + 0x8000 + 0x705`)}
        ${entry(3, 9, `TARGET + 0x9000 + ${PAGE} + (1 << 11) + (3 << 6)`)}
        ${entry(3, 10, `0x0f000000 + ${PAGE} + (1 << 6)`)}
        // 16 pages as one.
        ${Array.from({ length: 16 }, (_, n) => entry(3, 16 + n, `TARGET + 0x10000 + 0x1000 * ${n} + ${PAGE} + (1 << 52) + (1 << 6)`)).join("")}
        // The upper half: the same tables, by its own root.
        ${entry(1, 511, "TABLES + 0x20000 + 3")}
        ${start("0x280190019 + (1 << 37)")}
        ${Array.from({ length: 12 }, (_, n) => probe(`0x80000000 + 0x1000 * ${n}`)).join("")}
        ${["0x80010000", "0x8001f000", "0x80200000", "0x80400000", "0x80600000", "0x80800000", "0xc0000000", "0xc0001000"].map(probe).join("")}
        ${["0x100001000", "0x140001000", "0x180001000", "0x1c0000000", "0x8000000000", "0x5a00000080001000"].map(probe).join("")}
        ${["0xffffffffc0001000", "0xffffffff80000000", "0xffffff0000000000", "0x0080000080001000"].map(probe).join("")}
        // An access over two pages, of which the second is not there, or not writable.
        set     x3, 0x80000ffc
        try     ldr     x4, [x3]
        set     x3, 0x80001ffc
        try     str     x4, [x3]
        set     x3, 0x8000bffc
        try     ldp     x4, x5, [x3]
        ${change(3, 0, `TARGET + 0x1000 + ${PAGE}`, "0x80000000")}
        ${change(3, 0, `TARGET + ${PAGE}`, "0x80000000")}
        ${change(2, 1, "TABLES + 0x30000 + 3", "0x80200000")}
        // Without an invalidation: a table that was never valid.
        ${entry(2, 5, "TABLES + 0x30000 + 3")}
        dsb     ishst
        isb
        ${probe("0x80a00000")}
        // Other tables by ASID and TTBR0_EL1.
        set     x1, TABLES + (5 << 48)
        msr     ttbr0_el1, x1
        isb
        ${probe("0x80000000")}
        tlbi    aside1, x1
        dsb     ish
        isb
        // Writable means not executable.
        mrs     x0, sctlr_el1
        ${entry(0, 1, `0x40000000 + ${BLOCK} + (1 << 7)`)}
        orr     x1, x0, #(1 << 19)
        dsb     ish
        isb
        msr     sctlr_el1, x1
        isb
        tlbi    vmalle1
        dsb     ish
        isb
        ${probe("0x80000000")}
        bic     x0, x0, #1
        msr     sctlr_el1, x0
        isb
        b       done
        ${common}`;

export const translation64k = `
main:   ${fill}
        // 42 bits: levels 2 and 3.
        ${entry(0, 0, "0x00000709")}
        ${entry(0, 2, `0x40000000 + ${BLOCK}`)}
        ${entry(0, 3, "TABLES + 0x20000 + 3")}
        ${entry(0, 4, `0x40000000 + ${BLOCK} + (1 << 6)`)}
        ${entry(0, 5, "TABLES + 0x20000 + 3 + (2 << 61)")}
        ${entry(2, 0, `TARGET + ${PAGE}`)}
        ${entry(2, 1, `TARGET + 0x10000 + ${PAGE} + (1 << 6)`)}
        ${entry(2, 2, `TARGET + 0x20000 + ${PAGE} + (2 << 6)`)}
        ${entry(2, 3, "TARGET + 0x30000 + 0x307")}
        ${entry(2, 4, `TARGET + 0x40000 + ${PAGE} + (1 << 54)`)}
        ${entry(2, 5, "TARGET + 0x50000 + 0x705")}
        ${entry(2, 6, `0x1000000000000 - 0x10000 + ${PAGE}`)}
        ${Array.from({ length: 32 }, (_, n) => entry(2, 32 + n, `TARGET + 0x10000 * ${n % 6} + ${PAGE} + (1 << 52)`)).join("")}
        ${entry(1, 8191, "TABLES + 0x20000 + 3")}
        ${start("0x2c0164016")}
        ${Array.from({ length: 8 }, (_, n) => probe(`0x60000000 + 0x10000 * ${n}`)).join("")}
        ${["0x60200000", "0x603f0000", "0x60008000", "0x80800000", "0xa0000000", "0xa0010000", "0xc0000000", "0x40000000000"].map(probe).join("")}
        ${["0xffffffffe0010000", "0xffffffffc0000000", "0xfffffbffffff0000"].map(probe).join("")}
        set     x3, 0x6000fffc
        try     ldr     x4, [x3]
        set     x3, 0x6000fffc
        try     str     x4, [x3]
        set     x3, 0x6002fffc
        try     ldr     x4, [x3]
        ${change(2, 0, `TARGET + 0x10000 + ${PAGE}`, "0x60000000")}
        ${change(2, 0, `TARGET + ${PAGE}`, "0x60000000")}
        // The same, read by 4 KB pages.
        ${probe("0x60010000")}
        mrs     x0, sctlr_el1
        bic     x0, x0, #1
        msr     sctlr_el1, x0
        isb
        b       done
        ${common}`;
