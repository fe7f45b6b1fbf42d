import { Emitter, type Guest, type Value, type ValueType } from "../../isa/index.ts";
import type { ModuleBuilder } from "../../wasm/index.ts";
import { ENGINE, ROM_BANK_SHIFT } from "../layout.ts";
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
    const lowering = new RoutineLowering(f, this.context);
    this.resultType = result;
    body(new Emitter(lowering), lowering, ...params.map((_, i) => f.param(i)));
    f.finish(name, { exported: true });
  }

  /** The page number (i32) of a physical address: RAM's, then ROM's; a huge one, unsigned, outside both. */
  ramPage(e: Emitter, low: RoutineLowering, pa: Value): Value {
    const page = e.sub(64, e.shrU(64, pa, 12), low.peek64(ENGINE.ramBasePage));
    const rom = e.sub(64, e.shrU(64, pa, 12), low.peek64(ENGINE.romBasePage));
    const ramPages = low.peek32(ENGINE.ramPages);
    const inRam = e.op("i64.lt_u", page, e.zeroExtend(64, ramPages));
    const inRom = e.op("i64.lt_u", rom, e.zeroExtend(64, low.peek32(ENGINE.romPages)));
    return e.select(inRam, e.wrap(page), e.select(inRom, e.add(32, e.wrap(rom), ramPages), e.i32(-1)));
  }

  /** Whether the CPU itself reads a page, given by its number: RAM, or ROM that its device does not answer for now. */
  readable(e: Emitter, low: RoutineLowering, page: Value): Value {
    const rom = e.sub(32, page, low.peek32(ENGINE.ramPages));
    const hidden = e.shrU(32, low.peek32(ENGINE.romHidden), e.shrU(32, rom, ROM_BANK_SHIFT));
    const shown = e.eqz(32, e.and(32, hidden, e.i32(1)));
    const inRom = e.and(32, e.ltU(32, rom, low.peek32(ENGINE.romPages)), shown);
    return e.or(32, e.ltU(32, page, low.peek32(ENGINE.ramPages)), inRom);
  }
}
