import { Decoder, type Handler } from "../../src/isa/index.ts";
import type { Cases, Row } from "./case.ts";
import { caseRecord, slot, window } from "./layout.ts";
import type { Random } from "./random.ts";
import { Values } from "./values.ts";

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

const isLoadStore = (word: number): boolean => (bits(word, 28, 25) & 5) === 4;
const isBranch = (word: number): boolean => bits(word, 28, 26) === 5;
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

const decoders = new WeakMap<readonly Row[], Decoder<never>>();
function decoderOf(rows: readonly Row[]): Decoder<never> {
  let decoder = decoders.get(rows);
  if (!decoder) decoders.set(rows, (decoder = new Decoder(rows)));
  return decoder;
}

/** DC ZVA, which writes. */
const isZero = (word: number): boolean => (word & ~31) >>> 0 === 0xd50b7420;

/** Writes 64 bits at a word. */
function set(state: Int32Array, at: number, low: number, high: number): void {
  state[at] = low;
  state[at + 1] = high;
}
const WINDOW_HIGH = Number(window >> 32n);
const WINDOW_LOW = Number(window & 0xffffffffn);

/** What is known of a handler before its words are made. */
interface Plan {
  /** Bits that do not matter. */
  readonly free: number;
  readonly value: number;
  readonly fields: readonly { lsb: number; width: number; register: boolean }[];
}

function planOf({ insn, split }: Handler<never>): Plan {
  const { pattern } = insn;
  let [free, { value }] = [~pattern.mask, pattern];
  for (const { name, lsb, width } of pattern.fields) {
    free &= ~((2 ** width - 1) << lsb);
    value |= (split[name] ?? 0) << lsb;
  }
  const open = pattern.fields.filter(({ name }) => split[name] === undefined);
  const fields = open.map(({ name, lsb, width }) => ({ lsb, width, register: /^r/.test(name) && width === 5 }));
  return { free, value, fields };
}

/** Makes cases from the rows of an instruction table. */
export class CaseMaker {
  readonly handlers: readonly Handler<never>[];
  private readonly plans = new Map<Handler<never>, Plan>();
  private readonly decoder: Decoder<never>;
  private readonly values: Values;

  constructor(
    rows: readonly Row[],
    private readonly random: Random,
    private readonly cases: Cases,
  ) {
    this.decoder = decoderOf(rows);
    this.handlers = this.decoder.handlers.filter(({ insn }) => checkedByProgram(insn.name));
    this.values = new Values(random);
  }

  /** Adds cases about one handler, all of the same instructions; false when no allowed word was found. */
  add(handler: Handler<never>, count = 1): boolean {
    const first = this.word(handler);
    if (first === undefined) return false;
    const words = [first];
    if (!isBranch(first) && this.random.chance(0.25)) {
      for (let n = this.random.below(slot.maxInstructions); n > 0; n--) {
        const word = this.word(this.random.pick(this.handlers));
        if (word !== undefined && !isBranch(word)) words.push(word);
      }
    }
    this.cases.addSlot(handler.insn.name, words);
    for (let n = 0; n < count; n++) this.around(words);
    return true;
  }

  /** A random word that the table says is unallocated. */
  addUnallocated(): void {
    for (;;) {
      const word = this.random.u32();
      if (this.decoder.row(word) !== undefined || isSystem(word) || isBranch(word)) continue;
      this.cases.addSlot("unallocated", [word]);
      return void this.around([word]);
    }
  }

  /** A load exclusive and a store exclusive of the same size, sometimes with something between. */
  addExclusivePair(): void {
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
    this.cases.addSlot("exclusive pair", words);
    const { state, at } = this.around(words);
    const offset = random.chance(0.9) ? random.below(0x200) * 16 : random.below(0x2000);
    set(state, at + 2 * rn, WINDOW_LOW + 0x1000 + offset, WINDOW_HIGH);
  }

