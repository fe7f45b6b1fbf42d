import { assert, AssertionError } from "../../base/index.ts";
import {
  type AccessBits,
  type AccessOptions,
  type Decoded,
  type FlagsOrigin,
  type Operand,
  type PartBits,
  type Routine,
  type StateField,
  type Value,
  type Variable,
} from "../../isa/index.ts";
import type { FunctionBuilder, Piece } from "../../wasm/index.ts";
import { type CodeUnits, unitsOf } from "../code/units.ts";
import { type Probe, valueType } from "../interpreter/instruction-lowering.ts";
import { CODE_ENTRY_BYTES, ENGINE, type RegionExit } from "../layout.ts";
import { type BuildContext, routineName } from "../interpreter/lowering.ts";
import { FoldingLowering } from "./folding-lowering.ts";
import type { Block, Region } from "./plan.ts";
import { RegionExits } from "./region-exits.ts";
import { RegionFlags } from "./region-flags.ts";
import { RegionRegisters } from "./region-registers.ts";
import type { RegisterPlan } from "./registers.ts";

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
 * which is made again. So a region has no slow paths of its own. The state has all registers before each place where it
 * can be left (RegionRegisters): leaving costs nothing, and a short way through a long region little.
 */
export class RegionLowering extends FoldingLowering {
  private readonly registers: RegionRegisters;
  private readonly flags: RegionFlags | undefined;
  /** Code address of the page's first word, where it depends on the entry. */
  private readonly pageVariable: Variable | undefined;
  /** Steps left after the block in execution. */
  private readonly budgetAfter: Variable;
  private readonly budgetAtEntry: Value;
  private readonly tlb: Value | undefined;
  private readonly tagBits: Value | undefined;
  private readonly exits: RegionExits;

  private instruction: Decoded | undefined;
  private goInside: (target: number) => void = () => {};
  private readonly units: CodeUnits;
  /** Place in the page of the instruction in execution, and how many of its block's steps are left with it. */
  private at = 0;
  private left = 0;
  private depth = 0;
  private branchTarget: number | undefined;
  private edges: Edge[] = [];
  private ended = false;

  /** Parameters of the function: code address of the entry, steps left. */
  constructor(
    f: FunctionBuilder,
    context: BuildContext,
    private readonly region: Region,
    registers: RegisterPlan,
  ) {
    super(f, context);
    this.registers = new RegionRegisters(f, registers);
    this.units = unitsOf(context.guest);
    if (region.entries.length > 1 && !context.guest.code) this.pageVariable = f.declare("i32");
    this.budgetAfter = f.paramVariable(1);
    this.budgetAtEntry = f.get(this.budgetAfter);
    this.exits = new RegionExits(f, this.units.perPage);
    if (region.usesFlags) this.flags = new RegionFlags(f, context.guest);
    if (region.accessesMemory) {
      this.tlb = this.peek32(ENGINE.tlb);
      this.tagBits = this.peek64(ENGINE.generation);
    }
  }

  /** Number of the entry at which the region is entered. */
  get which(): Value {
    return this.f.load("i32", 16, this.f.param(0), 2);
  }

  private pageOf(entry: number): Value {
    return this.op("i32.sub", this.f.param(0), this.constant("i32", entry * CODE_ENTRY_BYTES));
  }

  /** What `leave` is told of a place: its code address, or the place itself where that is looked up. */
  private codeAddress(word: Value): Value {
    if (this.context.guest.code) return word;
    const offset = this.op("i32.mul", word, this.constant("i32", CODE_ENTRY_BYTES));
    return this.op(
      "i32.add",
      this.pageVariable ? this.f.get(this.pageVariable) : this.pageOf(this.region.entries[0]!),
      offset,
    );
  }

  /** Wraps the region's code with its end. */
  body(build: () => void): void {
    const { budgetAfter, budgetAtEntry } = this;
    const codeAddress = (place: Value): Value => this.codeAddress(place);
    this.exits.body(
      build,
      () => this.flags?.handOver(),
      { budgetAfter, budgetAtEntry, codeAddress },
      (name, a, b) => this.op(name, a, b),
    );
  }

  private exit(reason: RegionExit, place: number, left: number): void {
    if (this.depth === 0) this.registers.settle();
    this.exits.leave(reason, place, left);
  }

  /** Leaves before the instruction in execution. */
  private interpretHere(reason: "memory" | "exception"): void {
    this.exit(reason, this.at, this.left);
  }

