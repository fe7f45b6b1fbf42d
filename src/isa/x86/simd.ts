import type { Operand, Value } from "../index.ts";
import { lanes, replaceLane, splat, zero } from "../vector.ts";
import type { Place, X86 } from "./emitter.ts";
import { EXCEPTION } from "./exception-vectors.ts";
import { FEATURE } from "./models.ts";
import { type AddressFields, MEM_REGISTER, type PlaceFields, RM_ADDRESS, RM_REGISTER, type Size } from "./operands.ts";
import { state } from "./state.ts";
import { waitForX87 } from "./x87-pending.ts";

/** Registers of MMX and SSE, and what their instructions have in common. Values are v128; of fewer bits, the low ones count. */

/** A place that ModRM names, of a row that splits by `mem`; undefined: the row has only memory. */
export interface MemFields extends AddressFields {
  readonly mem?: number;
  readonly length: Operand;
}

const EM = 1 << 2;
const TS = 1 << 3;
const OSFXSR = 1 << 9;

/** #UD or #NM. `closed` (i32): bits of CR0, and of others, that forbid it. */
function faultWhereClosed(e: X86, closed: Value): void {
  e.if(closed, () => {
    const undefinedHere = e.and(32, closed, e.i32(~TS));
    e.fault(e.select(undefinedHere, e.i32(EXCEPTION.UD), e.i32(EXCEPTION.NM)));
  });
}

/** What every instruction of MMX begins with. Volume 3, table 13-1. */
export function checkMmx(e: X86): void {
  faultWhereClosed(e, e.and(32, e.wrap(e.system("CR0")), e.i32(EM | TS)));
  waitForX87(e);
}

/** What FXSAVE and FXRSTOR begin with. */
export function checkFxsave(e: X86): void {
  e.requireFeature(FEATURE.FXSR);
  e.faultIf(e.and(32, e.wrap(e.system("CR0")), e.i32(EM | TS)), EXCEPTION.NM);
}

/** The same of SSE, with registers of MMX. */
export function checkSseAndMmx(e: X86): void {
  checkSse(e);
  waitForX87(e);
}

/** What every instruction of SSE begins with. */
export function checkSse(e: X86): void {
  const cr0 = e.and(32, e.wrap(e.system("CR0")), e.i32(EM | TS));
  const without = e.and(32, e.not(32, e.wrap(e.system("CR4"))), e.i32(OSFXSR));
  faultWhereClosed(e, e.or(32, cr0, without));
}

export const xmm = (e: X86, register: Operand | number): Value =>
  e.read(state.xmm, typeof register === "number" ? register : e.imm(32, register));
export const setXmm = (e: X86, register: Operand | number, value: Value): void =>
  e.write(state.xmm, value, typeof register === "number" ? register : e.imm(32, register));
/** Writes the low bits of a register; the rest stays. */
export function setLow(e: X86, bits: 32 | 64, register: Operand, value: Value): void {
  const size = bits === 64 ? 3 : 2;
  setXmm(e, register, replaceLane(e, size, xmm(e, register), 0, low(e, bits, value)));
}

/** The low bits of a vector: an i32 or an i64. */
export const low = (e: X86, bits: 32 | 64, value: Value): Value =>
  lanes(e, bits === 64 ? 3 : 2, "extract_lane", value, 0);
/** A vector of an i32 or an i64, zeros above. */
export const vectorOf = (e: X86, value: Value): Value =>
  replaceLane(e, value.type === "i64" ? 3 : 2, zero(e), 0, value);

/** MMX's registers have numbers below 8, whatever REX says. */
const mmxNumber = (e: X86, register: Operand): Value => e.and(32, e.imm(32, register), e.i32(7));
export const mmx = (e: X86, register: Operand): Value =>
  lanes(e, 3, "splat", e.read(state.significand, mmxNumber(e, register)));
export function setMmx(e: X86, register: Operand, value: Value): void {
  e.write(state.significand, low(e, 64, value), mmxNumber(e, register));
  e.write(state.exponent, e.i32(0xffff), mmxNumber(e, register));
}

const TOP = 7 << 11;
/** What becomes of x87's state when MMX is used: no register is empty, and the first one is the top. Volume 1, section 9.5.1. */
export function enterMmx(e: X86): void {
  e.write(state.fpuStatus, e.and(32, e.read(state.fpuStatus), e.i32(~TOP)));
  for (let register = 0; register < 8; register++) e.write(state.fpuEmpty, e.i32(0), register);
}

const asPlace = ({ mem, ...fields }: MemFields): PlaceFields => ({
  ...fields,
  rm: mem === MEM_REGISTER ? RM_REGISTER : RM_ADDRESS,
});

/** A general register or memory. */
export const generalPlace = (e: X86, size: Size, fields: MemFields): Place => e.place(size, asPlace(fields));

/** Address of the place in memory, of 128 bits: misaligned ones fault. */
export function alignedAddress(e: X86, fields: MemFields): Value {
  const address = e.address(asPlace(fields));
  e.requireAligned(128, address);
  return address;
}
export const addressOf = (e: X86, fields: MemFields): Value => e.address(asPlace(fields));
/** The same without its segment. */
export const effectiveOf = (e: X86, fields: MemFields): Value => e.effective(asPlace(fields));

/** Memory of so many bits, wherever it is. */
export const loadVector = (e: X86, bits: 32 | 64 | 128, address: Value): Value =>
  bits === 128 ? e.load(128, address) : vectorOf(e, e.load(bits, address));

/** An XMM register, or memory of so many bits, which is aligned where it has 128. */
export function xmmOrMemory(e: X86, bits: 32 | 64 | 128, fields: MemFields): Value {
  if (fields.mem === MEM_REGISTER) return xmm(e, fields.base);
  return loadVector(e, bits, bits === 128 ? alignedAddress(e, fields) : addressOf(e, fields));
}

/** An MMX register, or memory. */
export const mmxOrMemory = (e: X86, bits: 32 | 64, fields: MemFields): Value =>
  fields.mem === MEM_REGISTER ? mmx(e, fields.base) : loadVector(e, bits, addressOf(e, fields));

/** An immediate of 8 bits, without a sign. */
export const byteOf = (e: X86, imm: Operand): Value => e.and(32, e.imm(32, imm), e.i32(0xff));

/**
 * Lanes of 16 or 32 bits, the first four anywhere: of lane n of the result, bits 2n and 2n + 1 of an immediate say which one
 * of four it is, counted from `first`.
 */
export function shuffleFour(e: X86, size: 1 | 2, value: Value, imm: Operand, first = 0): Value {
  const factors = e.vector(
    Array.from({ length: 16 }, (_, byte) => {
      const lane = (byte >> size) - first;
      return byte % (1 << size) === 0 && lane >= 0 && lane < 4 ? 64 >> (2 * lane) : 0;
    }),
  );
  const shifted = lanes(e, size, "mul", lanes(e, size, "splat", byteOf(e, imm)), factors);
  const number = e.op("v128.and", lanes(e, size, "shr_u", shifted, e.i32(6)), splat(e, size, 3));
  const bytes = lanes(e, size, "mul", number, splat(e, size, size === 2 ? 0x04040404 : 0x0202));
  const within = e.vector(
    Array.from({ length: 16 }, (_, byte) => {
      const lane = byte >> size;
      const moved = lane >= first && lane < first + 4;
      return moved ? (first << size) + (byte % (1 << size)) : byte;
    }),
  );
  return e.op("i8x16.swizzle", value, lanes(e, size, "add", bytes, within));
}
