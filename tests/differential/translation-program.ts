import { writeElf } from "./elf.ts";
import { Random } from "./random.ts";
import { assemble } from "./toolchain.ts";

/**
 * A bare-metal program that walks random page tables: it asks AT, then loads, stores and fetches at random addresses,
 * and leaves PAR_EL1 and the syndromes in RAM. Half of the cases test TTBR1_EL1 with the program in the lower half
 * of the address space, the others TTBR0_EL1 with the program in the upper half.
 */
const CODE = 0x40080000;
const CASES = 0x40200000;
const RESULTS = 0x40800000;
/** Random tables: by granule (4 KB, 64 KB), then by level of the walk. */
const POOL = 0x41000000;
const LEVEL_BYTES = 0x40000;
const POOL_BYTES = 8 * LEVEL_BYTES;
/** Memory full of SVC, where most pages lead. */
const TARGET = 0x42000000;
const TARGET_BYTES = 0x1000000;
const SVC = 0xd4000001;

const PROBES = 6;
/** Four registers, then for each probe the address of data and the one to fetch from. */
const CASE_BYTES = 32 + 16 * PROBES;
/** What a probe leaves, 8 bytes each. */
const FIELDS = [
  "S1E1R", "S1E1W", "S1E0R", "S1E0W",
  "load ESR", "load FAR", "load value", "store ESR", "store FAR", "LDTR ESR", "LDTR FAR", "STTR ESR", "STTR FAR",
  "EL1 fetch ESR", "EL1 fetch FAR", "EL1 fetch ELR", "EL0 fetch ESR", "EL0 fetch FAR", "EL0 fetch ELR", "EL0 fetch SPSR",
]; // prettier-ignore
const PROBE_BYTES = 8 * FIELDS.length;

const source = (cases: number): string => `
        .macro  try operation:vararg
        adr     x28, 8f
        mov     x1, xzr
        mov     x2, xzr
        \\operation
8:      stp     x1, x2, [x21], #16
        .endm
        .macro  ask kind
        at      \\kind, x22
        isb
        mrs     x0, par_el1
        str     x0, [x21], #8
        .endm

        .section .text, "ax"
_start: ldr     x0, =${TARGET}
        ldr     x1, =${TARGET + TARGET_BYTES}
        ldr     w2, =${SVC}
        orr     x2, x2, x2, lsl #32
1:      stp     x2, x2, [x0], #16
        cmp     x0, x1
        b.ne    1b
        adr     x0, level1
        msr     ttbr0_el1, x0
        msr     ttbr1_el1, x0
        ldr     x0, =0xff
        msr     mair_el1, x0
        ldr     x0, =0x280190019                // 39 bits on both sides, 4 KB, 40 bits out
        msr     tcr_el1, x0
        isb
        mrs     x0, sctlr_el1
        orr     x0, x0, #1
        msr     sctlr_el1, x0
        isb
        mov     x24, #0
        ldr     x19, =${CASES} + 0x40000000
        ldr     x20, =${CASES} + 0x40000000 + ${(cases / 2) * CASE_BYTES}
        ldr     x21, =${RESULTS} + 0x40000000
        adr     x0, vectors
        msr     vbar_el1, x0
        bl      run
        // The second half runs in the upper half of the address space.
        mov     x24, #1
        mov     x0, #0xffffff8000000000
        add     x20, x20, #${((cases / 2) * CASE_BYTES) & 0xfff}
        add     x20, x20, #${((cases / 2) * CASE_BYTES) & ~0xfff}
        orr     x19, x19, x0
        orr     x20, x20, x0
        orr     x21, x21, x0
        adr     x1, vectors
        orr     x1, x1, x0
        msr     vbar_el1, x1
        adr     x1, upper
        orr     x1, x1, x0
        adr     x2, level1
        msr     ttbr1_el1, x2
        ldr     x2, =0x280190019
        msr     tcr_el1, x2
        tlbi    vmalle1
        dsb     sy
        isb
        br      x1
upper:  bl      run
        movz    x0, #0x8400, lsl #16            // PSCI SYSTEM_OFF
        movk    x0, #8
        hvc     #0
        b       .

run:    mov     x29, x30
1:      ldp     x0, x1, [x19], #16
        ldp     x2, x3, [x19], #16
        mrs     x4, sctlr_el1
        bic     x4, x4, #1 << 19
        orr     x4, x4, x3
        msr     sctlr_el1, x4
        msr     tcr_el1, x0
        msr     mair_el1, x2
        cbnz    x24, 2f
        msr     ttbr1_el1, x1
        b       3f
2:      msr     ttbr0_el1, x1
3:      isb
        tlbi    vmalle1
        dsb     sy
        isb
        mov     x23, #${PROBES}
4:      ldp     x22, x26, [x19], #16
        bl      probe
        subs    x23, x23, #1
        b.ne    4b
        cmp     x19, x20
        b.ne    1b
        mov     x30, x29
        ret

probe:  mov     x27, x30
        ask     s1e1r
        ask     s1e1w
        ask     s1e0r
        ask     s1e0w
        mov     x10, xzr
        try     ldr     w10, [x22]
        str     x10, [x21], #8
        mov     x11, x1
        try     str     w10, [x22]
        try     ldtr    w12, [x22]
        try     sttr    w10, [x22]
        // Only known words are executed.
        cbnz    x11, 5f
        ldr     w12, =${SVC}
        cmp     w10, w12
        b.eq    5f
        stp     xzr, xzr, [x21], #16
        stp     xzr, xzr, [x21], #16
        stp     xzr, xzr, [x21], #16
        str     xzr, [x21], #8
        ret     x27
5:      mov     x3, xzr
        try     blr     x26
        str     x3, [x21], #8
        mov     x3, #0x3c0
        msr     spsr_el1, x3
        msr     elr_el1, x26
        mov     x3, xzr
        mov     x4, xzr
        try     eret
        stp     x3, x4, [x21], #16
        ret     x27

        .ltorg
        .balign 2048
vectors:
        .rept   16
        .balign 128
        mrs     x1, esr_el1
        mrs     x2, far_el1
        mrs     x3, elr_el1
        mrs     x4, spsr_el1
        mov     x5, #0x3c5
        msr     spsr_el1, x5
        msr     elr_el1, x28
        msr     far_el1, xzr
        eret
        .endr
        .balign 4096
        // The program, read-only, and behind it the same memory to write to.
level1: .quad   0
        .quad   0x40000000 + 0x781
        .quad   0x40000000 + 0x60000000000701
        .balign 4096
`;

