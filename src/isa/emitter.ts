import type {
  AccessBits,
  AccessOptions,
  BranchOptions,
  FlagsOrigin,
  Lowering,
  Operand,
  PartBits,
  PortBits,
  Routine,
  Value,
  Variable,
} from "./lowering.ts";
import type { StateField } from "./state.ts";

export type Width = 32 | 64;

/** A number known when code is generated, or one read from a non-split field. */
export type Immediate = number | bigint | Operand;

/**
 * The vocabulary of the descriptions: the primitives of a Lowering, plus integer conveniences by width.
 * A guest extends it with words of its own (registers, flags).
 */
export class Emitter {
  constructor(protected readonly lowering: Lowering) {}

  // Values
  op(name: string, ...operands: (Value | number | readonly number[])[]): Value {
    return this.lowering.op(name, ...operands);
  }
  i32(value: number): Value {
    return this.lowering.constant("i32", value);
  }
  i64(value: number | bigint): Value {
    return this.lowering.constant("i64", BigInt(value));
  }
  f32(value: number): Value {
    return this.lowering.constant("f32", value);
  }
  f64(value: number): Value {
    return this.lowering.constant("f64", value);
  }
  vector(bytes: readonly number[]): Value {
    return this.lowering.vector(bytes);
  }
  /** An immediate of a width, zero-extended. */
  imm(width: Width, value: Immediate): Value {
    if (typeof value === "object") {
      const n = this.lowering.operand(value);
      return width === 64 ? this.op("i64.extend_i32_u", n) : n;
    }
    return width === 64 ? this.i64(value) : this.i32(Number(BigInt.asIntN(32, BigInt(value))));
  }
  /** A field as a signed number of a width. */
  signed(width: Width, field: Operand): Value {
    const unused = 32 - field.operand.width;
    const n = this.op(
      "i32.shr_s",
      this.op("i32.shl", this.lowering.operand(field), this.i32(unused)),
      this.i32(unused),
    );
    return width === 64 ? this.op("i64.extend_i32_s", n) : n;
  }
  known(operand: Operand): number | undefined {
    return this.lowering.known(operand);
  }
  derive(operands: readonly Operand[], compute: (...values: number[]) => bigint): Value {
    return this.lowering.derive(operands, compute);
  }

  // Integers of a width: an i32 or an i64
  private int(width: Width, name: string, ...operands: Value[]): Value {
    return this.op(`i${width}.${name}`, ...operands);
  }
  add(width: Width, a: Value, b: Value): Value {
    return this.int(width, "add", a, b);
  }
  sub(width: Width, a: Value, b: Value): Value {
    return this.int(width, "sub", a, b);
  }
  mul(width: Width, a: Value, b: Value): Value {
    return this.int(width, "mul", a, b);
  }
  and(width: Width, a: Value, b: Value): Value {
    return this.int(width, "and", a, b);
  }
  or(width: Width, a: Value, b: Value): Value {
    return this.int(width, "or", a, b);
  }
  xor(width: Width, a: Value, b: Value): Value {
    return this.int(width, "xor", a, b);
  }
  not(width: Width, a: Value): Value {
    return this.int(width, "xor", a, this.imm(width, -1));
  }
  neg(width: Width, a: Value): Value {
    return this.int(width, "sub", this.imm(width, 0), a);
  }
  /** Shifts take a number or a value of the same width; the count is taken modulo the width. */
  shl(width: Width, a: Value, by: number | Value): Value {
    return by === 0 ? a : this.int(width, "shl", a, this.count(width, by));
  }
  shrU(width: Width, a: Value, by: number | Value): Value {
    return by === 0 ? a : this.int(width, "shr_u", a, this.count(width, by));
  }
  shrS(width: Width, a: Value, by: number | Value): Value {
    return by === 0 ? a : this.int(width, "shr_s", a, this.count(width, by));
  }
  rotr(width: Width, a: Value, by: number | Value): Value {
    return by === 0 ? a : this.int(width, "rotr", a, this.count(width, by));
  }
  private count(width: Width, by: number | Value): Value {
    return typeof by === "number" ? this.imm(width, by) : by;
  }
  clz(width: Width, a: Value): Value {
    return this.int(width, "clz", a);
  }
  /** Comparisons give an i32, 0 or 1. */
  eqz(width: Width, a: Value): Value {
    return this.int(width, "eqz", a);
  }
  eq(width: Width, a: Value, b: Value): Value {
    return this.int(width, "eq", a, b);
  }
  ne(width: Width, a: Value, b: Value): Value {
    return this.int(width, "ne", a, b);
  }
  ltU(width: Width, a: Value, b: Value): Value {
    return this.int(width, "lt_u", a, b);
  }
  ltS(width: Width, a: Value, b: Value): Value {
    return this.int(width, "lt_s", a, b);
  }
  geU(width: Width, a: Value, b: Value): Value {
    return this.int(width, "ge_u", a, b);
  }
  geS(width: Width, a: Value, b: Value): Value {
    return this.int(width, "ge_s", a, b);
  }
  /** From an i32 to a width, upper bits zero. */
  zeroExtend(width: Width, a: Value): Value {
    return width === 64 && a.type === "i32" ? this.op("i64.extend_i32_u", a) : a;
  }
  /** To a width, from the low `bits` of a value, signed. */
  signExtend(width: Width, a: Value, bits: 8 | 16 | 32 | 64): Value {
    if (width === 32) return bits >= 32 ? this.wrap(a) : this.op(`i32.extend${bits}_s`, this.wrap(a));
    if (bits === 64) return a;
    if (bits === 32) return this.op("i64.extend_i32_s", this.wrap(a));
    return this.op(`i64.extend${bits}_s`, this.zeroExtend(64, a));
  }
  /** The low 32 bits of an i64 (an i32 stays itself). */
  wrap(a: Value): Value {
    return a.type === "i64" ? this.op("i32.wrap_i64", a) : a;
  }
  /** To a width from either integer type: wraps or zero-extends. */
  resize(width: Width, a: Value): Value {
    return width === 64 ? this.zeroExtend(64, a) : this.wrap(a);
  }