  /** State around instructions: bases that point at the scratch pages, targets that stay in the slot. */
  private around(words: readonly number[]): ReturnType<Cases["add"]> {
    const { random, values } = this;
    const made = this.cases.add();
    const { state, at, entry } = made;
    for (let n = 0; n < 32; n++) values.register(state, at + 2 * n);
    for (const word of words) {
      if (!isRegisterOffset(word) || bits(word, 20, 16) === bits(word, 9, 5) || !random.chance(0.8)) continue;
      const offset = random.below(64) - 16;
      set(state, at + 2 * bits(word, 20, 16), offset, offset < 0 && random.chance(0.5) ? -1 : 0);
    }
    // After the offsets, which may be of other instructions in the case.
    for (const word of words) {
      if (isLoadStore(word)) this.base(state, at + 2 * bits(word, 9, 5));
      if (isAddressOperation(word)) this.base(state, at + 2 * bits(word, 4, 0));
      if (isBranch(word) && bits(word, 31, 25) === 0b1101011) this.target(state, at + 2 * bits(word, 9, 5), entry);
    }
    if (!words.some(isLoadStore)) set(state, at + caseRecord.sp / 4, random.u32() & ~15, random.u32());
    const mode = words.some(isMaskChange) || random.chance(0.7) ? 5 : random.chance(0.9) ? 0 : 4;
    const illegal = random.chance(0.005) ? 1 << 20 : 0;
    const trapped = random.chance(0.04);
    set(state, at + caseRecord.spsr / 4, (random.below(16) << 28) | illegal | 0x3c0 | mode, 0);
    set(state, at + caseRecord.cpacr / 4, (trapped ? random.below(4) : 3) << 20, 0);
    // AHP, DN, FZ, RMode.
    set(state, at + caseRecord.fpcr / 4, random.chance(0.5) ? 0 : random.below(32) << 22, 0);
    set(state, at + caseRecord.fpsr / 4, random.pick([0, 0x10, 0x10, random.u32() & 0x0800009f]), 0);
    values.vectors(state, at + caseRecord.v / 4);
    const looks = random.chance(0.01) || words.some((word) => isLoadStore(word) || isZero(word));
    set(state, at + caseRecord.looks / 4, looks ? 1 : 0, 0);
    return made;
  }

  /** An address for loads and stores: mostly in the scratch pages, often at a page's edge. */
  private base(state: Int32Array, to: number): void {
    const { random } = this;
    if (random.chance(0.06)) {
      this.values.register(state, to);
      // Even: QEMU's monitor, when open, holds the address -1.
      state[to]! &= ~1;
      return;
    }
    const at = random.chance(0.2)
      ? 0x1000 * (1 + random.below(6)) - 32 + random.below(64)
      : random.chance(0.85)
        ? 0x1200 + random.below(0x1c00)
        : random.below(0x7000);
    set(state, to, WINDOW_LOW + (random.chance(0.7) ? at & ~15 : at), WINDOW_HIGH);
  }

  /** Where an indirect branch goes: a BRK of the slot, or nowhere good. */
  private target(state: Int32Array, to: number, entry: number): void {
    const { random } = this;
    // Aligned: QEMU looks for the code before it looks at the alignment.
    if (random.chance(0.1)) set(state, to, random.u32() & ~3, random.u32() | (1 << 18));
    else if (random.chance(0.1)) set(state, to, WINDOW_LOW + (random.below(0x7000) & ~3), WINDOW_HIGH);
    else set(state, to, entry + 4 * this.hop() + (random.chance(0.1) ? random.below(4) : 0), 0);
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
  private word(handler: Handler<never>): number | undefined {
    const { free, value, fields } = this.planOf(handler);
    for (let attempt = 0; attempt < 50; attempt++) {
      // Bits that do not matter are given at random too.
      let word = value | (this.random.u32() & free);
      for (const { lsb, width, register } of fields) word |= this.field(register, width) << lsb;
      word = this.tamed(word >>> 0);
      if (this.decoder.row(word) === handler.insn && predictable(word) && !waits(word)) return word;
    }
    return undefined;
  }

  private planOf(handler: Handler<never>): Plan {
    let plan = this.plans.get(handler);
    if (!plan) this.plans.set(handler, (plan = planOf(handler)));
    return plan;
  }

  private field(register: boolean, width: number): number {
    const { random } = this;
    const all = 2 ** width - 1;
    if (register) return random.chance(0.1) ? 31 : random.below(32);
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
