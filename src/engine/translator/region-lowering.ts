import { AssertionError } from "../../base/index.ts";
import { extract, type Operand, type StateField, type Value, type ValueType, type Variable } from "../../isa/index.ts";
import { type FunctionBuilder, type Label } from "../../wasm/index.ts";
import { dispatch } from "../handler-lowering.ts";
import { InstructionLowering, type Probe, valueType } from "../instruction-lowering.ts";
import { CODE_ENTRY_BYTES, STATE } from "../layout.ts";
import type { BuildContext } from "../lowering.ts";
import { type Constant, fold, isInteger } from "./fold.ts";
import type { Block, Region } from "./plan.ts";

/** An edge to another block of the region, or out of it, taken when the condition holds. */
export interface Edge {
  readonly target: number;
  readonly condition: Value | undefined;
  /** The target is not in the region: code that leaves stands at the end of the edge. */
  readonly leave?: () => void;
}

/**
 * The translator's meaning of a row: every field a constant, registers in locals, direct branches edges between blocks.
 *
 * Whatever is not the common case (a TLB miss, a device, an exception) leaves the region *before* the instruction and
 * lets the interpreter run it from its start: nothing of it has been written by then, but for the first of two stores,
 * which is made again. So a region has no slow paths of its own, and only these ends, each written once.
 */
export class RegionLowering extends InstructionLowering {
  /** The region's registers by offset in the state block. */
  private readonly locals = new Map<number, { readonly field: StateField; readonly variable: Variable }>();
  /** Steps left after the block in execution. */
  private readonly budgetAfter: Variable;
  private readonly entry: Value;
  /** What the ends are told: a code address or a virtual address, and the steps left there. */
  private readonly exitEntry: Variable;
  private readonly exitTarget: Variable;
  private readonly exitBudget: Variable;
  private readonly interpretLabel: Label;
  private readonly dispatchLabel: Label;
  private readonly jumpLabel: Label;

  private word = 0;
  /** Index in the page of the instruction in execution, and how many of its block's steps are left with it. */
  private at = 0;
  private left = 0;
  private depth = 0;
  private branchTarget: number | undefined;
  private forceExit = false;
  private edges: Edge[] = [];
  private ended = false;

  constructor(
    f: FunctionBuilder,
    context: BuildContext,
    private readonly region: Region,
  ) {
    super(f, context);
    this.entry = f.param(0);
    this.budgetAfter = f.paramVariable(1);
    this.exitEntry = f.variable(f.constant("i32", 0));
    this.exitTarget = f.variable(f.constant("i64", 0));
    this.exitBudget = f.variable(f.constant("i32", 0));
    this.interpretLabel = f.label("interpret");
    this.dispatchLabel = f.label("dispatch");
    this.jumpLabel = f.label("jump");
    for (const field of context.guest.registers) {
      for (let index = 0; index < field.count; index++) {
        const offset = field.offset + index * field.size;
        if (!region.registers.has(offset)) continue;
        const type = field.size === 8 ? "i64" : "i32";
        const value = f.load(type, field.size * 8, this.constant("i32", 0), STATE + offset);
        this.locals.set(offset, { field, variable: f.variable(value) });
      }
    }
  }

  /** Wraps the region's code with its ends. */
  body(build: () => void): void {
    const { f } = this;
    f.labelled(this.jumpLabel, () => {
      f.labelled(this.dispatchLabel, () => {
        f.labelled(this.interpretLabel, build);
        this.spill();
        f.tailCall("interpret", this.exitEntry, this.exitBudget);
      });
      this.spill();
      dispatch(this, f.get(this.exitEntry), this.exitBudget);
    });
    this.spill();
    f.tailCall("jump", this.exitTarget, this.exitBudget);
  }

  private spill(): void {
    for (const offset of this.region.written) {
      const { field, variable } = this.locals.get(offset)!;
      this.f.store(field.size * 8, this.constant("i32", 0), this.f.get(variable), STATE + offset);
    }
  }

  /** Adds a block's code; its edges in order of trial. The last one has no condition, unless the block leaves. */
  block(block: Block, emit: (word: number) => void): Edge[] {
    const { start, summaries } = block;
    const count = summaries.length;
    this.edges = [];
    this.ended = false;
    this.at = start;
    this.left = count;
    const budget = this.f.get(this.budgetAfter);
    this.f.set(this.budgetAfter, this.op("i32.sub", budget, this.constant("i32", count)));
    // The interpreter runs the last steps one by one.
    this.if(this.op("i32.le_u", budget, this.constant("i32", count)), () => this.interpretHere());
    for (let i = 0; i < count && !this.ended; i++) {
      this.at = start + i;
      this.left = count - i;
      this.word = this.region.words[this.at]!;
      emit(this.word);
    }
    if (!this.ended) this.goTo(start + count);
    return this.edges;
  }

  /** The end of a block: on to a word of this page, or just after it. */
  private goTo(target: number): void {
    this.ended = true;
    const before = this.edges.findIndex((edge) => edge.target === target);
    if (before >= 0) this.edges.splice(before, 1);
    if (this.region.blocks.has(target)) this.edges.push({ target, condition: undefined });
    else if (this.edges.length === 0) this.dispatchAt(target);
    else this.edges.push({ target, condition: undefined, leave: () => this.dispatchAt(target) });
  }

  /** Leaves to another word of the page, after the block. */
  private dispatchAt(target: number): void {
    this.f.set(this.exitEntry, this.entryOf(target));
    this.f.set(this.exitBudget, this.f.get(this.budgetAfter));
    this.f.goto(this.dispatchLabel);
  }

  /** Leaves before the instruction in execution. */
  private interpretHere(): void {
    this.f.set(this.exitEntry, this.ip());
    this.f.set(this.exitBudget, this.budget());
    this.f.goto(this.interpretLabel);
  }

