import type { Value } from "../index.ts";
import type { X86 } from "./emitter.ts";
import { bitOf, type Flags, resultFlags, signOf, truncate } from "./flags.ts";
import { insn } from "./insn.ts";
import type { Size } from "./operands.ts";
import { AF, CF, FLAG_BITS, OF, RCX } from "./state.ts";

const NAMES = ["rol", "ror", "rcl", "rcr", "shl", "shr", "shl", "sar"];
const undefinedFlags = (1 << FLAG_BITS[AF]) | (1 << FLAG_BITS[OF]) | (1 << FLAG_BITS[CF]);

interface Shifted {
  readonly value: Value;
  /** Those that change, where the count is not 0. */
  readonly flags: Partial<Flags>;
}

/** A count as it is used: 5 bits, or 6. In the operand's width. */
function countOf(e: X86, size: Size, count: Value): Value {
  return e.resize(e.width(size), e.and(32, count, e.i32(size === 64 ? 63 : 31)));
}

/** One of the eight operations that ModRM names, by a count that is not 0. What is undefined is as the reference has it. */
function shift(e: X86, op: number, size: Size, value: Value, count: Value): Shifted {
  if (op < 2) return rotate(e, op === 0, size, value, count);
  if (op < 4) return rotateCarry(e, op === 2, size, value, count);
  const width = e.width(size);
  const before = e.sub(width, count, e.imm(width, 1));
  const left = op === 4 || op === 6;
  const source = op === 7 ? e.extended(size, value) : value;
  const move = (by: Value): Value =>
    left ? e.shl(width, source, by) : op === 7 ? e.shrS(width, source, by) : e.shrU(width, source, by);
  const last = truncate(e, size, move(before));
  const result = truncate(e, size, move(count));
  return {
    value: result,
    flags: {
      ...resultFlags(e, size, result),
      c: bitOf(e, size, last, left ? size - 1 : 0),
      a: e.i32(0),
      o: signOf(e, size, e.xor(width, last, result)),
    },
  };
}

function rotate(e: X86, left: boolean, size: Size, value: Value, count: Value): Shifted {
  const width = e.width(size);
  let result: Value;
  if (size >= 32) result = e.op(`i${width}.${left ? "rotl" : "rotr"}`, value, count);
  else {
    // Several copies beside each other are rotated as one is.
    const copies = e.mul(32, value, e.i32(size === 8 ? 0x0101_0101 : 0x1_0001));
    result = truncate(e, size, e.op(left ? "i32.rotl" : "i32.rotr", copies, count));
  }
  const top = signOf(e, size, result);
  const c = left ? bitOf(e, size, result, 0) : top;
  return { value: result, flags: { c, o: e.xor(32, top, left ? c : bitOf(e, size, result, size - 2)) } };
}

/** Through CF: one bit more than the operand has. */
function rotateCarry(e: X86, left: boolean, size: Size, value: Value, count: Value): Shifted {
  const width = e.width(size);
  const carry = e.zeroExtend(width, e.flags().c);
  const bits = e.imm(width, size);
  const one = e.imm(width, 1);
  // Shifts by the whole width are no shifts in Wasm: they are made in two.
  const back = e.sub(width, bits, count);
  const around = (by: "shl" | "shr_u", amount: Value): Value =>
    e.op(`i${width}.${by}`, e.op(`i${width}.${by}`, value, one), amount);
  const nothing = e.eqz(width, count);
  const shifted = left ? e.shl(width, value, count) : e.shrU(width, value, count);
  const carried = left ? e.shl(width, carry, e.sub(width, count, one)) : e.shl(width, carry, back);
  const rest = left ? around("shr_u", back) : around("shl", back);
  const turned = truncate(e, size, e.or(width, e.or(width, shifted, carried), rest));
  const result = e.select(nothing, value, turned);
  const out = left ? e.shrU(width, value, back) : e.shrU(width, value, e.sub(width, count, one));
  const c = e.select(nothing, e.flags().c, e.wrap(e.and(width, out, one)));
  const o = e.select(nothing, e.flags().o, signOf(e, size, e.xor(width, value, result)));
  return { value: result, flags: { c, o } };
}

/** The count modulo what is rotated, for 8 and 16 bits: their counts are larger than they are. */
function reduced(e: X86, op: number, size: Size, count: Value): Value {
  return op >> 1 === 1 && size < 32 ? e.op("i32.rem_u", count, e.i32(size + 1)) : count;
}

type Place = ReturnType<X86["place"]>;

