import { type BranchOptions, Emitter, type Operand, type Routine, type Value, type Width } from "../index.ts";
import { effective, linear } from "./addressing.ts";
import { EXCEPTION } from "./exception-vectors.ts";
import { raise } from "./exceptions.ts";
import { type Computed, condition, currentFlags, FLAG_NAMES, type FlagName, type Flags, widthOf } from "./flags.ts";
import { type PlaceFields, RM_REGISTER, type Size } from "./operands.ts";
import { CODE_32_FLAT, CODE_64 } from "./modes.ts";
import { readSystem, writeSystem } from "./system-state.ts";
import { CS, EFLAGS, RSP, SS, state, type SystemSlot } from "./state.ts";

/** A register or memory: read at most once before it is written. */
export interface Place {
  read(): Value;
  write(value: Value): void;
}

/** A general register: a field, or its number when code is generated. */
export type Register = Operand | number;

/** The vocabulary of x86's descriptions. Values of 8 and 16 bits are i32, with nothing above their size. */
export class X86 extends Emitter {
  // General registers. Fields of 8 bits are places of bytes, all others numbers.
  reg(size: Size, register: Register): Value {
    if (size === 64) return this.read(state.r, this.number(register));
    return this.readPart(state.r, size, this.partOf(size, register));
  }
  setReg(size: Size, register: Register, value: Value): void {
    if (size === 64) this.write(state.r, value, this.number(register));
    else if (size === 32) this.write(state.r, this.zeroExtend(64, value), this.number(register));
    else this.writePart(state.r, size, this.partOf(size, register), value);
  }
  private number(register: Register): number | Value {
    return typeof register === "number" ? register : this.imm(32, register);
  }
  private partOf(size: Size, register: Register): number | Value {
    if (typeof register === "number") return register * 8;
    return size === 8 ? this.imm(32, register) : this.shl(32, this.imm(32, register), 3);
  }
  /** AH. */
  ah(): Value {
    return this.readPart(state.r, 8, 1);
  }
  setAh(value: Value): void {
    this.writePart(state.r, 8, 1, value);
  }

  // Places
  place(size: Size, fields: PlaceFields): Place {
    const { rm, base } = fields;
    if (rm === RM_REGISTER)
      return { read: () => this.reg(size, base), write: (value) => this.setReg(size, base, value) };
    return this.memory(size, this.address(fields));
  }
  memory(size: Size, address: Value): Place {
    return { read: () => this.load(size, address), write: (value) => this.store(size, address, value) };
  }
  /** Linear address of the place in memory that ModRM names. */
  address(fields: PlaceFields): Value {
    return linear(this, fields);
  }
  /** The linear address so many bytes (i64) further on. */
  addressWith(fields: PlaceFields, bytes: Value): Value {
    return linear(this, fields, bytes);
  }
  /** The same without its segment: LEA's. */
  effective(fields: PlaceFields): Value {
    return effective(this, fields);
  }

  /** A field as a signed number of a size, without what is above it. */
  immediate(size: Size, field: Operand): Value {
    if (size === 64) return this.signed(64, field);
    const value = this.imm(32, field);
    return size === 32 ? value : this.and(32, value, this.i32(2 ** size - 1));
  }

  // Flags
  flags(): Flags {
    return currentFlags(this);
  }
  condition(cc: number): Value {
    return condition(this, cc);
  }
  setFlags({ flags, origin }: Pick<Computed, "flags" | "origin">): void {
    const values = FLAG_NAMES.map((name) => flags[name]);
    this.lowering.writeFlags(state.flags, values, origin);
  }
  /** Those that are named; the others stay. */
  changeFlags(changed: Partial<Flags>): void {
    const now = this.flags();
    const kept = Object.fromEntries(FLAG_NAMES.map((name) => [name, changed[name] ?? now[name]]));
    this.setFlags({ flags: kept as Readonly<Record<FlagName, Value>> });
  }
  /** A bit of EFLAGS that is no condition flag, as an i32. */
  eflag(name: keyof typeof EFLAGS): Value {
    return this.and(32, this.shrU(32, this.read(state.eflags), EFLAGS[name]), this.i32(1));
  }

  // Where code goes on
  /** Linear address of the next instruction. */
  next(length: Operand): Value {
    return this.add(64, this.pc(), this.imm(64, length));
  }
  /** The address of the next instruction in its code segment, as a call pushes it. */
  nextIp(mode: number, length: Operand): Value {
    return mode === CODE_64 ? this.next(length) : this.sub(64, this.next(length), this.codeBase(mode));
  }
  private codeBase(mode: number): Value {
    return mode === CODE_64 || mode === CODE_32_FLAT ? this.i64(0) : this.read(state.segmentBase, CS);
  }
  /** Faults where a branch of 64-bit code leads to what is no address, before anything else is done. */
  checkTarget(mode: number, size: Size, ip: Value): void {
    if (mode !== CODE_64 || size !== 64) return;
    const canonical = this.op("i64.shr_s", this.op("i64.shl", ip, this.i64(16)), this.i64(16));
    this.faultIf(this.ne(64, canonical, ip), EXCEPTION.GP);
  }
  /** Ends the step at an address (i64) in the code segment, which has a size. */
  jumpTo(mode: number, size: Size, ip: Value, options?: BranchOptions): void {
    const cut = size === 64 ? ip : this.and(64, ip, this.i64((1n << BigInt(size)) - 1n));
    const flat = mode === CODE_64 || mode === CODE_32_FLAT;
    this.jump(flat ? cut : this.and(64, this.add(64, cut, this.codeBase(mode)), this.i64(0xffff_ffff)), options);
  }
  /** Ends the step so far from the next instruction. */
  jumpBy(mode: number, size: Size, length: Operand, displacement: Operand, options?: BranchOptions): void {
    const by = this.add(64, this.imm(64, length), this.signed(64, displacement));
    if (mode === CODE_64 && size === 64) return this.branch(by, options);
    if (mode === CODE_32_FLAT && size === 32) {
      const target = this.add(64, this.pc(), by);
      const outside = this.op("i64.gt_u", target, this.i64(0xffff_ffff));
      this.if(outside, () => this.jump(this.and(64, target, this.i64(0xffff_ffff)), options));
      return this.branch(by, options);
    }
    this.jumpTo(mode, size, this.add(64, this.nextIp(mode, length), this.signed(64, displacement)), options);
  }

