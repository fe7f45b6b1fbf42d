import { assert } from "../../base/index.ts";
import type { Value, Variable } from "../../isa/index.ts";
import type { FunctionBuilder, Label } from "../../wasm/index.ts";
import { EXITS, type RegionExit } from "../layout.ts";

/** Where and why a region is left, as one constant: place in the page or, of words, just after it, steps of the block left there, reason. */
const LEFT_SHIFT = 12;
const REASON_SHIFT = 24;
const FIELD_MASK = 0xfff;
const reasonNumber = (reason: RegionExit): number => EXITS.indexOf(reason);

/** The ways out of a region, which end in code that all of them share. */
export class RegionExits {
  private readonly where: Variable;
  private readonly target: Variable;
  private readonly end: Label;

  /** @param lastPlace the last one that there may be in a page, or just after it */
  constructor(
    private readonly f: FunctionBuilder,
    private readonly lastPlace: number,
  ) {
    this.where = f.variable(f.constant("i32", 0));
    this.target = f.variable(f.constant("i64", 0));
    this.end = f.label("end");
  }

  /** Goes on at a place of the page with so many of the block's steps. */
  leave(reason: RegionExit, place: number, left: number): void {
    assert(place <= Math.min(this.lastPlace, FIELD_MASK) && left <= FIELD_MASK, "a place outside of the page");
    const where = (reasonNumber(reason) << REASON_SHIFT) | (left << LEFT_SHIFT) | place;
    this.f.set(this.where, this.f.constant("i32", where));
    this.f.goto(this.end);
  }

  /** The address (i64) at which leaving for a "jump" goes on. */
  aim(target: Value): void {
    this.f.set(this.target, target);
  }

  /** Wraps the region's code with its end. `budgetAfter`: steps left after the block that is left; `codeAddress`: of a place. */
  body(
    build: () => void,
    settle: () => void,
    { budgetAfter, budgetAtEntry, codeAddress }: ExitValues,
    op: (name: string, a: Value, b: Value) => Value,
  ): void {
    const { f } = this;
    f.labelled(this.end, build);
    settle();
    const constant = (value: number): Value => f.constant("i32", value);
    const part = (shift: number): Value =>
      op("i32.and", op("i32.shr_u", f.get(this.where), constant(shift)), constant(FIELD_MASK));
    const reason = op("i32.shr_u", f.get(this.where), constant(REASON_SHIFT));
    const budget = op("i32.add", f.get(budgetAfter), part(LEFT_SHIFT));
    f.if(op("i32.eq", reason, constant(reasonNumber("jump"))), () =>
      f.tailCall("goTo", f.get(this.target), budget, budgetAtEntry),
    );
    f.tailCall("leave", codeAddress(part(0)), budget, budgetAtEntry, reason);
  }
}

export interface ExitValues {
  readonly budgetAfter: Variable;
  readonly budgetAtEntry: Value;
  codeAddress(place: Value): Value;
}