const bits = (value: bigint, at: bigint): bigint => value << at;

/** A page of the tables of a level; large tables are aligned to their size. */
function randomTable(random: Random, large: boolean, level: number): number {
  const page = large ? 65536 : 4096;
  return POOL + ((large ? 4 : 0) + level) * LEVEL_BYTES + random.below(LEVEL_BYTES / page) * page;
}

function randomDescriptor(random: Random, large: boolean, level: number): bigint {
  // Blocks stand at levels 1 and 2, with 64 KB pages at level 2. QEMU 7.2 takes the reserved ones for blocks too.
  const blocks = level >= (large ? 2 : 1);
  const table = level < 3 && (!blocks || random.chance(0.5));
  const address = table
    ? BigInt(randomTable(random, large, level + 1))
    : BigInt(TARGET + random.below(TARGET_BYTES >> 12) * 4096);
  let d = address | 1n;
  if (table || (level === 3 && !random.chance(0.05))) d |= 2n;
  if (random.chance(0.05)) d &= ~1n;
  if (random.chance(0.9)) d |= bits(1n, 10n);
  d |= bits(BigInt(random.below(8)), 2n) | bits(BigInt(random.below(4)), 6n) | bits(BigInt(random.below(4)), 8n);
  if (random.chance(0.5)) d |= bits(1n, 11n);
  // UXN, PXN, contiguous; and the limits that a table sets.
  if (random.chance(0.3)) d |= bits(1n, 54n);
  if (random.chance(0.3)) d |= bits(1n, 53n);
  if (random.chance(0.2)) d |= bits(1n, 52n);
  for (const limit of [59n, 60n, 61n, 62n, 63n]) if (random.chance(0.08)) d |= bits(1n, limit);
  if (random.chance(0.03)) d |= bits(1n, BigInt(40 + random.below(8)));
  return d;
}

