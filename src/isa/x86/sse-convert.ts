import type { Operand, Value } from "../index.ts";
import { anyTrue, gatherLanes, keep, lanes, select, splat, zero } from "../vector.ts";
import type { X86 } from "./emitter.ts";
import { insn, type Insn86 } from "./insn.ts";
import { MEM_REGISTER } from "./operands.ts";
import { IE, isSettled, noteIf, PE, rounding, withFlags } from "./mxcsr.ts";
import { setFloat } from "./sse-float.ts";
import {
  aboveLanes,
  floats,
  type FloatBits,
  flushed,
  numberBits,
  numberOf,
  ordinaryLanes,
  reciprocal,
  softLanes,
  vectorOfNumber,
} from "./simd-float.ts";
import {
  checkSse,
  checkSseAndMmx,
  enterMmx,
  generalPlace,
  low,
  type MemFields,
  mmxOrMemory,
  setMmx,
  setXmm,
  vectorOf,
  xmmOrMemory,
} from "./simd.ts";
import { type Precision, softConvert, softFromInteger } from "./soft-float.ts";

const converted = softLanes(softConvert, true);

/** Numbers to the other precision; zeros above. `p`: of the result. */
function convertPrecision(e: X86, p: Precision, count: 1 | 2, a: Value): Value {
  const from = p ? 0 : 1;
  const quick = p ? floats(e, 1, "promote_low_f32x4", a) : e.op("f32x4.demote_f64x2_zero", a);
  const result = e.variable(quick);
  // What is longer has all numbers that are shorter; else the result must be an ordinary one, and may be rounded.
  const bits = (count * numberBits(from)) as FloatBits;
  const anyNot = (good: Value): Value => anyTrue(e, keep(e, bits, e.op("v128.not", good)));
  const unusual = e.variable(anyNot(ordinaryLanes(e, from, a)));
  if (p === 0) {
    const back = floats(e, 1, "promote_low_f32x4", quick);
    const good = e.op("v128.or", aboveLanes(e, 1, back, 2 ** -126), floats(e, 1, "eq", a, zero(e)));
    e.set(unusual, e.or(32, e.or(32, e.get(unusual), anyNot(good)), e.eqz(32, isSettled(e))));
  }
  e.if(e.get(unusual), () => withFlags(e, () => e.set(result, converted(e, p, count, a))));
  return e.get(result);
}

/** Numbers rounded to integral values, as MXCSR says or by truncation. */
function rounded(e: X86, p: Precision, truncate: boolean, a: Value): Value {
  if (truncate) return floats(e, p, "trunc", a);
  const result = e.variable(floats(e, p, "nearest", a));
  const mode = rounding(e);
  (["floor", "ceil", "trunc"] as const).forEach((name, n) =>
    e.if(e.eq(32, mode, e.i32(n + 1)), () => e.set(result, floats(e, p, name, a))),
  );
  return e.get(result);
}

/** Notes what becomes of numbers that are no integers, or none that fit; where they fit. */
function checkIntegers(e: X86, p: Precision, bits: FloatBits, width: 32 | 64, number: Value, whole: Value): Value {
  const limit = 2 ** (width - 1);
  const bound = (value: number): Value => (p ? lanesOf(e, p, e.f64(value)) : lanesOf(e, p, e.f32(value)));
  const fits = e.op("v128.and", floats(e, p, "ge", whole, bound(-limit)), floats(e, p, "lt", whole, bound(limit)));
  const exact = e.op("v128.and", fits, floats(e, p, "eq", whole, number));
  e.if(anyTrue(e, keep(e, bits, e.op("v128.not", exact))), () =>
    withFlags(e, () => {
      noteIf(e, IE, anyTrue(e, keep(e, bits, e.op("v128.not", fits))));
      noteIf(e, PE, anyTrue(e, keep(e, bits, e.op("v128.andnot", fits, exact))));
    }),
  );
  return fits;
}
const lanesOf = (e: X86, p: Precision, value: Value): Value => floats(e, p, "splat", value);

/** To integers of 32 bits; what does not fit becomes the smallest one. Two of double precision come with zeros above. */
function toIntegers(e: X86, p: Precision, bits: FloatBits, truncate: boolean, operand: Value): Value {
  const a = flushed(e, p, operand);
  const whole = rounded(e, p, truncate, a);
  const fits = checkIntegers(e, p, bits, 32, a, whole);
  const saturated = p ? e.op("i32x4.trunc_sat_f64x2_s_zero", whole) : e.op("i32x4.trunc_sat_f32x4_s", whole);
  const mask = p ? gatherLanes(e, 2, [fits, zero(e)], (lane) => 2 * lane) : fits;
  const smallest = splat(e, 2, 0x8000_0000);
  const result = select(e, mask, saturated, smallest);
  return bits === 128 && p === 0 ? result : keep(e, 64, result);
}

