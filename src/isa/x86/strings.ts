import type { Operand, Value } from "../index.ts";
import { addressMask, inSegment } from "./addressing.ts";
import { count, setAddressRegister, setCount } from "./branches.ts";
import type { X86 } from "./emitter.ts";
import { subtract } from "./flags.ts";
import { insn } from "./insn.ts";
import { type AddressFields, NO_REP, REP, type Size } from "./operands.ts";
import { ES, RAX, RDI, RSI, state } from "./state.ts";

export type StringFields = Pick<AddressFields, "segment" | "addressSize" | "wrap"> & { readonly length: Operand };

/** Linear address of the source, in a segment that a prefix may name. */
export function source(e: X86, fields: StringFields): Value {
  return inSegment(e, fields, e.and(64, e.reg(64, RSI), addressMask(e, fields.addressSize)));
}
/** And of the destination, which is always in ES. */
export function destination(e: X86, { addressSize, wrap }: StringFields): Value {
  const offset = e.and(64, e.reg(64, RDI), addressMask(e, addressSize));
  const cut = e.and(64, e.add(64, offset, e.read(state.segmentBase, ES)), e.i64(0xffff_ffff));
  return e.select(e.imm(32, wrap), cut, offset);
}

/** SI or DI go on by an element, as DF says. */
export function advance(e: X86, size: Size, { addressSize }: StringFields, ...registers: readonly number[]): void {
  const by = e.select(e.eflag("DF"), e.i64(-size / 8), e.i64(size / 8));
  for (const register of registers) {
    const value = e.and(64, e.add(64, e.reg(64, register), by), addressMask(e, addressSize));
    setAddressRegister(e, addressSize, register, value);
  }
}

/**
 * One element, or one round of a repetition: a step that comes back to itself. It ends with a step that finds nothing left,
 * or, where `until` says so, after the round in which that held.
 */
export function repeated(e: X86, rep: number, fields: StringFields, element: () => Value | undefined): void {
  if (rep === NO_REP) {
    element();
    return;
  }
  const { addressSize } = fields;
  e.if(e.ne(64, count(e, addressSize, 0), e.i64(0)), () => {
    const until = element();
    setCount(e, addressSize, count(e, addressSize, -1));
    if (until) e.if(e.eqz(32, until), () => e.branch(e.i64(0)));
    else e.branch(e.i64(0));
  });
}

/** Volume 2: MOVS, CMPS, STOS, LODS, SCAS. INS and OUTS stand with the ports. */
export const strings = [
  insn(
    "MOVS",
    "A4+w as",
    ["size", "rep"],
    (e, { size, rep, ...fields }) =>
      repeated(e, rep, fields, () => {
        e.store(size, destination(e, fields), e.load(size, source(e, fields)));
        advance(e, size, fields, RSI, RDI);
        return undefined;
      }),
    { asm: "movs di, si" },
  ),
  insn(
    "CMPS",
    "A6+w as",
    ["size", "rep"],
    (e, { size, rep, ...fields }) =>
      repeated(e, rep, fields, () => {
        const result = subtract(e, size, e.load(size, source(e, fields)), e.load(size, destination(e, fields)));
        advance(e, size, fields, RSI, RDI);
        e.setFlags(result);
        return rep === REP ? e.eqz(32, result.flags.z) : result.flags.z;
      }),
    { asm: "cmps si, di" },
  ),
  insn(
    "STOS",
    "AA+w as",
    ["size", "rep"],
    (e, { size, rep, ...fields }) =>
      repeated(e, rep, fields, () => {
        e.store(size, destination(e, fields), e.reg(size, RAX));
        advance(e, size, fields, RDI);
        return undefined;
      }),
    { asm: "stos di, acc" },
  ),
  insn(
    "LODS",
    "AC+w as",
    ["size", "rep"],
    (e, { size, rep, ...fields }) =>
      repeated(e, rep, fields, () => {
        const value = e.load(size, source(e, fields));
        advance(e, size, fields, RSI);
        e.setReg(size, RAX, value);
        return undefined;
      }),
    { asm: "lods acc, si" },
  ),
  insn(
    "SCAS",
    "AE+w as",
    ["size", "rep"],
    (e, { size, rep, ...fields }) =>
      repeated(e, rep, fields, () => {
        const result = subtract(e, size, e.reg(size, RAX), e.load(size, destination(e, fields)));
        advance(e, size, fields, RDI);
        e.setFlags(result);
        return rep === REP ? e.eqz(32, result.flags.z) : result.flags.z;
      }),
    { asm: "scas acc, di" },
  ),
];
