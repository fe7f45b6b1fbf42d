import type { Emitter, Routine, Value } from "../index.ts";
import type { X86 } from "./emitter.ts";
import { EXCEPTION } from "./exception-vectors.ts";
import { resultFlags } from "./flags.ts";
import { insn } from "./insn.ts";
import type { Size } from "./operands.ts";
import { AF, FLAG_BITS, PF, RAX, RDX, SF, ZF } from "./state.ts";

const undefinedFlags = [AF, PF, SF, ZF].reduce<number>((bits, flag) => bits | (1 << FLAG_BITS[flag]), 0);

/** Upper 64 bits of an unsigned product. */
const multiplyHigh: Routine<Emitter> = {
  name: "multiplyHigh",
  params: ["i64", "i64"],
  result: "i64",
  pure: true,
  body(e, a, b) {
    const low = (value: Value): Value => e.and(64, value, e.i64(0xffff_ffff));
    const high = (value: Value): Value => e.shrU(64, value, 32);
    const first = e.mul(64, low(a!), low(b!));
    const middle = e.add(64, e.mul(64, high(a!), low(b!)), high(first));
    const other = e.add(64, e.mul(64, low(a!), high(b!)), low(middle));
    return e.add(64, e.add(64, e.mul(64, high(a!), high(b!)), high(middle)), high(other));
  },
};

interface Product {
  readonly low: Value;
  readonly high: Value;
  /** i32: the upper half says nothing. */
  readonly fits: Value;
}

function multiply(e: X86, size: Size, a: Value, b: Value, signed: boolean): Product {
  if (size === 64) {
    const low = e.mul(64, a, b);
    let high = e.call(multiplyHigh, a, b);
    // A negative factor is 2^64 too large as an unsigned one.
    if (signed) high = e.sub(64, e.sub(64, high, e.and(64, e.shrS(64, a, 63), b)), e.and(64, e.shrS(64, b, 63), a));
    return { low, high, fits: signed ? e.eq(64, high, e.shrS(64, low, 63)) : e.eqz(64, high) };
  }
  const wide = (value: Value): Value => (signed ? e.signExtend(64, value, size) : e.wide(value));
  const product = e.mul(64, wide(a), wide(b));
  const low = e.cut(size, product);
  const high = e.cut(size, e.shrU(64, product, size));
  const fits = signed ? e.eq(64, product, e.signExtend(64, low, size)) : e.eqz(64, e.shrU(64, product, size));
  return { low, high, fits };
}

function setFlags(e: X86, size: Size, { low, fits }: Product): void {
  const over = e.eqz(32, fits);
  e.setFlags({ flags: { ...resultFlags(e, size, low), c: over, o: over, a: e.i32(0) } });
}

/** The two halves of the accumulator: AX, or DX:AX and its wider forms. */
function setPair(e: X86, size: Size, low: Value, high: Value): void {
  if (size === 8) return e.setReg(16, RAX, e.or(32, low, e.shl(32, high, 8)));
  e.setReg(size, RAX, low);
  e.setReg(size, RDX, high);
}

interface Quotient {
  readonly quotient: Value;
  readonly remainder: Value;
}

const shiftLeft = (e: Emitter, high: Value, low: Value): Value => e.or(64, e.shl(64, high, 1), e.shrU(64, low, 63));

/** Quotient of 128 bits by 64, of which the upper half is below the divisor. Bit by bit where that half is not 0. */
const divide128: Routine<Emitter> = {
  name: "divide128",
  params: ["i64", "i64", "i64"],
  result: "i64",
  pure: true,
  body(e, high, low, divisor) {
    e.if(e.eqz(64, high!), () => e.return(e.op("i64.div_u", low!, divisor!)));
    const [rest, bits, left] = [e.variable(high!), e.variable(low!), e.variable(e.i32(64))];
    e.while(
      () => e.get(left),
      () => {
        const top = e.shrU(64, e.get(rest), 63);
        e.set(rest, shiftLeft(e, e.get(rest), e.get(bits)));
        e.set(bits, e.shl(64, e.get(bits), 1));
        e.if(e.or(32, e.wrap(top), e.geU(64, e.get(rest), divisor!)), () => {
          e.set(rest, e.sub(64, e.get(rest), divisor!));
          e.set(bits, e.or(64, e.get(bits), e.i64(1)));
        });
        e.set(left, e.sub(32, e.get(left), e.i32(1)));
      },
    );
    return e.get(bits);
  },
};

