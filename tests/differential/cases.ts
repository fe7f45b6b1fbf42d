import { Decoder, type Handler } from "../../src/isa/index.ts";
import type { Case, Row } from "./case.ts";
import { entryOf } from "./case.ts";
import { slot, window } from "./layout.ts";
import type { Random } from "./random.ts";
import { randomRegister, randomVectors } from "./values.ts";

/** Rows that cannot stand in a slot: they stop, leave it, take away what the runner stands on, or read the host's time. */
const excluded = new RegExp(
  [
    "^(HVC|ERET|DRPS|WFI)$",
    "^MSR (SCTLR|TTBR[01]|TCR|VBAR|MAIR|MDSCR|MDCCINT|OSLAR|OSDLR|DBG\\w+|PM\\w+|CNT\\w+)(_EL\\d)?$",
    "^MRS (CNT[PV]CT|CNT[PV]_TVAL|PMCCNTR|PMXEVCNTR|PMEVCNTR\\d)_EL0$",
    // QEMU leaves the destination of this read as it was.
    "^MRS MDCCINT_EL1$",
    // These differ on purpose: the CPU has no AArch32 (docs/architecture.md).
    "^MRS (ID_(PFR|DFR|AFR|MMFR|ISAR)\\d|MVFR\\d|ID_AA64PFR0)_EL1$",
  ].join("|"),
);

export const checkedByProgram = (name: string): boolean => !excluded.test(name);

const bits = (word: number, high: number, low: number): number => (word >>> low) & (2 ** (high - low + 1) - 1);

export const isLoadStore = (word: number): boolean => (bits(word, 28, 25) & 5) === 4;
export const isBranch = (word: number): boolean => bits(word, 28, 26) === 5;
const isLiteralLoad = (word: number): boolean => bits(word, 29, 27) === 3 && bits(word, 24, 24) === 0;
const isRegisterOffset = (word: number): boolean =>
  bits(word, 29, 27) === 7 && bits(word, 24, 24) === 0 && bits(word, 21, 21) === 1 && bits(word, 11, 10) === 2;
const isSystem = (word: number): boolean => bits(word, 31, 22) === 0b1101010100;
/** SYS: cache maintenance, address translation. */
const isAddressOperation = (word: number): boolean => isSystem(word) && bits(word, 21, 19) === 1;
/** MSR DAIFSet, DAIFClr: trapped from EL0, QEMU swaps op1 and op2 in the syndrome. */
const isMaskChange = (word: number): boolean => isSystem(word) && bits(word, 21, 12) === 0x034;
/** The hints that wait for something. */
const waits = (word: number): boolean => word === 0xd503205f || word === 0xd503207f;

/** Makes cases from the rows of an instruction table. */
export class CaseMaker {
  readonly handlers: readonly Handler<never>[];
  private readonly decoder: Decoder<never>;

  constructor(
    rows: readonly Row[],
    private readonly random: Random,
  ) {
    this.decoder = new Decoder(rows);
    this.handlers = this.decoder.handlers.filter(({ insn }) => checkedByProgram(insn.name));
  }

  /** A case about one handler; undefined when no allowed word was found. */
  make(handler: Handler<never>, index: number): Case | undefined {
    const first = this.word(handler);
    if (first === undefined) return undefined;
    const words = [first];
    if (!isBranch(first) && this.random.chance(0.25)) {
      for (let n = this.random.below(slot.maxInstructions); n > 0; n--) {
        const word = this.word(this.random.pick(this.handlers));
        if (word !== undefined && !isBranch(word)) words.push(word);
      }
    }
    return this.around(handler.insn.name, words, index);
  }

  /** A random word that the table says is unallocated. */
  unallocated(index: number): Case {
    for (;;) {
      const word = this.random.u32();
      if (this.decoder.row(word) === undefined && !isSystem(word) && !isBranch(word))
        return this.around("unallocated", [word], index);
    }
  }