/** Lane 0 to an integer of a size. */
function toInteger(e: X86, p: Precision, size: 32 | 64, truncate: boolean, operand: Value): Value {
  const a = flushed(e, p, operand);
  const whole = rounded(e, p, truncate, a);
  const fits = low(e, 32, checkIntegers(e, p, numberBits(p), size, a, whole));
  const type = p ? "f64" : "f32";
  const value = e.op(`i${size}.trunc_sat_${type}_s`, numberOf(e, p, whole));
  return e.select(fits, value, size === 64 ? e.i64(1n << 63n) : e.i32(0x8000_0000 | 0));
}

/** An integer (i32 or i64) as lane 0; zeros above. */
function fromInteger(e: X86, p: Precision, integer: Value): Value {
  const type = p ? "f64" : "f32";
  const result = e.variable(vectorOfNumber(e, p, e.op(`${type}.convert_${integer.type}_s`, integer)));
  if (p === 1 && integer.type === "i32") return e.get(result);
  e.if(e.eqz(32, isSettled(e)), () =>
    withFlags(e, () => {
      const wide = integer.type === "i64" ? integer : e.signExtend(64, integer, 32);
      const value = e.call(softFromInteger[p], wide);
      e.set(result, vectorOf(e, p ? value : e.wrap(value)));
    }),
  );
  return e.get(result);
}

/** Integers of 32 bits in the low lanes as singles. */
function toSingles(e: X86, count: 2 | 4, a: Value): Value {
  const result = e.variable(e.op("f32x4.convert_i32x4_s", a));
  e.if(e.eqz(32, isSettled(e)), () =>
    withFlags(e, () => {
      for (let lane = 0; lane < count; lane++) {
        const wide = e.signExtend(64, lanes(e, 2, "extract_lane", a, lane), 32);
        const value = e.wrap(e.call(softFromInteger[0], wide));
        e.set(result, lanes(e, 2, "replace_lane", e.get(result), value, lane));
      }
    }),
  );
  return e.get(result);
}
const toDoubles = (e: X86, a: Value): Value => e.op("f64x2.convert_low_i32x4_s", a);

/** A row from one vector to another. `bits`: that it reads of memory. */
function conversion(
  name: string,
  prefix: "NP" | "66" | "F3" | "F2",
  opcode: string,
  bits: FloatBits,
  convert: (e: X86, a: Value) => Value,
  write: (e: X86, reg: Operand, value: Value) => void = setXmm,
  approximateBits = 0,
): Insn86 {
  const notation = `${prefix} 0F ${opcode} /r` as const;
  return insn(
    name,
    notation,
    ["mem"],
    (e, { reg, ...place }) => {
      checkSse(e);
      write(e, reg, convert(e, xmmOrMemory(e, bits, place)));
    },
    { asm: `${name.toLowerCase()} xmm, xmm/m${bits}`, approximateBits },
  );
}

/** MMX's integers to the low numbers of an XMM register. */
function fromMmx(name: string, prefix: "NP" | "66", convert: (e: X86, reg: Operand, a: Value) => void): Insn86 {
  const notation = `${prefix} 0F 2A /r` as const;
  return insn(
    name,
    notation,
    ["mem"],
    (e, { reg, ...place }) => {
      // From memory it is no instruction of MMX.
      const ofMmx = place.mem === MEM_REGISTER;
      if (ofMmx) checkSseAndMmx(e);
      else checkSse(e);
      const integers = mmxOrMemory(e, 64, place);
      if (ofMmx) enterMmx(e);
      convert(e, reg, integers);
    },
    { asm: `${name.toLowerCase()} xmm, mm/m64` },
  );
}

/** The low numbers of an XMM register, or memory, to MMX's integers. */
function toMmx(name: string, prefix: "NP" | "66", truncate: boolean): Insn86 {
  const notation = `${prefix} 0F ${truncate ? "2C" : "2D"} /r` as const;
  const p: Precision = prefix === "66" ? 1 : 0;
  return insn(
    name,
    notation,
    ["mem"],
    (e, { reg, ...place }) => {
      checkSseAndMmx(e);
      const operand = xmmOrMemory(e, p ? 128 : 64, place);
      // x87's state is MMX's even where #XM follows.
      enterMmx(e);
      setMmx(e, reg, toIntegers(e, p, p ? 128 : 64, truncate, operand));
    },
    { asm: `${name.toLowerCase()} mm, xmm/m${p ? 128 : 64}` },
  );
}

