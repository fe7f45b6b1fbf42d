import { Emitter, type Immediate, type Operand, type Rows, rows, type Value, type Width } from "../index.ts";
import { raise, raiseReturning } from "./exceptions.ts";
import { addWithCarry, compare, conditionOfFlags, currentFlags, type Flags, flagsFrom, logicalFlags } from "./flags.ts";
import { STACK_POINTER, state, ZERO_REGISTER } from "./state.ts";

/** A register number: split (a number) or opaque. */
export type Register = number | Operand;

/** The Arm manual's words over the general vocabulary. */
export class A64 extends Emitter {
  /** A general register, 31 reads as zero. 32 bits as an i32, 64 as an i64. */
  gpr(width: Width, register: Register): Value {
    const r = this.numberOf(register);
    if (r === ZERO_REGISTER) return this.imm(width, 0);
    const value = this.read(state.x, this.index(r));
    return width === 64 ? value : this.wrap(value);
  }

  /** Writes zero-extended; a write to register 31 is discarded. */
  setGpr(width: Width, register: Register, value: Value): void {
    const r = this.numberOf(register);
    if (r === ZERO_REGISTER) return;
    this.write(state.x, width === 64 ? value : this.zeroExtend(64, value), this.index(r));
    if (typeof r !== "number") this.write(state.x, this.i64(0), ZERO_REGISTER);
  }

  /** A general register, 31 is the current SP. */
  gprOrSp(width: Width, r: Register): Value {
    const value = this.read(state.x, this.indexOrSp(this.numberOf(r)));
    return width === 64 ? value : this.wrap(value);
  }

  setGprOrSp(width: Width, r: Register, value: Value): void {
    this.write(state.x, width === 64 ? value : this.zeroExtend(64, value), this.indexOrSp(this.numberOf(r)));
  }

  /** The register's number where it is known already. */
  private numberOf(r: Register): Register {
    return typeof r === "number" ? r : (this.known(r) ?? r);
  }

  private index(r: Register): number | Value {
    return typeof r === "number" ? r : this.imm(32, r);
  }

  private indexOrSp(r: Register): number | Value {
    if (typeof r === "number") return r === 31 ? STACK_POINTER : r;
    const n = this.imm(32, r);
    return this.add(32, n, this.shrU(32, this.add(32, n, this.i32(1)), 5));
  }

  /** AND, ORR, EOR or ANDS by the manual's opc; ANDS leaves the flags to the caller. */
  logical(width: Width, opc: number, a: Value, b: Value): Value {
    if (opc === 1) return this.or(width, a, b);
    return opc === 2 ? this.xor(width, a, b) : this.and(width, a, b);
  }

  /** ShiftReg() of the manual: LSL, LSR, ASR, ROR by its 2-bit type; the amount is a value of the width, taken modulo it. */
  shift(width: Width, type: number, a: Value, amount: Value): Value {
    const shifts = [this.shl, this.shrU, this.shrS, this.rotr] as const;
    return shifts[type]!.call(this, width, a, amount);
  }

  /** ExtendReg() of the manual, without its shift: UXTB to SXTX by its 3-bit type. */
  extend(width: Width, type: number, a: Value): Value {
    const bits = (8 << (type & 3)) as 8 | 16 | 32 | 64;
    if (bits >= width) return this.resize(width, a);
    if (type >= 4) return this.signExtend(width, a, bits);
    return this.and(width, this.resize(width, a), this.imm(width, 2 ** bits - 1));
  }

  /** AddWithCarry() of the manual. `carry` is 0, 1, or an i32. */
  addWithCarry(width: Width, a: Value, b: Value, carry: 0 | 1 | Value): { result: Value; nzcv: Flags } {
    return addWithCarry(this, width, a, b, carry);
  }

  /** N and Z of a result; C and V zero. */
  logicalFlags(width: Width, result: Value): Flags {
    return logicalFlags(this, width, result);
  }

  flags(): Flags {
    return currentFlags(this);
  }

  /** N, Z, C or V by its number, as it stands in the state. */
  private flag(index: number): Value {
    return this.read(state.flags, index);
  }

  /** The C flag: an i32, 0 or 1. */
  carry(): Value {
    const origin = this.flagsOrigin();
    return origin ? flagsFrom(this, origin).c : this.flag(2);
  }

  setNzcv({ n, z, c, v, origin }: Flags): void {
    this.lowering.writeFlags(state.flags, [n, z, c, v], origin);
  }

  /** NZCV as the four low bits of an i32 that is known when code is generated (CCMP's immediate) or not. */
  setNzcvBits(bits: Immediate): void {
    const value = this.imm(32, bits);
    const flags = [3, 2, 1, 0].map((bit) => this.and(32, this.shrU(32, value, bit), this.i32(1)));
    this.lowering.writeFlags(state.flags, flags);
  }

  /** ConditionHolds() of the manual: an i32, 0 or 1. */
  condition(cond: number): Value {
    if (cond >= 14) return this.i32(1);
    const origin = this.flagsOrigin();
    const short = origin && compare(this, cond, origin);
    if (short) return short;
    const known = origin && flagsFrom(this, origin);
    const base = conditionOfFlags(this, cond >> 1, {
      n: () => known?.n ?? this.flag(0),
      z: () => known?.z ?? this.flag(1),
      c: () => known?.c ?? this.flag(2),
      v: () => known?.v ?? this.flag(3),
    });
    return cond & 1 ? this.eqz(32, base) : base;
  }

  /** Opens the exclusive monitor: the next store exclusive fails. */
  clearExclusive(): void {
    this.write(state.exclusiveSize, this.i32(0));
  }

  /** A vector register, 128 bits. */
  vreg(r: Register): Value {
    return this.read(state.v, this.index(this.numberOf(r)));
  }
  setVreg(r: Register, value: Value): void {
    this.write(state.v, value, this.index(this.numberOf(r)));
  }

  /** Stands first in every FP/SIMD row: traps when CPACR_EL1.FPEN says so. */
  checkFp(): void {
    this.if(this.read(state.fpTrapped), () => this.raise(0x07, 0x1e00000));
  }

  /** A synchronous exception whose preferred return address is this instruction. ISS is 25 bits. Ends the step. */
  raise(ec: number, iss: number | Value): void {
    this.call(raise, this.i32(ec), typeof iss === "number" ? this.i32(iss) : iss);
    this.resume();
  }

  /** As `raise`, but returning after this instruction (SVC, HVC). */
  raiseReturning(ec: number, iss: number | Value): void {
    this.call(raiseReturning, this.i32(ec), typeof iss === "number" ? this.i32(iss) : iss);
    this.resume();
  }

  /** The Undefined Instruction exception. */
  undefined(): void {
    this.raise(0x00, 0);
  }
}

export const insn: Rows<A64>["insn"] = rows<A64>().insn;
