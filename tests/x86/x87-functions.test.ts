import { describe, expect, it } from "vitest";
import { buildInterpreter } from "../../src/engine/interpreter/interpreter.ts";
import { x86 } from "../../src/isa/x86/index.ts";
import {
  angleOf,
  type Big,
  big,
  divide,
  integer,
  logarithm,
  logarithmOfOneMore,
  multiply,
  negate,
  powerOfTwo,
  subtract,
  wave,
} from "./big-float.ts";
import { arenaOf } from "./generate.ts";
import { initialFpu } from "./fpu-image.ts";
import { OurCases } from "./ours.ts";
import { Random } from "./random.ts";
import { drawNumber, type Number80 } from "./x87-values.ts";

const COUNT = Number(process.env["HINDSIGHT_X87_FUNCTIONS"] ?? 300);
const BIAS = 0x3fff;
const LEAD = 1n << 63n;
const STACK = 32;

const interpreter = new WebAssembly.Module(Uint8Array.from(buildInterpreter(x86, { optimize: false }).wasm));
const ours = new OurCases(interpreter, arenaOf(1));

const bigOf = ({ head, significand }: Number80): Big => {
  const exponent = (head & 0x7fff || 1) - BIAS - 63;
  return big(head & 0x8000 ? -significand : significand, exponent);
};
const isFinite = ({ head, significand }: Number80): boolean =>
  (head & 0x7fff) !== 0x7fff && significand !== 0n && ((head & 0x7fff) === 0 || significand >= LEAD);

/** What an instruction leaves on the stack, and the status word. `rounding`: as in the control word. */
function run(opcode: readonly number[], stack: readonly Number80[], rounding = 0): { st: Number80[]; status: number } {
  const fpu = initialFpu();
  const view = new DataView(fpu.buffer);
  view.setUint16(0, 0x37f | (rounding << 10), true);
  stack.forEach(({ head, significand }, n) => {
    view.setBigUint64(STACK + 16 * n, significand, true);
    view.setUint16(STACK + 16 * n + 8, head, true);
    fpu[4]! |= 1 << n;
  });
  const r = new Array<bigint>(16).fill(0n);
  const one = { code: Uint8Array.from(opcode), long: true, offset: 0x200, r, flags: 0x202, changes: [], fpu };
  const after = new DataView(ours.run(one).fpu.buffer);
  const st = [0, 1].map((n) => ({
    significand: after.getBigUint64(STACK + 16 * n, true),
    head: after.getUint16(STACK + 16 * n + 8, true),
  }));
  return { st, status: after.getUint16(2, true) };
}

/** How many units of the last place of the exact number a result is above it. */
function error(result: Number80, exact: Big): number {
  const place = Math.max(exponentOf(exact), 1 - BIAS) - 63;
  const units = multiply(subtract(bigOf(result), exact), big(1n, -place));
  const scaled = big(units.mantissa, units.exponent + 40);
  const rounded =
    scaled.exponent < 0 ? scaled.mantissa >> BigInt(-scaled.exponent) : scaled.mantissa << BigInt(scaled.exponent);
  return Number(rounded) / 2 ** 40;
}
function exponentOf(exact: Big): number {
  const magnitude = exact.mantissa < 0n ? -exact.mantissa : exact.mantissa;
  return exact.exponent + magnitude.toString(2).length - 1;
}

interface Function80 {
  readonly name: string;
  readonly opcode: readonly number[];
  draw(random: Random): readonly Number80[];
  /** Of ST(0) and ST(1); by place in the stack that follows. */
  exact(a: Big, b: Big): readonly Big[];
}