const scalars = (["F3", "F2"] as const).flatMap((prefix, wide) => {
  const p: Precision = wide ? 1 : 0;
  const suffix = p ? "SD" : "SS";
  const fromNotation = `${prefix} 0F 2A /r` as const;
  return [
    insn(
      `CVTSI2${suffix}`,
      fromNotation,
      ["size", "mem"],
      (e, { size, reg, ...place }) => {
        checkSse(e);
        setFloat(e, p, numberBits(p), reg, fromInteger(e, p, generalPlace(e, size, place).read()));
      },
      { asm: `cvtsi2${suffix.toLowerCase()} xmm, rm` },
    ),
    ...[true, false].map((truncate) => {
      const notation = `${prefix} 0F ${truncate ? "2C" : "2D"} /r` as const;
      return insn(
        `CVT${truncate ? "T" : ""}${suffix}2SI`,
        notation,
        ["size", "mem"],
        (e, { size, reg, ...place }) => {
          checkSse(e);
          const operand = xmmOrMemory(e, numberBits(p), place as MemFields);
          e.setReg(size, reg, toInteger(e, p, size === 64 ? 64 : 32, truncate, operand));
        },
        { asm: `cvt${truncate ? "t" : ""}${suffix.toLowerCase()}2si reg, xmm/m${numberBits(p)}` },
      );
    }),
  ];
});

const low64 = (e: X86, reg: Operand, value: Value): void => setFloat(e, 1, 64, reg, value);
const low32 = (e: X86, reg: Operand, value: Value): void => setFloat(e, 0, 32, reg, value);

/** Processors differ from maker to maker in the last bits: here it is the quotient itself, to nearest. */
const approximation = (name: string, opcode: string, ofRoot: boolean): Insn86[] => [
  conversion(`${name}PS`, "NP", opcode, 128, (e, a) => reciprocal(e, ofRoot, a), setXmm, APPROXIMATE_BITS),
  conversion(`${name}SS`, "F3", opcode, 32, (e, a) => reciprocal(e, ofRoot, a), low32, APPROXIMATE_BITS),
];
/** By so many low bits of a single results may be wrong: the manual's bound is 1.5 · 2^-12, on either side. */
const APPROXIMATE_BITS = 13;

/** Volume 2: conversions of SSE and SSE2, and its approximations. */
export const sseConvert: readonly Insn86[] = [
  ...approximation("RSQRT", "52", true),
  ...approximation("RCP", "53", false),
  ...scalars,
  conversion("CVTPS2PD", "NP", "5A", 64, (e, a) => convertPrecision(e, 1, 2, a)),
  conversion("CVTPD2PS", "66", "5A", 128, (e, a) => convertPrecision(e, 0, 2, a)),
  conversion("CVTSS2SD", "F3", "5A", 32, (e, a) => convertPrecision(e, 1, 1, a), low64),
  conversion("CVTSD2SS", "F2", "5A", 64, (e, a) => convertPrecision(e, 0, 1, a), low32),
  conversion("CVTDQ2PS", "NP", "5B", 128, (e, a) => toSingles(e, 4, a)),
  conversion("CVTPS2DQ", "66", "5B", 128, (e, a) => toIntegers(e, 0, 128, false, a)),
  conversion("CVTTPS2DQ", "F3", "5B", 128, (e, a) => toIntegers(e, 0, 128, true, a)),
  conversion("CVTTPD2DQ", "66", "E6", 128, (e, a) => toIntegers(e, 1, 128, true, a)),
  conversion("CVTDQ2PD", "F3", "E6", 64, toDoubles),
  conversion("CVTPD2DQ", "F2", "E6", 128, (e, a) => toIntegers(e, 1, 128, false, a)),
  fromMmx("CVTPI2PS", "NP", (e, reg, a) => low64(e, reg, toSingles(e, 2, a))),
  fromMmx("CVTPI2PD", "66", (e, reg, a) => setXmm(e, reg, toDoubles(e, a))),
  toMmx("CVTTPS2PI", "NP", true),
  toMmx("CVTPS2PI", "NP", false),
  toMmx("CVTTPD2PI", "66", true),
  toMmx("CVTPD2PI", "66", false),
];