  /** Code address of a word of the page. */
  private entryOf(word: number): Value {
    return this.op("i32.add", this.entry, this.constant("i32", (word - this.region.entry) * CODE_ENTRY_BYTES));
  }

  protected budget(): Value {
    return this.op("i32.add", this.f.get(this.budgetAfter), this.constant("i32", this.left));
  }
  protected ip(): Value {
    return this.entryOf(this.at);
  }

  protected outside(): never {
    throw new AssertionError("a region calls nothing");
  }
  protected finishLoad({ bits, hit, host }: Probe): Value {
    this.if(this.op("i32.eqz", hit), () => this.interpretHere());
    return this.f.load(valueType(bits), bits, host());
  }
  protected finishStore({ bits, hit, host }: Probe, value: Value): void {
    this.if(this.op("i32.eqz", hit), () => this.interpretHere());
    this.f.store(bits, host(), value);
  }
  override call(routine: { readonly result: ValueType | undefined }): Value {
    this.interpretHere();
    const { result } = routine;
    return result === "v128" ? this.vector(new Array<number>(16).fill(0)) : this.constant(result ?? "i32", 0);
  }
  /** Only after a call, which has left. */
  resume(): void {
    if (this.depth === 0) throw new AssertionError("an exception without a condition");
  }

  private constantValue(value: Value): Constant | undefined {
    const constant = this.f.constantOf(value);
    if (constant === undefined || !isInteger(value.type)) return undefined;
    return { type: value.type, value: BigInt.asUintN(value.type === "i32" ? 32 : 64, BigInt(constant)) };
  }

  override op(name: string, ...operands: readonly (Value | number | readonly number[])[]): Value {
    const values = operands.filter((o): o is Value => typeof o === "object" && "type" in o);
    if (values.length === operands.length) {
      const constants = values.map((v) => this.constantValue(v));
      const folded = constants.includes(undefined) ? undefined : fold(name, constants);
      if (folded) return this.constant(folded.type, folded.value);
    }
    return super.op(name, ...operands);
  }

  override constant(type: "i32" | "i64" | "f32" | "f64", value: number | bigint): Value {
    return super.constant(type, type === "i32" ? Number(BigInt.asIntN(32, BigInt(value))) : value);
  }

  override select(condition: Value, ifTrue: Value, ifFalse: Value): Value {
    const known = this.constantValue(condition);
    if (known) return known.value !== 0n ? ifTrue : ifFalse;
    return super.select(condition, ifTrue, ifFalse);
  }

  override if(condition: Value, then: () => void, otherwise?: () => void): void {
    const known = this.constantValue(condition);
    if (known) return known.value !== 0n ? then() : otherwise?.();
    this.depth++;
    this.branchTarget = undefined;
    const body = this.f.piece(then);
    const target = this.branchTarget;
    if (target !== undefined && body.empty && this.depth === 1 && !otherwise) {
      // "if (condition) branch", the whole of it: an edge.
      this.edges.push({ target, condition });
    } else if (target !== undefined) {
      this.forceExit = true;
      this.f.if(condition, then, otherwise);
      this.forceExit = false;
    } else {
      const no = otherwise && this.f.piece(otherwise);
      this.f.ifPieces(condition, body, no);
    }
    this.branchTarget = undefined;
    this.depth--;
  }

  override read(field: StateField, index: number | Value = 0): Value {
    const variable = this.local(field, index);
    return variable ? this.f.get(variable) : super.read(field, this.plain(index));
  }

  override write(field: StateField, value: Value, index: number | Value = 0): void {
    const variable = this.local(field, index);
    if (variable) this.f.set(variable, value);
    else super.write(field, value, this.plain(index));
  }

  private plain(index: number | Value): number | Value {
    if (typeof index === "number") return index;
    const known = this.constantValue(index);
    return known ? Number(known.value) : index;
  }

  private local(field: StateField, index: number | Value): Variable | undefined {
    if (!this.context.guest.registers.includes(field)) return undefined;
    const local = this.locals.get(field.offset + Number(this.plain(index)) * field.size);
    if (!local) throw new AssertionError(`${field.name} is not planned`);
    return local.variable;
  }

  operand(operand: Operand): Value {
    return this.constant("i32", this.known(operand));
  }
  known({ operand }: Operand): number {
    return extract(this.word, operand);
  }
  derive(operands: readonly Operand[], compute: (...values: number[]) => bigint): Value {
    return this.constant("i64", compute(...operands.map((o) => this.known(o))));
  }
  loadDescriptor(): never {
    throw new AssertionError("only a page walk reads descriptors");
  }

  branch(displacement: Value): void {
    const known = this.constantValue(displacement);
    if (!known) throw new AssertionError("a branch whose displacement is not constant");
    const target = this.at + Number(BigInt.asIntN(64, known.value)) / 4;
    const inPage = target >= 0 && target < 1024;
    const inside = inPage && this.region.blocks.has(target);
    if (inside && this.depth === 0) {
      this.ended = true;
      this.edges.push({ target, condition: undefined });
    } else if (inside && !this.forceExit) this.branchTarget = target;
    else if (inPage) {
      if (this.depth === 0) this.ended = true;
      this.dispatchAt(target);
    } else this.jump(this.op("i64.add", this.pc(), displacement));
  }

  jump(target: Value): void {
    if (this.depth === 0) this.ended = true;
    this.f.set(this.exitTarget, target);
    this.f.set(this.exitBudget, this.budget());
    this.f.goto(this.jumpLabel);
  }

  /** The functions of the interpreter that a region ends in. */
  static readonly imports: Readonly<Record<string, readonly ValueType[]>> = {
    interpret: ["i32", "i32"],
    jump: ["i64", "i32"],
  };
}
