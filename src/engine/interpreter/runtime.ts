import { Emitter, type Guest, type Value, type ValueType } from "../../isa/index.ts";
import type { ModuleBuilder } from "../../wasm/index.ts";
import type { BuildContext } from "./lowering.ts";
import { RoutineLowering } from "./routine-lowering.ts";

/** Adds functions to the interpreter's module: the engine's own, written over the general Emitter, and the guest's routines. */
export class Runtime {
  readonly guest: Guest;
  /** Result type of the function being defined. */
  resultType: ValueType | undefined;

  constructor(
    readonly module: ModuleBuilder,
    readonly context: BuildContext,
  ) {
    this.guest = context.guest;
  }

  define(
    name: string,
    params: readonly ValueType[],
    result: ValueType | undefined,
    body: (e: Emitter, low: RoutineLowering, ...params: Value[]) => void,
  ): void {
    const f = this.module.function(params, result);
    const lowering = new RoutineLowering(f, this.context, { result });
    this.resultType = result;
    body(new Emitter(lowering), lowering, ...params.map((_, i) => f.param(i)));
    f.finish(name, { exported: true });
  }
}
