import type { Emitter, Value, Variable } from "../index.ts";
import { RSP, SS, state } from "./state.ts";
import { is64, setStackPointer, stackMaskOf } from "./system-state.ts";

/** A stack that something is pushed to or popped from before it is the stack in use: its registers change at the end. */
export class StackFrame {
  private readonly pointer: Variable;

  constructor(
    private readonly e: Emitter,
    pointer: Value,
    private readonly base: Value,
    /** i64: bits of the pointer that count. */
    readonly mask: Value,
  ) {
    this.pointer = e.variable(pointer);
  }

  /** The stack in use. */
  static current(e: Emitter): StackFrame {
    const mask = e.select(is64(e), e.i64(-1), stackMaskOf(e, e.read(state.segmentAttributes, SS)));
    const base = e.select(is64(e), e.i64(0), e.read(state.segmentBase, SS));
    return new StackFrame(e, e.read(state.r, RSP), base, mask);
  }

  private address(): Value {
    const { e } = this;
    const at = e.and(64, e.get(this.pointer), this.mask);
    const legacy = e.and(64, e.add(64, at, this.base), e.i64(0xffff_ffff));
    return e.select(e.eq(64, this.mask, e.i64(-1)), at, legacy);
  }
  /** `value`: an i64. */
  push(bits: 16 | 32 | 64, value: Value): void {
    const { e } = this;
    e.set(this.pointer, e.sub(64, e.get(this.pointer), e.i64(bits / 8)));
    e.store(bits, this.address(), bits === 64 ? value : e.wrap(value));
  }
  /** An i64. */
  pop(bits: 16 | 32 | 64): Value {
    const { e } = this;
    const value = e.load(bits, this.address());
    this.release(e.i64(bits / 8));
    return e.zeroExtend(64, value);
  }
  release(bytes: Value): void {
    this.e.set(this.pointer, this.e.add(64, this.e.get(this.pointer), bytes));
  }
  get top(): Value {
    return this.e.get(this.pointer);
  }
  /** Makes it the stack in use: its pointer. */
  commit(): void {
    setStackPointer(this.e, this.mask, this.top);
  }
}

/** Runs something for each of an instruction's sizes; `size` (i32): 16, 32 or 64, of which some may not come. */
export function bySize(
  e: Emitter,
  size: Value,
  sizes: readonly (16 | 32 | 64)[],
  body: (bits: 16 | 32 | 64) => void,
): void {
  for (const bits of sizes) e.if(e.eq(32, size, e.i32(bits)), () => body(bits));
}
