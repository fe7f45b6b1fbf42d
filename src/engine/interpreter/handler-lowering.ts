import { AssertionError } from "../../base/index.ts";
import type { FieldSpec, Operand, Value, ValueType, Variable } from "../../isa/index.ts";
import type { FunctionBuilder } from "../../wasm/index.ts";
import { InstructionLowering, type Probe, valueType } from "./instruction-lowering.ts";
import { ENGINE, HOT_COUNT } from "../layout.ts";
import type { BaseLowering, BuildContext } from "./lowering.ts";

/** A handler's parameters: the code address of its entry, and the steps left before it. */
export const HANDLER_PARAMS: readonly ValueType[] = ["i32", "i32"];
export const HANDLERS = "handlers";

/** The interpreter's meaning of a row: operands are read from the predecoded entry, registers live in memory, a step ends in a tail call. */
export class HandlerLowering extends InstructionLowering {
  private readonly budgetLeft: Variable;
  private readonly entry: Value;
  private readonly fieldOf: (field: FieldSpec) => Value;

  constructor(f: FunctionBuilder, context: BuildContext) {
    super(f, context);
    this.entry = f.param(0);
    this.budgetLeft = f.paramVariable(1);
    this.fieldOf = context.form.operands(this, this.entry);
  }

  protected budget(): Value {
    return this.get(this.budgetLeft);
  }
  protected ip(): Value {
    return this.entry;
  }
  protected outside<T>(run: () => T): T {
    this.poke32(ENGINE.ip, this.entry);
    this.poke32(ENGINE.budget, this.get(this.budgetLeft));
    const result = run();
    this.set(this.budgetLeft, this.peek32(ENGINE.budget));
    return result;
  }

  operand({ operand }: Operand): Value {
    return this.fieldOf(operand);
  }

  known(): undefined {
    return undefined;
  }

  derive(operands: readonly Operand[], compute: (...values: number[]) => bigint): Value {
    let index = this.constant("i32", 0);
    for (const o of operands) {
      const shifted = this.op("i32.shl", index, this.constant("i32", o.operand.width));
      index = this.op("i32.or", shifted, this.operand(o));
    }
    const table = this.context.tables.address(
      operands.map((o) => o.operand),
      compute,
    );
    return this.f.load("i64", 64, this.op("i32.shl", index, this.constant("i32", 3)), table);
  }

  protected finishLoad({ bits, address, access, hit, host }: Probe): Value {
    const type = valueType(bits);
    const zero = type === "v128" ? this.vector(new Array<number>(16).fill(0)) : this.constant(type, 0);
    const result = this.variable(zero);
    this.if(
      hit,
      () => this.set(result, this.f.load(type, bits, host())),
      () => {
        const args = [address, this.constant("i32", bits / 8), this.constant("i32", access)];
        const low = this.slow("loadSlow", "i64", ...args);
        if (type === "i32") this.set(result, this.op("i32.wrap_i64", low));
        else if (type === "i64") this.set(result, low);
        else this.set(result, this.op("i64x2.replace_lane", this.op("i64x2.splat", low), this.peek64(ENGINE.high), 1));
      },
    );
    return this.get(result);
  }

  protected finishStore({ bits, address, access, hit, host }: Probe, value: Value): void {
    this.if(
      hit,
      () => this.f.store(bits, host(), value),
      () => {
        const zero = this.constant("i64", 0);
        const [low, high] =
          value.type === "v128"
            ? [this.op("i64x2.extract_lane", value, 0), this.op("i64x2.extract_lane", value, 1)]
            : [value.type === "i32" ? this.op("i64.extend_i32_u", value) : value, zero];
        const bytes = this.constant("i32", bits / 8);
        this.slow("storeSlow", undefined, address, bytes, low, high, this.constant("i32", access));
      },
    );
  }

  /** An access that the probe does not serve; the step is over when it did not complete. */
  private slow(name: string, result: "i64" | undefined, ...args: readonly Value[]): Value {
    const value = this.callFunction(name, result, ...args);
    this.if(this.peek32(ENGINE.fault), () => this.notCompleted());
    return value;
  }
  protected notCompleted(): void {
    this.f.tailCall("faulted", this.budgetLeft);
  }

  loadDescriptor(): never {
    throw new AssertionError("only a page walk reads descriptors");
  }
  storeDescriptor(): never {
    throw new AssertionError("only a page walk stores to descriptors");
  }

  jump(target: Value): void {
    this.f.tailCall("jump", target, this.budgetLeft);
  }

  branch(displacement: Value): void {
    const pc = this.pc();
    const target = this.op("i64.add", pc, displacement);
    const far = this.op("i64.shr_u", this.op("i64.xor", pc, target), this.constant("i64", 12));
    this.if(
      this.op("i64.eqz", far),
      () => {
        const { entry, exists } = this.context.form.near(this, this.entry, displacement, target);
        const go = (): void => {
          countEntry(this, entry);
          this.continueAt(entry);
        };
        if (exists) this.if(exists, go, () => this.jump(target));
        else go();
      },
      () => this.jump(target),
    );
  }

  resume(): void {
    this.f.tailCall("resume", this.budgetLeft);
  }

  /** Ends the step; the next instruction is the one behind this. */
  next(): void {
    this.continueAt(this.op("i32.add", this.entry, this.constant("i32", this.context.form.entryBytes)));
  }

  private continueAt(entry: Value): void {
    const left = this.op("i32.sub", this.get(this.budgetLeft), this.constant("i32", 1));
    this.if(this.op("i32.eqz", left), () => this.f.tailCall("stopAt", entry));
    dispatch(this, entry, left);
  }
}

/** Goes on at a code address: what its entry names runs. */
export function dispatch(low: BaseLowering, entry: Value, budget: Value | Variable): void {
  low.f.tailCallIndirect(HANDLERS, low.f.load("i32", 16, entry), HANDLER_PARAMS, entry, budget);
}

/**
 * A branch came here: its target is counted, unless it is translated, and asked to be translated each time it has become
 * hotter.
 */
export function countEntry(low: BaseLowering, entry: Value): void {
  const both = low.f.load("i32", 32, entry);
  const handler = low.op("i32.and", both, low.constant("i32", 0xffff));
  low.if(low.op("i32.lt_u", handler, low.constant("i32", low.context.firstRegionSlot)), () => {
    const count = low.op("i32.add", low.op("i32.shr_u", both, low.constant("i32", 16)), low.constant("i32", 1));
    low.f.store(16, entry, count, 2);
    const rest = low.op("i32.and", count, low.constant("i32", HOT_COUNT - 1));
    low.if(low.op("i32.eqz", rest), () => low.f.call("hot", undefined, entry));
  });
}