  // The stack
  /** Linear address of a place in the stack. `pointer`: i64. */
  stackAddress(mode: number, pointer: Value): Value {
    if (mode === CODE_64) return pointer;
    if (mode === CODE_32_FLAT) return this.and(64, pointer, this.i64(0xffff_ffff));
    const offset = this.and(64, pointer, this.stackMask(mode));
    return this.and(64, this.add(64, offset, this.read(state.segmentBase, SS)), this.i64(0xffff_ffff));
  }
  /** What the stack's size makes of a pointer to it (i64). */
  stackMask(mode: number): Value {
    if (mode === CODE_64) return this.i64(-1);
    if (mode === CODE_32_FLAT) return this.i64(0xffff_ffff);
    const big = this.and(32, this.shrU(32, this.read(state.segmentAttributes, SS), 22), this.i32(1));
    return this.select(big, this.i64(0xffff_ffff), this.i64(0xffff));
  }
  setStackPointer(mode: number, pointer: Value): void {
    if (mode === CODE_64) return this.setReg(64, RSP, pointer);
    if (mode === CODE_32_FLAT) return this.setReg(32, RSP, this.wrap(pointer));
    const mask = this.stackMask(mode);
    const old = this.reg(64, RSP);
    // A 16-bit stack keeps what is above; a 32-bit one clears it.
    const kept = this.select(this.eq(64, mask, this.i64(0xffff)), this.and(64, old, this.i64(~0xffff)), this.i64(0));
    this.setReg(64, RSP, this.or(64, kept, this.and(64, pointer, mask)));
  }
  /** The pointer moves when the store is done. */
  push(mode: number, size: Size, value: Value): void {
    const pointer = this.sub(64, this.reg(64, RSP), this.i64(size / 8));
    this.store(size, this.stackAddress(mode, pointer), value);
    this.setStackPointer(mode, pointer);
  }
  /** The pointer stays where it is until `popped`. */
  top(mode: number, size: Size, offset = 0): Value {
    const pointer = this.add(64, this.reg(64, RSP), this.i64(offset));
    return this.load(size, this.stackAddress(mode, pointer));
  }
  popped(mode: number, bytes: number | Value): void {
    const by = typeof bytes === "number" ? this.i64(bytes) : bytes;
    this.setStackPointer(mode, this.add(64, this.reg(64, RSP), by));
  }
  pop(mode: number, size: Size): Value {
    const value = this.top(mode, size);
    this.popped(mode, size / 8);
    return value;
  }

  // Exceptions
  /** Ends the step: a fault, whose return address is the instruction itself. `error`: its code, for those that have one. */
  fault(vector: number | Value, error: number | Value = 0): void {
    this.call(
      raise,
      typeof vector === "number" ? this.i32(vector) : vector,
      typeof error === "number" ? this.i32(error) : error,
    );
    this.resume();
  }
  faultIf(condition: Value, vector: number | Value, error: number | Value = 0): void {
    this.if(condition, () => this.fault(vector, error));
  }

  /** What is misaligned faults, whatever CR0 and EFLAGS say. */
  requireAligned(bits: number, address: Value): void {
    this.faultIf(this.wrap(this.and(64, address, this.i64(bits / 8 - 1))), EXCEPTION.GP);
  }

  // The system
  system(slot: SystemSlot): Value {
    return readSystem(this, slot);
  }
  setSystem(slot: SystemSlot, value: Value): void {
    writeSystem(this, slot, value);
  }
  /** A bit of `FEATURE`: without it there is no such instruction. */
  requireFeature(bit: number): void {
    this.faultIf(this.and(32, this.read(state.missing), this.i32(bit)), EXCEPTION.UD);
  }
  /** What the code may not do at its privilege. */
  requireSupervisor(): void {
    this.faultIf(this.read(state.privilege), EXCEPTION.GP);
  }
  /** No interrupt comes before the next instruction is over. */
  shadowInterrupts(): void {
    this.write(state.shadow, this.i32(1));
    this.leave();
  }
  /** Ends the step in a routine: it leads on to the state's `pc`, or has taken an exception. */
  leaveBy(routine: Routine<never>, ...args: Value[]): void {
    this.call(routine, ...args);
    this.resume();
  }
  /** A routine that may have taken an exception: not 0, and the step ends there. */
  attempt(routine: Routine<never>, ...args: Value[]): void {
    const failed = this.call(routine, ...args);
    this.if(failed, () => this.resume());
  }

  width(size: Size): Width {
    return widthOf(size);
  }
  /** A value of a size as an i64. */
  wide(value: Value): Value {
    return this.zeroExtend(64, value);
  }
  /** An i64 as a value of a size. */
  cut(size: Size, value: Value): Value {
    if (size === 64) return value;
    return size === 32 ? this.wrap(value) : this.and(32, this.wrap(value), this.i32(2 ** size - 1));
  }
  /** A value of a size with its sign, in its width. */
  extended(size: Size, value: Value): Value {
    return this.signExtend(widthOf(size), value, size);
  }
}
