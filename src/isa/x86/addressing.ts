import type { Emitter, Operand, Value } from "../index.ts";
import { type AddressFields, type PlaceFields, RM_BASE_32, RM_BASE_64 } from "./operands.ts";
import { NO_REGISTER, NO_SEGMENT, state } from "./state.ts";

/** An effective address (i64): without its segment. `more`: what is added to it, at its size. */
export function effective(e: Emitter, fields: PlaceFields, more?: Value): Value {
  const { rm, base, disp } = fields;
  const plus = (address: Value): Value => (more ? e.add(64, address, more) : address);
  if (rm === RM_BASE_64) return plus(e.add(64, registerAt(e, base), e.signed(64, disp)));
  if (rm === RM_BASE_32) {
    const register = e.readPart(state.r, 32, e.shl(32, e.imm(32, base), 3));
    const address = e.add(32, register, e.imm(32, disp));
    return e.zeroExtend(64, more ? e.add(32, address, e.wrap(more)) : address);
  }
  return e.and(64, plus(sum(e, fields)), addressMask(e, fields.addressSize));
}

/** A linear address (i64). */
export function linear(e: Emitter, fields: PlaceFields, more?: Value): Value {
  const address = effective(e, fields, more);
  return fields.rm === RM_BASE_64 || fields.rm === RM_BASE_32 ? address : inSegment(e, fields, address);
}

/** An address (i64) in the segment that an instruction names. */
export function inSegment(
  e: Emitter,
  { segment, wrap }: Pick<AddressFields, "segment" | "wrap">,
  address: Value,
): Value {
  const plain = e.known(segment) === NO_SEGMENT;
  const sum = plain ? address : e.add(64, address, e.read(state.segmentBase, e.imm(32, segment)));
  const known = e.known(wrap);
  if (known === 0) return sum;
  const cut = e.and(64, sum, e.i64(0xffff_ffff));
  return known === undefined ? e.select(e.imm(32, wrap), cut, sum) : cut;
}

/** What an address size leaves of an address (i64). */
export function addressMask(e: Emitter, addressSize: Operand): Value {
  const known = e.known(addressSize);
  if (known !== undefined) return e.i64((1n << BigInt(16 << known)) - 1n);
  const unused = e.sub(32, e.i32(64), e.op("i32.shl", e.i32(16), e.imm(32, addressSize)));
  return e.shrU(64, e.i64(-1), e.op("i64.extend_i32_u", unused));
}

/** Base, index, displacement, and the next instruction's address where it is relative to that. */
function sum(e: Emitter, { base, index, scale, disp, relative, length }: PlaceFields): Value {
  const scaled = e.shl(64, registerAt(e, index), e.imm(64, scale));
  const withoutIndex = e.known(index) === NO_REGISTER;
  const register = registerAt(e, base);
  const plain = e.add(64, withoutIndex ? register : e.add(64, register, scaled), e.signed(64, disp));
  const next = e.add(64, e.pc(), e.imm(64, length));
  const known = e.known(relative);
  if (known === 0) return plain;
  if (known === 1) return e.add(64, next, e.signed(64, disp));
  return e.add(64, plain, e.select(e.imm(32, relative), next, e.i64(0)));
}

function registerAt(e: Emitter, register: Operand): Value {
  if (e.known(register) === NO_REGISTER) return e.i64(0);
  return e.read(state.r, e.imm(32, register));
}
