import { assert } from "../../base/index.ts";
import type {
  AccessBits,
  AccessOptions,
  FlagsOrigin,
  Guest,
  Lowering,
  Operand,
  PartBits,
  PortBits,
  Routine,
  StateField,
  Value,
  ValueType,
  Variable,
} from "../../isa/index.ts";
import type { FunctionBuilder } from "../../wasm/index.ts";
import type { CodeForm } from "../code/code-form.ts";
import { ENGINE, STATE } from "../layout.ts";
import type { DerivedTables } from "./derived-tables.ts";

/** What every lowering of one build shares. */
export interface BuildContext {
  readonly guest: Guest;
  /** Of its predecoded code. */
  readonly form: CodeForm;
  readonly tables: DerivedTables;
  /** Slots of the table from here on are regions'. */
  readonly firstRegionSlot: number;
  /** Every routine called so far. */
  readonly routines: Set<Routine<never>>;
}

/** Wasm function of a guest routine. */
export const routineName = (routine: { readonly name: string }): string => `guest.${routine.name}`;

/** The part of a lowering that handlers and routines have in common: values, control, state, engine variables. */
export abstract class BaseLowering implements Lowering {
  constructor(
    readonly f: FunctionBuilder,
    readonly context: BuildContext,
  ) {}

  constant(type: "i32" | "i64" | "f32" | "f64", value: number | bigint): Value {
    return this.f.constant(type, value);
  }
  vector(bytes: readonly number[]): Value {
    return this.f.vector(bytes);
  }
  op(name: string, ...operands: readonly (Value | number | readonly number[])[]): Value {
    return this.f.op(name, ...operands);
  }
  variable(initial: Value): Variable {
    return this.f.variable(initial);
  }
  get(variable: Variable): Value {
    return this.f.get(variable);
  }
  set(variable: Variable, value: Value): void {
    this.f.set(variable, value);
  }
  if(condition: Value, then: () => void, otherwise?: () => void): void {
    this.f.if(condition, then, otherwise);
  }
  while(condition: () => Value, body: () => void): void {
    this.f.while(condition, body);
  }
  select(condition: Value, ifTrue: Value, ifFalse: Value): Value {
    return this.f.select(condition, ifTrue, ifFalse);
  }

  read(field: StateField, index: number | Value = 0): Value {
    const { pointer, offset } = this.element(field, index);
    const type: ValueType = field.size === 16 ? "v128" : field.size === 8 ? "i64" : "i32";
    return this.f.load(type, field.size * 8, pointer, offset);
  }
  write(field: StateField, value: Value, index: number | Value = 0): void {
    const { pointer, offset } = this.element(field, index);
    this.f.store(field.size * 8, pointer, value, offset);
  }
  readPart(field: StateField, bits: PartBits, offset: number | Value): Value {
    const pointer = typeof offset === "number" ? this.constant("i32", offset) : offset;
    return this.f.load("i32", bits, pointer, STATE + field.offset);
  }
  writePart(field: StateField, bits: PartBits, offset: number | Value, value: Value): void {
    const pointer = typeof offset === "number" ? this.constant("i32", offset) : offset;
    this.f.store(bits, pointer, value, STATE + field.offset);
  }
  writeFlags(field: StateField, flags: readonly Value[]): void {
    flags.forEach((flag, i) => this.write(field, flag, i));
  }
  flagsOrigin(): FlagsOrigin | undefined {
    return undefined;
  }
  private element(field: StateField, index: number | Value): { pointer: Value; offset: number } {
    const base = STATE + field.offset;
    if (typeof index !== "number") {
      const shift = this.constant("i32", 31 - Math.clz32(field.size));
      return { pointer: this.op("i32.shl", index, shift), offset: base };
    }
    assert(index < field.count, `${field.name}[${index}]`);
    return { pointer: this.constant("i32", 0), offset: base + index * field.size };
  }

  /** Engine variables at fixed addresses. */
  peek32(address: number): Value {
    return this.f.load("i32", 32, this.constant("i32", 0), address);
  }
  poke32(address: number, value: Value | number): void {
    this.f.store(32, this.constant("i32", 0), typeof value === "number" ? this.constant("i32", value) : value, address);
  }
  peek64(address: number): Value {
    return this.f.load("i64", 64, this.constant("i32", 0), address);
  }
  poke64(address: number, value: Value): void {
    this.f.store(64, this.constant("i32", 0), value, address);
  }

  /** Runs what may look at ip and budget in memory, and may change the budget. */
  protected abstract outside<T>(run: () => T): T;
  /** An access to guest memory did not complete: nothing more of this is executed. */
  protected abstract notCompleted(): void;
  /** Steps left (i32). */
  protected abstract budget(): Value;
  /** Code address of the instruction in execution (i32). */
  protected abstract ip(): Value;

  call(routine: Routine<never>, ...args: readonly Value[]): Value {
    this.context.routines.add(routine);
    const result = this.callFunction(routineName(routine), routine.result, ...args);
    if (routine.accesses) this.if(this.peek32(ENGINE.fault), () => this.notCompleted());
    return result;
  }
  host(name: string, ...args: readonly Value[]): Value {
    const signature = this.context.guest.host[name];
    assert(signature, `host function ${name} is not declared`);
    return this.callFunction(name, signature.result, ...args);
  }
  callFunction(name: string, result: ValueType | undefined, ...args: readonly Value[]): Value {
    return this.outside(() => this.f.call(name, result, ...args)) ?? this.constant("i32", 0);
  }
  portRead(bits: PortBits, port: Value): Value {
    return this.callFunction("portRead", "i32", port, this.constant("i32", bits / 8));
  }
  portWrite(bits: PortBits, port: Value, value: Value): void {
    this.callFunction("portWrite", undefined, port, this.constant("i32", bits / 8), value);
  }
  return(value?: Value): void {
    this.f.return(value);
  }

  pc(): Value {
    return this.context.form.pc(this, this.ip());
  }
  position(): Value {
    return this.op("i64.sub", this.peek64(ENGINE.deadline), this.op("i64.extend_i32_u", this.budget()));
  }
  virtualTimeNs(): Value {
    const running = this.op("i64.shl", this.position(), this.peek64(ENGINE.clockShift));
    return this.op("i64.add", running, this.peek64(ENGINE.idleNs));
  }
  leave(): void {
    this.callFunction("leaveAfterStep", undefined);
  }
  interruptsChanged(): void {
    this.if(this.peek32(ENGINE.interruptLine), () => this.leave());
  }
  wait(): void {
    this.poke32(ENGINE.waiting, 1);
    this.leave();
  }
  flushTlb(): void {
    this.callFunction("flushTlb", undefined);
  }
  selectAddressSpace(key: Value): void {
    this.callFunction("selectAddressSpace", undefined, key);
  }
  selectMode(mode: Value): void {
    this.callFunction("selectMode", undefined, mode);
  }
  selectPrivilege(level: Value): void {
    this.callFunction("selectPrivilege", undefined, level);
  }

  abstract operand(operand: Operand): Value;
  abstract known(operand: Operand): number | undefined;
  abstract derive(operands: readonly Operand[], compute: (...values: number[]) => bigint): Value;
  abstract load(bits: AccessBits, address: Value, options?: AccessOptions): Value;
  abstract store(bits: AccessBits, address: Value, value: Value, options?: AccessOptions): void;
  abstract storeDescriptor(bits: 32 | 64, physicalAddress: Value, value: Value, access: Value): void;
  abstract loadDescriptor(physicalAddress: Value, page: Value): Value;
  abstract jump(target: Value): void;
  abstract branch(displacement: Value): void;
  abstract resume(): void;
}