  // Control
  variable(initial: Value): Variable {
    return this.lowering.variable(initial);
  }
  get(variable: Variable): Value {
    return this.lowering.get(variable);
  }
  set(variable: Variable, value: Value): void {
    this.lowering.set(variable, value);
  }
  if(condition: Value, then: () => void, otherwise?: () => void): void {
    this.lowering.if(condition, then, otherwise);
  }
  while(condition: () => Value, body: () => void): void {
    this.lowering.while(condition, body);
  }
  select(condition: Value, ifTrue: Value, ifFalse: Value): Value {
    return this.lowering.select(condition, ifTrue, ifFalse);
  }

  // State and memory
  read(field: StateField, index?: number | Value): Value {
    return this.lowering.read(field, index);
  }
  write(field: StateField, value: Value, index?: number | Value): void {
    this.lowering.write(field, value, index);
  }
  readPart(field: StateField, bits: PartBits, offset: number | Value): Value {
    return this.lowering.readPart(field, bits, offset);
  }
  writePart(field: StateField, bits: PartBits, offset: number | Value, value: Value): void {
    this.lowering.writePart(field, bits, offset, value);
  }
  /** What the condition flags were last computed from, where that is known when code is generated. */
  flagsOrigin(): FlagsOrigin | undefined {
    return this.lowering.flagsOrigin();
  }
  load(bits: AccessBits, address: Value, options?: AccessOptions): Value {
    return this.lowering.load(bits, address, options);
  }
  store(bits: AccessBits, address: Value, value: Value, options?: AccessOptions): void {
    this.lowering.store(bits, address, value, options);
  }
  loadDescriptor(physicalAddress: Value, page: Value): Value {
    return this.lowering.loadDescriptor(physicalAddress, page);
  }
  storeDescriptor(bits: 32 | 64, physicalAddress: Value, value: Value, access: Value): void {
    this.lowering.storeDescriptor(bits, physicalAddress, value, access);
  }
  portRead(bits: PortBits, port: Value): Value {
    return this.lowering.portRead(bits, port);
  }
  portWrite(bits: PortBits, port: Value, value: Value): void {
    this.lowering.portWrite(bits, port, value);
  }
  call(routine: Routine<never>, ...args: Value[]): Value {
    return this.lowering.call(routine, ...args);
  }
  host(name: string, ...args: Value[]): Value {
    return this.lowering.host(name, ...args);
  }
  return(value?: Value): void {
    this.lowering.return(value);
  }

  // The step
  pc(): Value {
    return this.lowering.pc();
  }
  position(): Value {
    return this.lowering.position();
  }
  virtualTimeNs(): Value {
    return this.lowering.virtualTimeNs();
  }
  jump(target: Value, options?: BranchOptions): void {
    this.lowering.jump(target, options);
  }
  branch(displacement: Value, options?: BranchOptions): void {
    this.lowering.branch(displacement, options);
  }
  resume(): void {
    this.lowering.resume();
  }
  leave(): void {
    this.lowering.leave();
  }
  interruptsChanged(): void {
    this.lowering.interruptsChanged();
  }
  wait(): void {
    this.lowering.wait();
  }
  flushTlb(): void {
    this.lowering.flushTlb();
  }
  selectAddressSpace(key: Value): void {
    this.lowering.selectAddressSpace(key);
  }
  selectMode(mode: Value): void {
    this.lowering.selectMode(mode);
  }
  selectPrivilege(level: Value): void {
    this.lowering.selectPrivilege(level);
  }
}
