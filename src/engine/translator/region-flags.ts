import { assert } from "../../base/index.ts";
import type { FlagsOrigin, Guest, Value, Variable } from "../../isa/index.ts";
import type { FunctionBuilder } from "../../wasm/index.ts";
import { STATE } from "../layout.ts";
import { routineName } from "../lowering.ts";
import type { FlagsKind } from "./scan.ts";

/**
 * The condition flags of a region: what they come from, in three locals, and what of it is known here. Flags are
 * computed when something reads them, which a comparison and its branch do without any; most are never computed.
 */
export class RegionFlags {
  /** The kind of the origin when the code runs; 0: `a` has the flags, a byte each. */
  private readonly kind: Variable;
  private readonly a: Variable;
  private readonly b: Variable;
  private known: FlagsKind = 0;
  /** `b` where it is a constant. */
  private constant: Value | undefined;

  constructor(
    private readonly f: FunctionBuilder,
    private readonly guest: Guest,
  ) {
    const { field } = guest.flags;
    assert(field.size === 1 && field.count <= 4, "flags are at most four bytes");
    this.kind = f.variable(f.constant("i32", 0));
    this.a = f.variable(f.op("i64.extend_i32_u", f.load("i32", 32, f.constant("i32", 0), STATE + field.offset)));
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
    const shifted = flags.map((flag, i) => (i === 0 ? flag : f.op("i32.shl", flag, f.constant("i32", 8 * i))));
    this.setFlags(shifted.reduce((bytes, flag) => f.op("i32.or", bytes, flag)));
  }

  read(index: number): Value {
    const { f } = this;
    assert(!this.known, "flags of a known origin are computed from it");
    if (this.known === undefined) {
      f.if(f.get(this.kind), () => this.setFlags(this.evaluate()));
      this.known = 0;
    }
    const bytes = f.op("i32.wrap_i64", f.get(this.a));
    return f.op("i32.and", f.op("i32.shr_u", bytes, f.constant("i32", 8 * index)), f.constant("i32", 1));
  }

  /** Back into the state. */
  spill(): void {
    const { f } = this;
    this.enter(undefined);
    f.if(f.get(this.kind), () => this.setFlags(this.evaluate()));
    const at = STATE + this.guest.flags.field.offset;
    f.store(32, f.constant("i32", 0), f.op("i32.wrap_i64", f.get(this.a)), at);
  }

  private evaluate(): Value {
    const { f } = this;
    const name = routineName(this.guest.flags.evaluate);
    return f.call(name, "i32", f.get(this.kind), f.get(this.a), f.get(this.b))!;
  }

  private setFlags(bytes: Value): void {
    this.f.set(this.a, this.f.op("i64.extend_i32_u", bytes));
    this.set(0);
  }

  private set(kind: number): void {
    if (this.known !== kind) this.f.set(this.kind, this.f.constant("i32", kind));
    this.known = kind;
    this.constant = undefined;
  }
}