  /** Leaves to another word of the page, after the block. */
  private dispatchAt(target: number): void {
    // The place behind a page's last byte is found by its address.
    if (this.context.guest.code && target === this.units.perPage) return this.leaveTo(this.addressOf(target), 1);
    this.exit("page", target, 0);
  }

  /** Adds a block's code; its edges in order of trial. The last one has no condition, unless the block leaves. */
  block(block: Block, emit: (instruction: Decoded) => void, goInside: (target: number) => void): Edge[] {
    const { start, instructions, flagsBefore } = block;
    const count = instructions.length;
    this.goInside = goInside;
    this.edges = [];
    this.ended = false;
    this.flags?.enter(flagsBefore);
    this.registers.enter(start);
    const { f } = this;
    // The interpreter runs the last steps one by one.
    const few = this.op("i32.le_u", f.get(this.budgetAfter), this.constant("i32", count));
    this.if(few, () => this.exit("budget", start, 0));
    f.set(this.budgetAfter, this.op("i32.sub", f.get(this.budgetAfter), this.constant("i32", count)));
    let at = start;
    for (let i = 0; i < count && !this.ended; i++) {
      const { decoded, length } = instructions[i]!;
      assert(decoded, "a region of what is no instruction");
      this.at = at;
      this.left = count - i;
      this.instruction = decoded;
      emit(decoded);
      at += length;
    }
    if (!this.ended) this.goTo(block.end);
    this.registers.settle();
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

  protected budget(): Value {
    return this.op("i32.add", this.f.get(this.budgetAfter), this.constant("i32", this.left));
  }
  override pc(): Value {
    return this.context.guest.code ? this.addressOf(this.at) : super.pc();
  }
  /** Address (i64) of a place of the page, where the engine knows the page's. */
  private addressOf(place: number): Value {
    return this.op("i64.add", this.peek64(ENGINE.pcBias), this.constant("i64", place));
  }
  protected ip(): Value {
    return this.codeAddress(this.constant("i32", this.at));
  }
  protected notCompleted(): never {
    throw new AssertionError("a region leaves before what may not complete");
  }
  protected outside(): never {
    throw new AssertionError("a region calls nothing");
  }
  protected override tlbInUse(): Value {
    assert(this.tlb, "a region that accesses memory without knowing");
    return this.tlb;
  }
  protected override generation(): Value {
    assert(this.tagBits, "a region that accesses memory without knowing");
    return this.tagBits;
  }
  override load(bits: AccessBits, address: Value, options?: AccessOptions): Value {
    this.registers.settle();
    return super.load(bits, address, options);
  }
  override store(bits: AccessBits, address: Value, value: Value, options?: AccessOptions): void {
    this.registers.settle();
    super.store(bits, address, value, options);
  }
  protected finishLoad({ bits, hit, host }: Probe): Value {
    this.if(this.op("i32.eqz", hit), () => this.interpretHere("memory"));
    return this.f.load(valueType(bits), bits, host());
  }
  protected finishStore({ bits, hit, host }: Probe, value: Value): void {
    this.if(this.op("i32.eqz", hit), () => this.interpretHere("memory"));
    this.f.store(bits, host(), value);
  }
  override call(routine: Routine<never>, ...args: readonly Value[]): Value {
    const { result } = routine;
    if (routine.pure || routine.beside) {
      this.context.routines.add(routine);
      return this.f.call(routineName(routine), result, ...args) ?? this.constant("i32", 0);
    }
    this.interpretHere("exception");
    return result === "v128" ? this.vector(new Array<number>(16).fill(0)) : this.constant(result ?? "i32", 0);
  }
  /** Only after a call, which has left. */
  resume(): void {
    assert(this.depth > 0, "an exception without a condition");
  }

  override if(condition: Value, then: () => void, otherwise?: () => void): void {
    const known = this.constantValue(condition);
    if (known) return known.value !== 0n ? then() : otherwise?.();
    if (this.depth === 0) this.registers.settle();
    this.depth++;
    this.branchTarget = undefined;
    const { flags } = this;
    const before = flags?.now;
    let body = this.f.piece(then);
    const target = this.branchTarget;
    if (target !== undefined && body.empty && this.depth === 1 && !otherwise) {
      // "if (condition) branch", the whole of it: an edge.
      this.edges.push({ target, condition });
    } else {
      if (target !== undefined) body = this.endWith(body, target);
      const after = flags?.now;
      flags?.enter(before);
      this.branchTarget = undefined;
      let no = otherwise && this.f.piece(otherwise);
      if (no && this.branchTarget !== undefined) no = this.endWith(no, this.branchTarget);
      this.f.ifPieces(condition, body, no);
      flags?.join(after, flags.now);
    }
    this.branchTarget = undefined;
    this.depth--;
  }

  /** A branch ends what else is done under its condition. */
  private endWith(body: Piece, target: number): Piece {
    return this.f.join(
      body,
      this.f.piece(() => this.goInside(target)),
    );
  }

  override read(field: StateField, index: number | Value = 0): Value {
    if (field === this.context.guest.flags.field) return this.flags!.read(Number(this.plain(index)));
    const load = (): Value => super.read(field, this.plain(index));
    if (!this.context.guest.registers.includes(field)) return load();
    return this.registers.read(this.offsetOf(field, index), this.depth === 0, load);
  }

  override write(field: StateField, value: Value, index: number | Value = 0): void {
    assert(field !== this.context.guest.flags.field, "flags written one by one");
    const store = (stored: Value): void => super.write(field, stored, this.plain(index));
    if (!this.context.guest.registers.includes(field)) return store(value);
    this.registers.write(field, this.offsetOf(field, index), value, this.depth === 0, store);
  }

  override readPart(field: StateField, bits: PartBits, offset: number | Value): Value {
    const { index, shift } = this.part(field, offset);
    const value = this.op("i32.wrap_i64", this.op("i64.shr_u", this.read(field, index), this.constant("i64", shift)));
    return bits === 32 ? value : this.op("i32.and", value, this.constant("i32", 2 ** bits - 1));
  }
  override writePart(field: StateField, bits: PartBits, offset: number | Value, value: Value): void {
    const { index, shift } = this.part(field, offset);
    const mask = BigInt.asUintN(bits, -1n);
    const part = this.op("i64.and", this.op("i64.extend_i32_u", value), this.constant("i64", mask));
    const rest = this.op("i64.and", this.read(field, index), this.constant("i64", ~(mask << BigInt(shift))));
    this.write(field, this.op("i64.or", rest, this.op("i64.shl", part, this.constant("i64", shift))), index);
  }
  private part(field: StateField, offset: number | Value): { readonly index: number; readonly shift: number } {
    const at = this.plain(offset);
    assert(field.size === 8 && typeof at === "number", `a part of ${field.name} that is not known`);
    return { index: Math.floor(at / 8), shift: 8 * (at % 8) };
  }

  /** The way in from outside of the region. */
  land(entry: number): void {
    if (this.pageVariable) this.f.set(this.pageVariable, this.pageOf(entry));
    this.registers.land(entry);
  }

  prepareLoop(header: number): void {
    this.registers.prepareLoop(header);
  }

  override writeFlags(_field: StateField, flags: readonly Value[], origin?: FlagsOrigin): void {
    this.flags!.write(flags, origin, this.depth === 0);
  }
  override flagsOrigin(): FlagsOrigin | undefined {
    return this.flags?.origin();
  }

  private offsetOf(field: StateField, index: number | Value): number {
    const element = this.plain(index);
    assert(typeof element === "number", `${field.name} with an index that is not constant`);
    return field.offset + element * field.size;
  }

  operand(operand: Operand): Value {
    return this.constant("i32", this.known(operand));
  }
  known({ operand }: Operand): number {
    const value = this.instruction?.fields[operand.name];
    assert(value !== undefined, `no field ${operand.name}`);
    return value;
  }
  derive(operands: readonly Operand[], compute: (...values: number[]) => bigint): Value {
    return this.constant("i64", compute(...operands.map((o) => this.known(o))));
  }
  loadDescriptor(): never {
    throw new AssertionError("only a page walk reads descriptors");
  }
  storeDescriptor(): never {
    throw new AssertionError("only a page walk stores to descriptors");
  }

  branch(displacement: Value): void {
    const known = this.constantValue(displacement);
    assert(known, "a branch whose displacement is not constant");
    const target = this.at + Number(BigInt.asIntN(64, known.value)) / this.units.bytes;
    const inPage = target >= 0 && target < this.units.perPage;
    const inside = inPage && this.region.blocks.has(target);
    if (inside && this.depth === 0) {
      this.ended = true;
      this.edges.push({ target, condition: undefined });
    } else if (inside) this.branchTarget = target;
    else if (inPage) {
      if (this.depth === 0) this.ended = true;
      this.dispatchAt(target);
    } else this.jump(this.op("i64.add", this.pc(), displacement));
  }

  jump(target: Value): void {
    if (this.depth === 0) this.ended = true;
    this.leaveTo(target, this.left);
  }

  /** Leaves after a step: so many of the block's are left with it. */
  private leaveTo(target: Value, left: number): void {
    this.exits.aim(target);
    this.exit("jump", 0, left);
  }
}