function shiftPlace(e: X86, op: number, size: Size, place: Place, count: Value): void {
  const value = place.read();
  const by = countOf(e, size, count);
  e.if(
    e.eqz(e.width(size), by),
    () => place.write(value),
    () => {
      const { value: result, flags } = shift(e, op, size, value, reduced(e, op, size, by));
      place.write(result);
      e.changeFlags(flags);
    },
  );
}

/** SHLD and SHRD: bits of a second operand come in. */
function shiftDouble(e: X86, left: boolean, size: 16 | 32 | 64, place: Place, other: Value, count: Value): void {
  const value = place.read();
  const by = countOf(e, size, count);
  e.if(
    e.eqz(e.width(size), by),
    () => place.write(value),
    () => {
      const { result, last } =
        size === 16 ? double16(e, left, value, other, by) : double(e, left, size, value, other, by);
      place.write(result);
      const o = signOf(e, size, e.xor(e.width(size), last, result));
      const c = bitOf(e, size, last, left ? size - 1 : 0);
      e.setFlags({ flags: { ...resultFlags(e, size, result), c, a: e.i32(0), o } });
    },
  );
}

/** The result, and what one shift less would have given. */
interface Doubled {
  readonly result: Value;
  readonly last: Value;
}

function double(e: X86, left: boolean, size: 32 | 64, value: Value, other: Value, count: Value): Doubled {
  const before = e.sub(size, count, e.imm(size, 1));
  const back = e.sub(size, e.imm(size, size), count);
  const one = left ? e.shl(size, value, count) : e.shrU(size, value, count);
  const two = left ? e.shrU(size, other, back) : e.shl(size, other, back);
  return { result: e.or(size, one, two), last: left ? e.shl(size, value, before) : e.shrU(size, value, before) };
}

/** Counts above 16 go on with the first operand, as Intel's processors do. */
function double16(e: X86, left: boolean, value: Value, other: Value, count: Value): Doubled {
  const long = (part: Value, at: number): Value => e.shl(64, e.wide(part), at);
  const by = e.wide(count);
  const parts = e.or(64, e.or(64, long(value, left ? 32 : 0), long(other, 16)), long(value, left ? 0 : 32));
  const moved = (amount: Value): Value =>
    e.cut(16, left ? e.shrU(64, e.shl(64, parts, amount), 32) : e.shrU(64, parts, amount));
  return { result: moved(by), last: moved(e.sub(64, by, e.i64(1))) };
}

/** Volume 2: RCL to ROR, SAL to SHR, SHLD, SHRD. */
export const shifts = [
  insn(
    "ROL, ROR, RCL, RCR, SHL, SHR, SAL, SAR (immediate)",
    "C0+w /op ib",
    ["op", "size", "rm"],
    (e, { op, size, imm, ...place }) => shiftPlace(e, op, size, e.place(size, place), e.imm(32, imm)),
    { asm: NAMES.map((name) => `${name} rm, imm`), undefinedFlags },
  ),
  insn(
    "ROL, ROR, RCL, RCR, SHL, SHR, SAL, SAR (by 1)",
    "D0+w /op",
    ["op", "size", "rm"],
    (e, { op, size, ...place }) => shiftPlace(e, op, size, e.place(size, place), e.i32(1)),
    { asm: NAMES.map((name) => `${name} rm, 1`), undefinedFlags: ({ op }) => (op < 4 ? 0 : 1 << FLAG_BITS[AF]) },
  ),
  insn(
    "ROL, ROR, RCL, RCR, SHL, SHR, SAL, SAR (by CL)",
    "D2+w /op",
    ["op", "size", "rm"],
    (e, { op, size, ...place }) => shiftPlace(e, op, size, e.place(size, place), e.reg(8, RCX)),
    { asm: NAMES.map((name) => `${name} rm, cl`), undefinedFlags },
  ),
  ...([true, false] as const).flatMap((left) => {
    const name = left ? "shld" : "shrd";
    return [
      insn(
        `${name.toUpperCase()} (immediate)`,
        left ? "0F A4 /r ib" : "0F AC /r ib",
        ["size", "rm"],
        (e, { size, reg, imm, ...place }) => {
          if (size !== 8) shiftDouble(e, left, size, e.place(size, place), e.reg(size, reg), e.imm(32, imm));
        },
        { asm: `${name} rm, reg, imm`, undefinedFlags },
      ),
      insn(
        `${name.toUpperCase()} (CL)`,
        left ? "0F A5 /r" : "0F AD /r",
        ["size", "rm"],
        (e, { size, reg, ...place }) => {
          if (size !== 8) shiftDouble(e, left, size, e.place(size, place), e.reg(size, reg), e.reg(8, RCX));
        },
        { asm: `${name} rm, reg, cl`, undefinedFlags },
      ),
    ];
  }),
];
