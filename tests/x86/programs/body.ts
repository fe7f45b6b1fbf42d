import { writeInstruction } from "../../../src/isa/x86/disassembly.ts";
import { readInstruction } from "../../../src/isa/x86/guest.ts";
import { CODE_32_FLAT, CODE_64 } from "../../../src/isa/x86/modes.ts";
import { RSP } from "../../../src/isa/x86/state.ts";
import { simd } from "../../../src/isa/x86/simd-rows.ts";
import { x87 } from "../../../src/isa/x86/x87-rows.ts";
import { ARENA, ARENA_BYTES, type Change } from "../case.ts";
import type { FpuImages } from "../fpu-image.ts";
import { makeCase, type Subject, subjects } from "../generate.ts";
import type { Random } from "../random.ts";
import type { Fixup, Unit } from "./program.ts";

const modeOf = (long: boolean): number => (long ? CODE_64 : CODE_32_FLAT);
const [vectors, floats] = [new Set(simd), new Set(x87)];

/** What goes elsewhere; stores pointers of x87, which processors keep differently; or is approximated. */
const left = /^(J|CALL|RET|LOOP|FXSAVE|FNSTENV|FNSAVE)/;

/** What bodies are made of: kinds of rows, with the splits of each. */
function rowsOf(long: boolean): Subject[][][] {
  // Signal frames of 32-bit code hold x87 in another form, which the emulator that runs it leaves out.
  const known = subjects().filter(({ row }) => long || (!vectors.has(row) && !floats.has(row)));
  const all = known.filter((one) => one.long === long && !left.test(one.row.name));
  const exact = all.filter(({ row }) => !row.transcendental && row.approximateBits === 0);
  const kinds = [
    exact.filter(({ row }) => !vectors.has(row) && !floats.has(row)),
    exact.filter(({ row }) => vectors.has(row)),
    exact.filter(({ row }) => floats.has(row)),
  ];
  return kinds.map((kind) => byRow(kind)).filter(({ length }) => length > 0);
}
function byRow(kind: readonly Subject[]): Subject[][] {
  const found = new Map<unknown, Subject[]>();
  for (const one of kind) found.set(one.row, [...(found.get(one.row) ?? []), one]);
  return [...found.values()];
}
const rows = { 64: rowsOf(true), 32: rowsOf(false) };

/** Intel's. */
export function textOf(code: Uint8Array, long: boolean, address = 0n): string {
  const found = readInstruction(code, modeOf(long));
  return found ? writeInstruction(found, { mode: modeOf(long), address, codeBase: 0n }, "intel").text : "(bad)";
}

const little = (value: bigint, bytes: number): number[] =>
  Array.from({ length: bytes }, (_, n) => Number((value >> BigInt(8 * n)) & 0xffn));

/** MOV register, value; no flag changes. */
export function setRegister(long: boolean, n: number, value: bigint): number[] {
  const short = value < 2n ** 32n;
  const rex = (short ? 0 : 0x48) | (n >> 3);
  return [...(long && rex ? [0x40 | rex] : []), 0xb8 | (n & 7), ...little(value, short ? 4 : 8)];
}

/** CMP EAX, ...: all flags are defined again. */
const DEFINE_FLAGS = [0x3d, 0x10, 0x32, 0x54, 0x76];
/** FNCLEX; FXAM: all conditions are. */
const DEFINE_CONDITIONS = [
  [0xdb, 0xe2],
  [0xd9, 0xe5],
];
/** In the upper half of the arena, with room on both sides. */
const STACK = ARENA + (ARENA_BYTES * 3) / 4;

/** Makes units; what they expect in memory is written down in `changes`. */
export class BodyMaker {
  readonly changes: Change[] = [];

  constructor(
    readonly long: boolean,
    private readonly random: Random,
    private readonly images: FpuImages,
  ) {}

  /** One after the other. */
  unit(parts: readonly (readonly number[])[], fixups: readonly Fixup[] = []): Unit {
    const places: number[] = [];
    let at = 0;
    for (const part of parts) {
      if (at > 0) places.push(at);
      at += part.length;
    }
    return { bytes: parts.flat(), fixups, places };
  }

  stackPointer(): Unit {
    const value = STACK + 8 * this.random.between(-64, 64);
    return this.unit([setRegister(this.long, RSP, BigInt(value))]);
  }

  /** Any instruction, with what it needs before it. */
  instruction(): Unit {
    const { long, random } = this;
    for (;;) {
      const kinds = rows[long ? 64 : 32];
      const kind = random.pick([kinds[0]!, kinds[0]!, kinds[0]!, ...kinds]);
      const subject = random.pick(random.pick(kind));
      const one = makeCase(subject, random, this.images);
      const needsStack = /PUSH|POP|ENTER|LEAVE/.test(subject.row.name);
      if (/\b[re]?spl?\b/.test(textOf(one.code, long))) continue;
      const pinned = new Set(one.pinned.filter((n) => n !== RSP));
      if (random.chance(0.1)) pinned.add(random.pick([0, 1, 2, 3, 5, 6, 7]));
      const parts = [...pinned].map((n) => setRegister(long, n, one.r[n]!));
      if (needsStack && random.chance(0.5)) parts.push([...this.stackPointer().bytes]);
      const start = parts.flat().length;
      parts.push([...one.code]);
      if (subject.row.undefinedFlags(subject.splits) !== 0) parts.push(DEFINE_FLAGS);
      if (subject.row.undefinedConditions(subject.splits) !== 0) parts.push(...DEFINE_CONDITIONS);
      this.changes.push(...one.changes);
      const fixups: Fixup[] = [];
      if (one.relative) {
        const { at, target } = one.relative;
        fixups.push({ at: start + at, relative: true, to: target - (one.code.length - at - 4) });
      }
      return this.unit(parts, fixups);
    }
  }

  /** Two instructions of any kind, that have the same length with what is put behind them: one stands in for the other at times. */
  slot(): Unit {
    const { long, random } = this;
    const padded = ({ bytes }: Pick<Unit, "bytes">): number[] => [...bytes, ...NOPS[SLOT_BYTES - bytes.length]!];
    if (random.chance(0.4)) {
      // They differ in a byte of an immediate.
      const one = padded({ bytes: setRegister(long, random.pick([0, 3, 5, 7]), BigInt(random.u32())) });
      return { bytes: one, other: one.with(1 + random.below(4), random.below(256)), fixups: [], places: [] };
    }
    const short = (): Unit => {
      for (;;) {
        const unit = this.instruction();
        if (unit.bytes.length <= SLOT_BYTES && unit.fixups.length === 0) return unit;
      }
    };
    const [one, other] = [short(), short()];
    return { bytes: padded(one), other: padded(other), fixups: [], places: [] };
  }
}

/** Of what is patched. */
export const SLOT_BYTES = 16;
/** Of each length. */
const NOPS: readonly (readonly number[])[] = Array.from({ length: SLOT_BYTES }, (_, length) => {
  const one = [[], [0x90], [0x66, 0x90], [0x0f, 0x1f, 0xc0], [0x0f, 0x1f, 0x40, 0x08]];
  return [...Array.from({ length: length >> 2 }, () => one[4]!), one[length & 3]!].flat();
});