  /** A load exclusive and a store exclusive of the same size, sometimes with something between. */
  exclusivePair(index: number): Case {
    const { random } = this;
    const [rn, rt, rt2, rs, rd] = this.distinct(5) as [number, number, number, number, number];
    const size = random.below(4) << 30;
    const pair = size >>> 30 >= 2 && random.chance(0.3) ? 1 << 21 : 0;
    const ordered = random.below(2) << 15;
    const registers = (rn << 5) | rt | (rt2 << 10);
    const load = size | 0x085f0000 | pair | ordered | (pair ? registers : registers | (31 << 10));
    const store = size | 0x08000000 | pair | ordered | (rs << 16) | (rn << 5) | rd | ((pair ? rt2 : 31) << 10);
    const between = [
      [],
      [],
      [0xd5033f5f], // clrex
      [0x39000000 | (rn << 5) | rt], // strb of the value just loaded
      [0x39000000 | (rn << 5) | rd],
      [0xd503201f],
    ];
    const words = [load, ...random.pick(between), store].map((word) => word >>> 0);
    const made = this.around("exclusive pair", words, index);
    const offset = random.chance(0.9) ? random.below(0x200) * 16 : random.below(0x2000);
    made.x[rn] = window + 0x1000n + BigInt(offset);
    return made;
  }

  /** State around instructions: bases that point at the scratch pages, targets that stay in the slot. */
  private around(about: string, words: readonly number[], index: number): Case {
    const { random } = this;
    const x = BigUint64Array.from({ length: 32 }, () => randomRegister(random));
    for (const word of words) {
      if (isLoadStore(word)) x[bits(word, 9, 5)] = this.base();
      if (isAddressOperation(word)) x[bits(word, 4, 0)] = this.base();
      if (isRegisterOffset(word) && bits(word, 20, 16) !== bits(word, 9, 5) && random.chance(0.8)) {
        const offset = BigInt(random.below(64) - 16);
        x[bits(word, 20, 16)] = BigInt.asUintN(64, random.chance(0.5) ? offset : offset & 0xffffffffn);
      }
      if (isBranch(word) && bits(word, 31, 25) === 0b1101011) x[bits(word, 9, 5)] = this.target(index);
    }
    if (!words.some(isLoadStore)) x[31] = random.u64() & ~15n;
    const mode = words.some(isMaskChange) || random.chance(0.7) ? 5n : random.chance(0.9) ? 0n : 4n;
    const illegal = random.chance(0.005) ? 1n << 20n : 0n;
    const trapped = random.chance(0.04);
    return {
      about,
      words,
      x,
      spsr: (BigInt(random.below(16)) << 28n) | illegal | 0x3c0n | mode,
      cpacr: trapped ? BigInt(random.below(4)) << 20n : 3n << 20n,
      // AHP, DN, FZ, RMode.
      fpcr: random.chance(0.5) ? 0n : BigInt(random.below(32)) << 22n,
      fpsr: random.pick([0n, 0x10n, 0x10n, BigInt(random.u32() & 0x0800009f)]),
      v: randomVectors(random),
    };
  }

  /** An address for loads and stores: mostly in the scratch pages, often at a page's edge. */
  private base(): bigint {
    const { random } = this;
    // Even: QEMU's monitor, when open, holds the address -1.
    if (random.chance(0.06)) return randomRegister(random) & ~1n;
    const at = random.chance(0.2)
      ? 0x1000 * (1 + random.below(6)) - 32 + random.below(64)
      : random.chance(0.85)
        ? 0x1200 + random.below(0x1c00)
        : random.below(0x7000);
    return window + BigInt(random.chance(0.7) ? at & ~15 : at);
  }

  /** Where an indirect branch goes: a BRK of the slot, or nowhere good. */
  private target(index: number): bigint {
    const { random } = this;
    // Aligned: QEMU looks for the code before it looks at the alignment.
    if (random.chance(0.1)) return (random.u64() | (1n << 50n)) & ~3n;
    if (random.chance(0.1)) return window + BigInt(random.below(0x7000) & ~3);
    return BigInt(entryOf(index) + 4 * this.hop()) + (random.chance(0.1) ? BigInt(random.below(4)) : 0n);
  }

