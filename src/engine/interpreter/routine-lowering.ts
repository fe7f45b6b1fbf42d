import { assert, AssertionError } from "../../base/index.ts";
import {
  ACCESS_READ,
  ACCESS_UNPRIVILEGED,
  ACCESS_WRITE,
  type AccessBits,
  type AccessOptions,
  type Routine,
  type StateField,
  type Value,
  type ValueType,
} from "../../isa/index.ts";
import type { FunctionBuilder } from "../../wasm/index.ts";
import { ENGINE } from "../layout.ts";
import { BaseLowering, type BuildContext } from "./lowering.ts";

/** The lowering of guest routines and of the engine's own functions: ip and budget stand in memory, no step is ended here. */
export class RoutineLowering extends BaseLowering {
  private readonly result: ValueType | undefined;

  constructor(
    f: FunctionBuilder,
    context: BuildContext,
    private readonly routine: Pick<Routine<never>, "accesses" | "beside" | "result">,
  ) {
    super(f, context);
    this.result = routine.result;
  }

  /** What a routine that regions call must leave alone: they have it elsewhere. */
  private besides(allowed: boolean, what: string): void {
    assert(!this.routine.beside || allowed, `a routine for regions, and ${what}`);
  }

  protected outside<T>(run: () => T): T {
    return run();
  }
  override call(routine: Routine<never>, ...args: readonly Value[]): Value {
    this.besides(!!routine.pure || !!routine.beside, `it calls ${routine.name}`);
    return super.call(routine, ...args);
  }
  override host(name: string, ...args: readonly Value[]): Value {
    this.besides(false, name);
    return super.host(name, ...args);
  }
  override read(field: StateField, index?: number | Value): Value {
    this.besides(this.isBeside(field), field.name);
    return super.read(field, index);
  }
  override write(field: StateField, value: Value, index?: number | Value): void {
    this.besides(this.isBeside(field), field.name);
    super.write(field, value, index);
  }
  private isBeside(field: StateField): boolean {
    const { flags, pc, registers } = this.context.guest;
    return field !== flags.field && field !== pc && !registers.includes(field);
  }
  protected budget(): Value {
    this.besides(false, "the budget");
    return this.peek32(ENGINE.budget);
  }
  protected ip(): Value {
    this.besides(false, "the instruction's place");
    return this.peek32(ENGINE.ip);
  }
  loadDescriptor(physicalAddress: Value, page: Value): Value {
    return this.callFunction("loadDescriptor", "i64", physicalAddress, page);
  }
  storeDescriptor(bits: 32 | 64, physicalAddress: Value, value: Value, access: Value): void {
    const bytes = this.constant("i32", bits / 8);
    const stored = value.type === "i32" ? this.op("i64.extend_i32_u", value) : value;
    this.callFunction("storeDescriptor", undefined, physicalAddress, stored, bytes, access);
  }

  operand(): never {
    throw new AssertionError("a routine has no operands");
  }
  known(): never {
    throw new AssertionError("a routine has no operands");
  }
  derive(): never {
    throw new AssertionError("a routine has no operands");
  }
  load(bits: AccessBits, address: Value, options: AccessOptions = {}): Value {
    const access = this.constant("i32", ACCESS_READ | (options.unprivileged ? ACCESS_UNPRIVILEGED : 0));
    const value = this.access("loadSlow", "i64", address, this.constant("i32", bits / 8), access);
    assert(bits < 128, "routines load no vectors");
    return bits === 64 ? value : this.op("i32.wrap_i64", value);
  }
  store(bits: AccessBits, address: Value, value: Value, options: AccessOptions = {}): void {
    const access = this.constant("i32", ACCESS_WRITE | (options.unprivileged ? ACCESS_UNPRIVILEGED : 0));
    assert(bits < 128, "routines store no vectors");
    const low = bits === 64 ? value : this.op("i64.extend_i32_u", value);
    this.access("storeSlow", undefined, address, this.constant("i32", bits / 8), low, this.constant("i64", 0), access);
  }
  private access(name: string, result: "i64" | undefined, ...args: readonly Value[]): Value {
    assert(this.routine.accesses, "a routine that does not say that it accesses guest memory");
    const value = this.callFunction(name, result, ...args);
    this.if(this.peek32(ENGINE.fault), () => this.notCompleted());
    return value;
  }
  protected notCompleted(): void {
    if (this.result === undefined) this.f.return();
    else
      this.f.return(
        this.result === "v128" ? this.vector(new Array<number>(16).fill(0)) : this.constant(this.result, 0),
      );
  }
  jump(): never {
    throw new AssertionError("a routine does not end the step");
  }
  branch(): never {
    throw new AssertionError("a routine does not end the step");
  }
  resume(): never {
    throw new AssertionError("a routine does not end the step");
  }
}
