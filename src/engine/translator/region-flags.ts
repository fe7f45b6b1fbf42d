import { assert } from "../../base/index.ts";
import type { FlagsOrigin, Guest, Value, Variable } from "../../isa/index.ts";
import type { FunctionBuilder } from "../../wasm/index.ts";
import { ENGINE } from "../layout.ts";
import { FLAGS_UNTOUCHED, hasWideFlags } from "../regions/runtime.ts";
import type { FlagsKind } from "./scan.ts";

/**
 * The condition flags of a region: what they come from, in three locals, and what of it is known here. Flags are
 * computed when something reads them, which a comparison and its branch do without any; most are never computed, also
 * because a region hands what its flags come from to the next one.
 */
export class RegionFlags {
  /** The kind of the origin when the code runs; 0: `a` has the flags, a byte each; below 0: as they were at the entry. */
  private readonly kind: Variable;
  private readonly a: Variable;
  private readonly b: Variable;
  private known: FlagsKind;
  /** More than four bytes of flags. */
  private readonly wide: boolean;
  /** `b` where it is a constant. */
  private constant: Value | undefined;

  constructor(
    private readonly f: FunctionBuilder,
    guest: Guest,
  ) {
    this.wide = hasWideFlags(guest);
    this.kind = f.variable(f.constant("i32", FLAGS_UNTOUCHED));
    this.a = f.variable(f.constant("i64", 0));
    this.b = f.variable(f.constant("i64", 0));
  }

  /** Code that is reached with this known. */
  enter(kind: FlagsKind): void {
    this.known = kind;
    this.constant = undefined;
  }
  get now(): FlagsKind {
    return this.known;
  }

  /** After two ways met, which left these. */
  join(one: FlagsKind, other: FlagsKind): void {
    this.enter(one === other ? one : undefined);
  }

  origin(): FlagsOrigin | undefined {
    if (!this.known) return undefined;
    return { kind: this.known, a: this.f.get(this.a), b: this.constant ?? this.f.get(this.b) };
  }

  /** Where it is not sure that this is executed, the flags themselves are kept, so that both ways leave the same kind. */
  write(flags: readonly Value[], origin: FlagsOrigin | undefined, sure: boolean): void {
    const { f } = this;
    if (origin && sure) {
      const { kind, a, b } = origin;
      const constant = f.constantOf(b) === undefined ? undefined : b;
      f.set(this.a, a);
      f.set(this.b, b);
      this.set(kind);
      this.constant = constant;
      return;
    }
    const type = this.wide ? "i64" : "i32";
    const bytes = flags.map((flag) => (this.wide ? f.op("i64.extend_i32_u", flag) : flag));
    const shifted = bytes.map((flag, i) => (i === 0 ? flag : f.op(`${type}.shl`, flag, f.constant(type, 8 * i))));
    this.setFlags(shifted.reduce((all, flag) => f.op(`${type}.or`, all, flag)));
  }

  read(index: number): Value {
    const { f } = this;
    assert(!this.known, "flags of a known origin are computed from it");
    if (this.known === undefined) {
      f.if(f.get(this.kind), () => this.setFlags(this.evaluate()));
      this.known = 0;
    }
    if (index < 4) {
      const bytes = f.op("i32.wrap_i64", f.get(this.a));
      return f.op("i32.and", f.op("i32.shr_u", bytes, f.constant("i32", 8 * index)), f.constant("i32", 1));
    }
    const byte = f.op("i64.shr_u", f.get(this.a), f.constant("i64", 8 * index));
    return f.op("i32.and", f.op("i32.wrap_i64", byte), f.constant("i32", 1));
  }

  /** For whoever comes next. */
  handOver(): void {
    const { f } = this;
    const zero = f.constant("i32", 0);
    f.if(f.op("i32.ge_s", f.get(this.kind), zero), () => {
      f.store(32, zero, f.op("i32.add", f.get(this.kind), f.constant("i32", 1)), ENGINE.flagsKind);
      f.store(64, zero, f.get(this.a), ENGINE.flagsA);
      f.store(64, zero, f.get(this.b), ENGINE.flagsB);
    });
  }

  private evaluate(): Value {
    const { f } = this;
    return f.call("flagsOf", this.wide ? "i64" : "i32", f.get(this.kind), f.get(this.a), f.get(this.b))!;
  }

  private setFlags(bytes: Value): void {
    this.f.set(this.a, this.wide ? bytes : this.f.op("i64.extend_i32_u", bytes));
    this.set(0);
  }

  private set(kind: number): void {
    if (this.known !== kind) this.f.set(this.kind, this.f.constant("i32", kind));
    this.known = kind;
    this.constant = undefined;
  }
}