  /** Words from the instruction to a BRK of its slot. */
  private hop(): number {
    const n = this.random.below(slot.words - 1) - slot.entryWord;
    return n >= 0 ? n + 1 : n;
  }

  private distinct(count: number): number[] {
    const chosen = new Set<number>();
    while (chosen.size < count) chosen.add(this.random.below(31));
    return [...chosen];
  }

  /** A word of a handler's row and split that is allocated, decodes as that row and is predictable. */
  private word({ insn, split }: Handler<never>): number | undefined {
    for (let attempt = 0; attempt < 50; attempt++) {
      const { pattern } = insn;
      const fieldMask = pattern.fields.reduce((mask, { lsb, width }) => mask | ((2 ** width - 1) << lsb), 0);
      // Bits that do not matter are given at random too.
      let word = (pattern.value | (this.random.u32() & ~pattern.mask & ~fieldMask)) >>> 0;
      for (const { name, lsb, width } of pattern.fields) {
        word = (word | ((split[name] ?? this.field(name, width)) << lsb)) >>> 0;
      }
      word = this.tamed(word);
      if (this.decoder.row(word) === insn && predictable(word) && !waits(word)) return word;
    }
    return undefined;
  }

  private field(name: string, width: number): number {
    const { random } = this;
    const all = 2 ** width - 1;
    if (/^r/.test(name) && width === 5) return random.chance(0.1) ? 31 : random.below(32);
    if (random.chance(0.1)) return all;
    return random.chance(0.1) ? 0 : random.u32() & all;
  }

  /** Keeps offsets small enough to hit something. */
  private tamed(word: number): number {
    const { random } = this;
    const replace = (lsb: number, width: number, value: number): number => {
      const mask = ((2 ** width - 1) << lsb) >>> 0;
      return ((word & ~mask) | ((value << lsb) & mask)) >>> 0;
    };
    if (isLoadStore(word)) {
      if (isLiteralLoad(word)) return replace(5, 19, random.chance(0.8) ? random.below(32) - 16 : random.below(4096));
      const scaled = bits(word, 29, 27) === 7 && bits(word, 24, 24) === 1;
      if (scaled && random.chance(0.8)) return replace(10, 12, random.below(64));
    }
    if (isBranch(word)) {
      if (bits(word, 30, 26) === 0b00101) return replace(0, 26, random.chance(0.9) ? this.hop() : 0x1800000);
      if (bits(word, 31, 25) === 0b0101010 || bits(word, 30, 25) === 0b011010) return replace(5, 19, this.hop());
      if (bits(word, 30, 25) === 0b011011) return replace(5, 14, this.hop());
    }
    return word;
  }
}

/** False for the encodings that the manual leaves CONSTRAINED UNPREDICTABLE. */
function predictable(word: number): boolean {
  if (!isLoadStore(word)) return true;
  const [rt, rn, rt2, rs] = [bits(word, 4, 0), bits(word, 9, 5), bits(word, 14, 10), bits(word, 20, 16)];
  const group = bits(word, 29, 27);
  const vector = bits(word, 26, 26) === 1;
  const load = bits(word, 22, 22) === 1;
  if (group === 1 && !vector) {
    const isPair = bits(word, 21, 21) === 1;
    if (load) return !isPair || rt !== rt2;
    return rs !== rt && (rs !== rn || rn === 31) && (!isPair || rs !== rt2);
  }
  if (group === 5) {
    const writesBack = bits(word, 23, 23) === 1 && rn !== 31;
    if (load && rt === rt2) return false;
    return vector || !writesBack || (rt !== rn && rt2 !== rn);
  }
  const writesBack = group === 7 && bits(word, 24, 24) === 0 && bits(word, 21, 21) === 0 && bits(word, 10, 10) === 1;
  return vector || !writesBack || rn === 31 || rt !== rn;
}
