import { assert } from "../base/index.ts";
import type { Guest, Routine } from "../isa/index.ts";
import type { Predecoding } from "./code/predecode.ts";
import { fingerprint } from "./interpreter/fingerprint.ts";
import { HANDLERS } from "./interpreter/handler-lowering.ts";
import { routineName } from "./interpreter/lowering.ts";

type Exports = Record<string, (...args: (number | bigint)[]) => number | bigint | undefined>;

const STALE = "this interpreter was made from other sources: npm run build:interpreter";

/** A guest's generated interpreter, instantiated: what TypeScript calls of it. */
export class WasmInterpreter {
  /** For translated regions, which import what they call. */
  readonly exports: WebAssembly.Instance["exports"];
  readonly handlers: WebAssembly.Table;
  private readonly functions: Exports;

  constructor(
    guest: Guest,
    handlers: Predecoding["handlers"],
    module: WebAssembly.Module,
    memory: WebAssembly.Memory,
    host: Readonly<Record<string, (...args: never[]) => number | bigint | void>>,
  ) {
    const { exports } = new WebAssembly.Instance(module, { env: { memory }, host });
    this.exports = exports;
    this.functions = exports as Exports;
    this.handlers = exports[HANDLERS] as WebAssembly.Table;
    const made = this.functions["fingerprint"]?.();
    assert(made !== undefined && Number(made) >>> 0 === fingerprint(guest, handlers), STALE);
    this.functions["selectAddressSpace"]!(0n);
  }

  run(budget: number): void {
    this.functions["run"]!(budget);
  }
  call(routine: Routine<never>, ...args: (number | bigint)[]): number | bigint | undefined {
    return this.functions[routineName(routine)]!(...args);
  }
  /** What the entry of an interrupt that accesses memory came to: FAULT_*. */
  takeInterrupt(): number {
    return Number(this.functions["takeInterrupt"]!());
  }
  flushTlb(): void {
    this.functions["flushTlb"]!();
  }
  leaveAfterStep(): void {
    this.functions["leaveAfterStep"]!();
  }
  openRange(page: number, offset: number, bytes: number): void {
    this.functions["openRange"]!(page, offset, bytes);
  }
  hashBlock(address: number, bytes: number, out: number): void {
    this.functions["hashBlock"]!(address, bytes, out);
  }
}