const FUNCTIONS: readonly Function80[] = [
  { name: "FSIN", opcode: [0xd9, 0xfe], draw: angle, exact: (x) => [wave(x).sine] },
  { name: "FCOS", opcode: [0xd9, 0xff], draw: angle, exact: (x) => [wave(x).cosine] },
  { name: "FSINCOS", opcode: [0xd9, 0xfb], draw: angle, exact: (x) => [wave(x).cosine, wave(x).sine] },
  {
    name: "FPTAN",
    opcode: [0xd9, 0xf2],
    draw: angle,
    exact: (x) => [integer(1), divide(wave(x).sine, wave(x).cosine)],
  },
  {
    name: "FPATAN",
    opcode: [0xd9, 0xf3],
    draw: (random) => [number(random), number(random)],
    exact: (x, y) => [y.mantissa < 0n ? negate(angleOf(x, negate(y))) : angleOf(x, y)],
  },
  {
    name: "FYL2X",
    opcode: [0xd9, 0xf1],
    draw: (random) => [{ ...positive(number(random)) }, number(random)],
    exact: (x, y) => [multiply(y, logarithm(x))],
  },
  {
    name: "FYL2XP1",
    opcode: [0xd9, 0xf9],
    draw: (random) => [below(random, BIAS - 3), number(random)],
    exact: (x, y) => [multiply(y, logarithmOfOneMore(x))],
  },
  { name: "F2XM1", opcode: [0xd9, 0xf0], draw: (random) => [below(random, BIAS - 1)], exact: (x) => [powerOfTwo(x)] },
];

/** Finite, not 0, and far from the ends of what there is. */
function number(random: Random): Number80 {
  for (;;) {
    const found = drawNumber(random, random.pick([0, 0, random.between(-5, 5)]));
    const exponent = found.head & 0x7fff;
    if (isFinite(found) && exponent > 0x1000 && exponent < 0x6fff) return found;
  }
}
const positive = ({ head, significand }: Number80): Number80 => ({ head: head & 0x7fff, significand });
/** With an exponent of at most so much, mostly a large one. */
function below(random: Random, most: number): Number80 {
  const { head, significand } = number(random);
  const exponent = most - random.pick([0, 0, 1, 2, random.below(70), random.below(0x3000)]);
  return { head: (head & 0x8000) | exponent, significand };
}
/** Half of them near a multiple of a right angle. */
function angle(random: Random): readonly Number80[] {
  if (random.below(2)) return [below(random, BIAS + 62)];
  const times = BigInt(random.pick([random.below(10) + 1, random.u32(), random.below(1000) + 1]));
  const exact = multiply(integer(times), divide(HALF_TURN, integer(2)));
  const length = exponentOf(exact);
  const significand = exact.mantissa >> BigInt(length + exact.exponent * -1 - 63);
  return [{ head: BIAS + length, significand: BigInt.asUintN(64, significand) | LEAD }];
}
const HALF_TURN = angleOf(integer(-1), big(1n, -2000));

describe("x87's functions are the nearest numbers to the exact ones, or their neighbours as they are rounded:", () => {
  for (const { name, opcode, draw, exact } of FUNCTIONS)
    it(name, () => {
      const random = new Random(1);
      let worst = 0;
      for (let n = 0; n < COUNT; n++) {
        const stack = draw(random);
        const rounding = n % 2 ? 0 : random.below(4);
        const { st, status } = run(opcode, stack, rounding);
        const [a, b] = stack;
        const wanted = exact(bigOf(a!), bigOf(b ?? a!));
        wanted.forEach((value, place) => {
          const off = error(st[place]!, value);
          const text = `${name} of ${stack.map(({ head, significand }) => `${head.toString(16)}:${significand.toString(16)}`).join(", ")}, mode ${rounding}: ${off}`;
          if (rounding === 0) {
            worst = Math.max(worst, Math.abs(off));
            expect(Math.abs(off), text).toBeLessThan(0.51);
          } else {
            // Down, up, towards zero.
            const towards = [off, -off, value.mantissa < 0n ? -off : off][rounding - 1]!;
            expect(towards, text).toBeGreaterThan(-1 - 1e-9);
            expect(towards, text).toBeLessThan(1e-9);
          }
        });
        expect(status & 0x5, name).toBe(0);
      }
      expect(worst).toBeGreaterThan(0.4);
    });
});
