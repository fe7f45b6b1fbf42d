import { Scanner } from "../../src/engine/translator/scan.ts";
import { arm64 } from "../../src/isa/arm64/index.ts";
import { Decoder } from "../../src/isa/index.ts";
import type { Random } from "./random.ts";

/**
 * Random programs of several blocks: loops, calls and returns, indirect branches, stores into the running page.
 * X0 to X15 and V0 to V15 are the bodies' own; X17 counts rounds, X18 and X19 hold addresses and instructions, X26
 * points to data, X22 to X24 make chances, X25 and X27 help to patch, X28 belongs to the handler of faults, X29 counts interrupts.
 */
export interface BlockProgram {
  readonly words: readonly number[];
  /** Where blocks begin: indexes of words. */
  readonly starts: readonly number[];
}

const decoder = new Decoder(arm64.instructions);
const scanner = new Scanner(arm64);
/** What leaves the program, or changes how the CPU runs it. */
const left =
  /^(ERET|HINT|SVC|HVC|SMC|MSR|MRS|SYS|BRK|HLT|DCPS|UDF|B|BL|B\.cond|CBZ.*|TBZ.*|BR|BLR|RET)$|^(CBZ|TBZ|MRS|MSR|SYS|DC |IC |AT |TLBI|B,)/;
const rows = arm64.instructions.filter((row) => row.todo === undefined && !left.test(row.name));

/** A word, or one that depends on where it stands. */
type Item = number | ((at: number, starts: readonly number[]) => number);

/** Any instruction on the first 16 registers, except branches and system instructions. Most are of the kinds that are translated. */
function bodyWord(random: Random): number {
  for (const any = random.chance(0.15); ;) {
    const row = random.pick(rows);
    let word = row.pattern.value | (random.u32() & ~row.pattern.mask);
    for (const { name, lsb, width } of row.pattern.fields) if (width === 5 && /^r/i.test(name)) word &= ~(0x10 << lsb);
    word >>>= 0;
    if (decoder.row(word) === row && (any || scanner.at(Uint32Array.of(word), 0, 0).summary.translatable)) return word;
  }
}

const address = (register: number, words: number): number => 0x10000000 | ((words & 0x7ffff) << 5) | register;
const RET = 0xd65f03c0;

/** MOV Wn, #word: two instructions. */
const move = (register: number, word: number): number[] => [
  0x52800000 | ((word & 0xffff) << 5) | register,
  0x72a00000 | ((word >>> 16) << 5) | register,
];

/** The number of a block and the distance from its start, in words. */
type Place = readonly [block: number, words: number];

const adr =
  (register: number, [block, words]: Place): Item =>
  (at, starts) =>
    address(register, starts[block]! + words - at);

const PATCH_WORDS = 12;

/** At times puts one of two instructions where the other one is, at a place that may be about to run; and one beside the program. */
function patch(place: Place, words: readonly [number, number]): Item[] {
  return [
    // UBFX X25, X24, #32, #3; CBNZ X25, over the rest
    ...[0xd3608b19, 0xb5000019 | ((PATCH_WORDS - 1) << 5)],
    adr(18, place),
    ...[...move(19, words[0]), ...move(27, words[1])],
    // LDR W25, [X18]; CMP W25, W19; CSEL W19, W27, W19, EQ; STR W19, [X18]; STR W19, [X18, #512]
    ...[0xb9400259, 0x6b13033f, 0x1a930373, 0xb9000253, 0xb9020253],
  ];
}

/** Ways out of block `own`: by chance to `second`, else, most of them, to `other` or on. */
function exit(random: Random, own: number, other: number, second: number): Item[] {
  const to =
    (base: number, bits: number, shift: number, block = other): Item =>
    (at, starts) =>
      base | (((starts[block]! - at) & ((1 << bits) - 1)) << shift);
  // MADD X24, X24, X23, X22: other bits each time; TBZ X24.
  const chance: Item[] = [0x9b175b18, to(0xb6000018 | (random.below(32) << 19), 14, 5, second)];
  const register = random.below(16);
  const condition = random.below(14);
  const ways: readonly (() => Item[])[] = [
    () => [to(0x54000000 | condition, 19, 5)],
    () => [to(0xb4000000 | (random.below(2) << 24) | register, 19, 5)],
    () => [to(0x36000000 | (random.below(2) << 24) | (random.below(32) << 19) | register, 14, 5)],
    // SUBS X17, X17, #1; B.NE: rounds of this block, which X17 bounds.
    () => [0xf1000631, to(0x54000001, 19, 5, own)],
    () => [to(0x14000000, 26, 0)],
    () => [to(0x94000000, 26, 0)],
    // BLR X19
    () => [adr(19, [other, 0]), 0xd63f0260],
    // CSEL X18, X18, X19, condition; BR X18
    () => [adr(18, [own, 0]), adr(19, [other, 0]), 0x9a930252 | (condition << 12), 0xd61f0240],
    () => [RET],
  ];
  return [...chance, ...random.pick(ways)()];
}

export function blockProgram(random: Random): BlockProgram {
  const count = 4 + random.below(6);
  const bodies = Array.from({ length: count }, () =>
    Array.from({ length: 1 + random.below(6) }, () => bodyWord(random)),
  );
  const patches = bodies.map(() => random.chance(0.4));
  const firstPart = (block: number): number => (block === 0 ? 1 : 0) + (patches[block] ? PATCH_WORDS : 0);
  const blocks = bodies.map((body, own): Item[] => {
    // A pointer for the body's accesses: ADD Xn, X26, #offset.
    if (random.chance(0.5)) body[0] = 0x91000000 | (random.below(4096) << 10) | (26 << 5) | random.below(16);
    const block = [...body, ...exit(random, own, random.below(count), random.below(count))];
    if (patches[own]) {
      const patched = random.chance(0.5) ? own : random.below(count);
      const word = firstPart(patched) + random.below(bodies[patched]!.length);
      block.unshift(...patch([patched, word], [bodyWord(random), bodyWord(random)]));
    }
    // MOV X17, #rounds
    return own === 0 ? [0xd2800011 | ((2 + random.below(30)) << 5), ...block] : block;
  });
  // From the last block back to the first.
  blocks.at(-1)!.push((at) => 0x14000000 | (-at & 0x3ffffff));
  const starts: number[] = [];
  let length = 0;
  for (const block of blocks) {
    starts.push(length);
    length += block.length;
  }
  const items = blocks.flat();
  return { starts, words: items.map((item, at) => (typeof item === "number" ? item : item(at, starts)) >>> 0) };
}

export const disassembly = ({ words }: BlockProgram, base: number): string =>
  words.map((word, at) => `${at}: ${decoder.disassemble(word, BigInt(base + at * 4))}`).join("\n");
