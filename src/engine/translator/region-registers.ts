import type { StateField, Value, Variable } from "../../isa/index.ts";
import type { FunctionBuilder } from "../../wasm/index.ts";
import { STATE } from "../layout.ts";
import type { RegisterPlan } from "./registers.ts";

/**
 * The registers of a region, by offset in the state block. One is loaded when it is first read, and stored before the next
 * place where the region can be left; a local keeps it for later.
 */
export class RegionRegisters {
  private readonly locals = new Map<number, Variable>();
  /** Those whose locals have their value here. */
  private available = new Set<number>();
  /** Those whose locals are newer than the state. */
  private readonly dirty = new Map<number, StateField>();

  constructor(
    private readonly f: FunctionBuilder,
    private readonly plan: RegisterPlan,
  ) {}

  /** A block begins. */
  enter(start: number): void {
    this.available = new Set(this.plan.available.get(start));
  }

  /** The way in from outside of the region; into a loop, where the entry is the first block of one. */
  land(entry: number): void {
    this.available = new Set();
    this.prepareLoop(entry);
  }

  /** Loads what a loop wants and is not in locals at the end of the block that was built last. */
  prepareLoop(header: number): void {
    for (const offset of this.plan.wanted.get(header) ?? []) {
      if (this.available.has(offset)) continue;
      this.f.set(this.local(offset), this.f.load("i64", 64, this.f.constant("i32", 0), STATE + offset));
    }
  }

  /** The state has all registers. */
  settle(): void {
    for (const [offset, field] of this.dirty)
      this.f.store(field.size * 8, this.f.constant("i32", 0), this.f.get(this.local(offset)), STATE + offset);
    this.dirty.clear();
  }

  /** `load`: from the state. `sure`: it is executed whatever happens. */
  read(offset: number, sure: boolean, load: () => Value): Value {
    if (this.available.has(offset)) return this.f.get(this.local(offset));
    const value = load();
    if (!sure) return value;
    this.f.set(this.local(offset), value);
    this.available.add(offset);
    return this.f.get(this.local(offset));
  }

  /** `store`: to the state, at once where it is not sure that this is executed. */
  write(field: StateField, offset: number, value: Value, sure: boolean, store: (value: Value) => void): void {
    if (sure) {
      this.f.set(this.local(offset), value);
      this.available.add(offset);
      this.dirty.set(offset, field);
      return;
    }
    if (this.available.has(offset)) {
      this.f.set(this.local(offset), value);
      value = this.f.get(this.local(offset));
    }
    store(value);
  }

  private local(offset: number): Variable {
    let variable = this.locals.get(offset);
    if (!variable) this.locals.set(offset, (variable = this.f.declare("i64")));
    return variable;
  }
}
