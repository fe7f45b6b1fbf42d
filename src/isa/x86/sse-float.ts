import type { Operand, Value } from "../index.ts";
import { gatherLanes, replaceLane } from "../vector.ts";
import type { X86 } from "./emitter.ts";
import { insn, type Insn86 } from "./insn.ts";
import {
  add,
  addSubtract,
  compare,
  compared,
  divide,
  extreme,
  type FloatBinary,
  type FloatBits,
  laneSize,
  multiply,
  numberBits,
  numberOf,
  scalarFloat,
  squareRoot,
  subtract,
} from "./simd-float.ts";
import { byteOf, checkSse, low, setXmm, xmm, xmmOrMemory } from "./simd.ts";
import type { Precision } from "./soft-float.ts";

/** Prefix, suffix, precision and bits that count of an operation's four forms. */
const FORMS: readonly (readonly [prefix: "NP" | "66" | "F3" | "F2", suffix: string, p: Precision, bits: FloatBits])[] =
  [
    ["NP", "PS", 0, 128],
    ["66", "PD", 1, 128],
    ["F3", "SS", 0, 32],
    ["F2", "SD", 1, 64],
  ];
type Form = (typeof FORMS)[number];

/** Of a scalar only lane 0 changes. */
export function setFloat(e: X86, p: Precision, bits: FloatBits, reg: Operand, value: Value): void {
  if (bits === 128) setXmm(e, reg, value);
  else setXmm(e, reg, replaceLane(e, laneSize(p), xmm(e, reg), 0, low(e, numberBits(p), value)));
}

function row([prefix, suffix, p, bits]: Form, name: string, opcode: string, operation: FloatBinary): Insn86 {
  const notation = `${prefix} 0F ${opcode} /r` as const;
  return insn(
    `${name}${suffix}`,
    notation,
    ["mem"],
    (e, { reg, ...place }) => {
      checkSse(e);
      setFloat(e, p, bits, reg, operation(e, p, bits, xmm(e, reg), xmmOrMemory(e, bits, place)));
    },
    { asm: `${name.toLowerCase()}${suffix.toLowerCase()} xmm, xmm/m${bits}` },
  );
}

const four = (name: string, opcode: string, operation: FloatBinary): Insn86[] =>
  FORMS.map((form) => row(form, name, opcode, operation));

/** Pairs of neighbours, of the first operand and then of the second. */
const horizontal =
  (operation: FloatBinary): FloatBinary =>
  (e, p, bits, a, b) => {
    const pick = (odd: number): Value => gatherLanes(e, laneSize(p), [a, b], (lane) => 2 * lane + odd);
    return operation(e, p, bits, pick(0), pick(1));
  };

/** SSE3 writes single precision with F2. */
const two = (name: string, opcode: string, operation: FloatBinary): Insn86[] => [
  row(["F2", "PS", 0, 128], name, opcode, operation),
  row(["66", "PD", 1, 128], name, opcode, operation),
];

const comparisons = FORMS.map(([prefix, suffix, p, bits]) => {
  const notation = `${prefix} 0F C2 /r ib` as const;
  return insn(
    `CMP${suffix}`,
    notation,
    ["mem"],
    (e, { reg, imm, ...place }) => {
      checkSse(e);
      // More than eight predicates are AVX's.
      const predicate = e.and(32, byteOf(e, imm), e.i32(7));
      setFloat(e, p, bits, reg, compare(e, p, bits, predicate, xmm(e, reg), xmmOrMemory(e, bits, place)));
    },
    { asm: `cmp${suffix.toLowerCase()} xmm, xmm/m${bits}, imm` },
  );
});

const flagComparisons = (["NP", "66"] as const).flatMap((prefix, wide) => {
  const p: Precision = wide ? 1 : 0;
  return [false, true].map((anyNan) => {
    const notation = `${prefix} 0F ${anyNan ? "2F" : "2E"} /r` as const;
    const name = `${anyNan ? "" : "U"}COMIS${p ? "D" : "S"}`;
    return insn(
      name,
      notation,
      ["mem"],
      (e, { reg, ...place }) => {
        checkSse(e);
        const bits = numberBits(p);
        const [x, y] = compared(e, p, bits, anyNan, xmm(e, reg), xmmOrMemory(e, bits, place)).map((v) =>
          numberOf(e, p, v),
        );
        const is = (test: string): Value => scalarFloat(e, p, test, x!, y!);
        const isNan = (v: Value): Value => scalarFloat(e, p, "ne", v, v);
        const unordered = e.or(32, isNan(x!), isNan(y!));
        const none = e.i32(0);
        const flags = { z: e.or(32, is("eq"), unordered), c: e.or(32, is("lt"), unordered), p: unordered };
        e.setFlags({ flags: { ...flags, o: none, s: none, a: none } });
      },
      { asm: `${name.toLowerCase()} xmm, xmm/m${numberBits(p)}` },
    );
  });
});

/** Volume 2: arithmetic and comparisons of SSE, SSE2 and SSE3. */
export const sseFloat: readonly Insn86[] = [
  ...four("SQRT", "51", (e, p, bits, _, b) => squareRoot(e, p, bits, b)),
  ...four("ADD", "58", add),
  ...four("MUL", "59", multiply),
  ...four("SUB", "5C", subtract),
  ...four("MIN", "5D", extreme("pmin")),
  ...four("DIV", "5E", divide),
  ...four("MAX", "5F", extreme("pmax")),
  ...two("HADD", "7C", horizontal(add)),
  ...two("HSUB", "7D", horizontal(subtract)),
  ...two("ADDSUB", "D0", addSubtract),
  ...comparisons,
  ...flagComparisons,
];