function randomCase(random: Random, upper: boolean): bigint[] {
  const size = random.chance(0.1) ? random.below(64) : 16 + random.below(24);
  const granule = random.below(10);
  const disabled = random.chance(0.03) ? 1n << 7n : 0n;
  // TG0: 0 is 4 KB, 1 is 64 KB; TG1: 2 and 3. The other values exist too.
  const tg = granule < 5 ? (upper ? 2 : 0) : granule < 9 ? (upper ? 3 : 1) : random.below(4);
  const fields = BigInt(size) | disabled | (BigInt(tg) << 14n);
  const ips = BigInt(random.chance(0.5) ? 2 : random.below(8));
  const tbi = BigInt(random.below(2));
  const tested = upper ? (fields << 16n) | (tbi << 38n) : fields | (tbi << 37n);
  const program = upper ? 25n : (25n << 16n) | (2n << 30n);
  const tcr = tested | program | (ips << 32n);

  const large = tg === (upper ? 3 : 1);
  const level = Math.max(0, 4 - Math.floor((60 - Math.min(size, 55)) / (large ? 13 : 9)));
  let ttbr = BigInt(randomTable(random, large, Math.min(level, 3))) | (BigInt(random.below(65536)) << 48n);
  if (random.chance(0.2)) ttbr += BigInt(random.below(64) * 64);
  // Beyond what IPS allows: nowhere else is there no memory at all, on which AT would abort.
  const physical = 32 + 4 * Math.min(Number(ips), 2);
  if (random.chance(0.03)) ttbr |= 1n << BigInt(physical + random.below(48 - physical));
  const mair = (random.u64() << 8n) | 0xffn;
  const writeNever = random.chance(0.2) ? 1n << 19n : 0n;

  const inside = (1n << BigInt(Math.max(64 - size, 12))) - 1n;
  const addresses = Array.from({ length: PROBES }, () => {
    let va = random.u64() & inside & ~3n;
    if (upper) va |= ~inside;
    if (random.chance(0.1)) va ^= 1n << BigInt(25 + random.below(39));
    if (random.chance(0.2)) va ^= random.u64() & (0xffn << 56n);
    va = upper ? va | (1n << 55n) : va & ~(1n << 55n);
    // A branch takes the tag away.
    return [va, tbi ? BigInt.asIntN(56, va) : va];
  }).flat();
  return [tcr, ttbr, mair, writeNever, ...addresses];
}

export interface TranslationProgram {
  readonly elf: Uint8Array;
  readonly part: { readonly address: number; readonly length: number };
  /** What differs, a line each. */
  compare(expected: Uint8Array, actual: Uint8Array): string[];
}

/** @param cases an even number, at most 4,000. */
export async function translationProgram(seed: number, cases: number): Promise<TranslationProgram> {
  const random = new Random(seed);
  const pool = BigUint64Array.from({ length: POOL_BYTES / 8 }, (_, i) => {
    const place = Math.floor((8 * i) / LEVEL_BYTES);
    return BigInt.asUintN(64, randomDescriptor(random, place >= 4, place % 4));
  });
  const all = Array.from({ length: cases }, (_, i) => randomCase(random, i < cases / 2));
  const records = BigUint64Array.from(all.flat(), (value) => BigInt.asUintN(64, value));
  const elf = writeElf(CODE, [
    { address: CODE, bytes: await assemble(source(cases), CODE) },
    { address: CASES, bytes: new Uint8Array(records.buffer) },
    { address: POOL, bytes: new Uint8Array(pool.buffer) },
  ]);

  return {
    elf,
    part: { address: RESULTS, length: cases * PROBES * PROBE_BYTES },
    compare(expected, actual) {
      const [theirs, ours] = [expected, actual].map((b) => new DataView(b.buffer, b.byteOffset, b.byteLength)) as [
        DataView,
        DataView,
      ];
      const lines: string[] = [];
      const hex = (value: bigint): string => BigInt.asUintN(64, value).toString(16);
      for (let at = 0; at < expected.length; at += 8) {
        const [e, a] = [theirs.getBigUint64(at, true), ours.getBigUint64(at, true)];
        if (e === a) continue;
        const probe = Math.floor(at / PROBE_BYTES);
        const [tcr, ttbr, mair, wxn, ...addresses] = all[Math.floor(probe / PROBES)]!;
        const name = FIELDS[(at % PROBE_BYTES) / 8]!;
        const setting = `tcr ${hex(tcr!)} ttbr ${hex(ttbr!)} mair ${hex(mair!)} wxn ${wxn! ? 1 : 0}`;
        lines.push(
          `probe ${probe} ${name}: ${hex(e)}, ours ${hex(a)}; va ${hex(addresses[2 * (probe % PROBES)]!)} ${setting}`,
        );
      }
      return lines;
    },
  };
}