/** Faults where the divisor is 0 and where the quotient has no room. */
function divide(e: X86, size: Size, divisor: Value, signed: boolean): Quotient {
  if (size === 64) return divide64(e, divisor, signed);
  e.faultIf(e.eqz(32, divisor), EXCEPTION.DE);
  const pair =
    size === 8 ? e.wide(e.reg(16, RAX)) : e.or(64, e.shl(64, e.wide(e.reg(size, RDX)), size), e.wide(e.reg(size, RAX)));
  const dividend = signed && size < 32 ? e.signExtend(64, pair, size === 8 ? 16 : 32) : pair;
  const by = signed ? e.signExtend(64, divisor, size) : e.wide(divisor);
  // The only quotient that 64 bits lack.
  if (signed && size === 32)
    e.faultIf(e.and(32, e.eq(64, dividend, e.i64(-(1n << 63n))), e.eq(64, by, e.i64(-1))), EXCEPTION.DE);
  const quotient = e.op(signed ? "i64.div_s" : "i64.div_u", dividend, by);
  const remainder = e.op(signed ? "i64.rem_s" : "i64.rem_u", dividend, by);
  const back = signed ? e.signExtend(64, e.cut(size, quotient), size) : e.wide(e.cut(size, quotient));
  e.faultIf(e.ne(64, back, quotient), EXCEPTION.DE);
  return { quotient: e.cut(size, quotient), remainder: e.cut(size, remainder) };
}

function divide64(e: X86, divisor: Value, signed: boolean): Quotient {
  const [low, high] = [e.reg(64, RAX), e.reg(64, RDX)];
  if (!signed) {
    e.faultIf(e.geU(64, high, divisor), EXCEPTION.DE);
    const quotient = e.call(divide128, high, low, divisor);
    return { quotient, remainder: e.sub(64, low, e.mul(64, quotient, divisor)) };
  }
  const negate = (value: Value, when: Value): Value => e.sub(64, e.xor(64, value, when), when);
  const [signs, sign] = [e.shrS(64, high, 63), e.shrS(64, divisor, 63)];
  const magnitude = negate(low, signs);
  const borrow = e.and(64, e.wide(e.ne(64, low, e.i64(0))), signs);
  const upper = e.sub(64, negate(high, signs), borrow);
  const by = negate(divisor, sign);
  e.faultIf(e.geU(64, upper, by), EXCEPTION.DE);
  const unsigned = e.call(divide128, upper, magnitude, by);
  const quotient = negate(unsigned, e.xor(64, signs, sign));
  // Too large unless the sign is what it should be, or there is nothing that has one.
  const wrong = e.ltS(64, e.xor(64, quotient, e.xor(64, signs, sign)), e.i64(0));
  e.faultIf(e.and(32, wrong, e.ne(64, unsigned, e.i64(0))), EXCEPTION.DE);
  return { quotient, remainder: e.sub(64, low, e.mul(64, quotient, divisor)) };
}

/** Volume 2: MUL, IMUL, DIV, IDIV. */
export const multiplication = [
  ...([false, true] as const).flatMap((signed) => [
    insn(
      signed ? "IMUL" : "MUL",
      signed ? "F6+w /5" : "F6+w /4",
      ["size", "rm"],
      (e, { size, ...place }) => {
        const product = multiply(e, size, e.reg(size, RAX), e.place(size, place).read(), signed);
        setPair(e, size, product.low, product.high);
        setFlags(e, size, product);
      },
      { asm: signed ? "imul rm" : "mul rm", undefinedFlags },
    ),
    insn(
      signed ? "IDIV" : "DIV",
      signed ? "F6+w /7" : "F6+w /6",
      ["size", "rm"],
      (e, { size, ...place }) => {
        const { quotient, remainder } = divide(e, size, e.place(size, place).read(), signed);
        setPair(e, size, quotient, remainder);
      },
      { asm: signed ? "idiv rm" : "div rm", undefinedFlags: undefinedFlags | 0x801 },
    ),
  ]),
  insn(
    "IMUL (two operands)",
    "0F AF /r",
    ["size", "rm"],
    (e, { size, reg, ...place }) => {
      const product = multiply(e, size, e.reg(size, reg), e.place(size, place).read(), true);
      e.setReg(size, reg, product.low);
      setFlags(e, size, product);
    },
    { asm: "imul reg, rm", undefinedFlags },
  ),
  ...(["69 /r iz", "6B /r ib"] as const).map((notation) =>
    insn(
      `IMUL (three operands, ${notation.slice(0, 2)})`,
      notation,
      ["size", "rm"],
      (e, { size, reg, imm, ...place }) => {
        const product = multiply(e, size, e.place(size, place).read(), e.immediate(size, imm), true);
        e.setReg(size, reg, product.low);
        setFlags(e, size, product);
      },
      { asm: "imul reg, rm, imm", undefinedFlags },
    ),
  ),
];
