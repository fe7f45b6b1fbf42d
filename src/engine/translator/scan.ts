import { AssertionError } from "../../base/index.ts";
import {
  type AccessBits,
  type BranchOptions,
  extract,
  type FlagsOrigin,
  type Guest,
  type Insn,
  type Lowering,
  type Operand,
  type PartBits,
  type StateField,
  type Value,
  type ValueType,
  type Variable,
} from "../../isa/index.ts";
import { type Constant, fold, isInteger } from "./fold.ts";

/** What a planner needs to know of an instruction word. */
export interface Summary {
  /** False: the interpreter runs it. */
  readonly translatable: boolean;
  /** Offsets in the state block of the registers that it reads or writes whatever happens, and of those that it reads. */
  readonly registers: ReadonlySet<number>;
  readonly reads: ReadonlySet<number>;
  /** Displacements of its direct branches, in bytes. */
  readonly branches: readonly number[];
  /** Whether the next word never follows. */
  readonly ends: boolean;
  /** A call: control is expected to come back to the next word. */
  readonly returns: boolean;
  readonly accessesMemory: boolean;
  readonly usesFlags: boolean;
  /** What is known of the flags' origin after it, by what was known before. */
  flagsAfter(before: FlagsKind): FlagsKind;
}

/** A kind of FlagsOrigin, 0 for flags that stand for themselves, undefined for what is known only when the code runs. */
export type FlagsKind = number | undefined;

interface ScanValue extends Value {
  readonly constant: bigint | undefined;
}

/** Far more than a batch has; a guest can make up any number. */
const MOST_KNOWN = 2 ** 16;

/** The words' summaries; equal words have one. */
export class Scanner {
  private readonly known = new Map<number, Summary>();

  constructor(
    private readonly guest: Guest,
    private readonly row: (word: number) => Insn | undefined,
  ) {}

  summary(word: number): Summary {
    let summary = this.known.get(word);
    if (summary) return summary;
    if (this.known.size === MOST_KNOWN) this.known.clear();
    this.known.set(word, (summary = this.scan(word)));
    return summary;
  }

  private scan(word: number): Summary {
    const insn = this.row(word);
    const scan = new ScanLowering(word, this.guest);
    if (!insn || insn.todo !== undefined) scan.translatable = false;
    else insn.semantics(this.guest.emitter(scan) as never, bindFields(insn, word));
    return scan;
  }
}

/** Fields as a semantic function wants them, for one word: split ones as numbers. */
export function bindFields(insn: Insn, word: number): Record<string, number | Operand> {
  const split = new Set(insn.splitFields.map((f) => f.name));
  return Object.fromEntries(
    insn.pattern.fields.map((field) => [field.name, split.has(field.name) ? extract(word, field) : { operand: field }]),
  );
}

/** A reading of the rows that generates nothing: which registers, which branches, and whether regions can hold it. */
class ScanLowering implements Lowering, Summary {
  translatable = true;
  ends = false;
  returns = false;
  accessesMemory = false;
  usesFlags = false;
  /** The kind that the instruction leaves; "same" when it writes no flags, "read" when it only reads them. */
  private flags: FlagsKind | "same" | "read" = "same";
  readonly registers = new Set<number>();
  readonly reads = new Set<number>();
  readonly branches: number[] = [];
  private depth = 0;

  constructor(
    private readonly word: number,
    private readonly guest: Guest,
  ) {}

  flagsAfter(before: FlagsKind): FlagsKind {
    if (this.flags === "same") return before;
    // What is read has been made to stand for itself, if it was not known.
    return this.flags === "read" ? (before ?? 0) : this.flags;
  }

  private make(type: ValueType, constant?: bigint): ScanValue {
    return { type, constant };
  }
  private constantOf(value: Value): Constant | undefined {
    const { constant } = value as ScanValue;
    return constant !== undefined && isInteger(value.type) ? { type: value.type, value: constant } : undefined;
  }

  constant(type: "i32" | "i64" | "f32" | "f64", value: number | bigint): Value {
    return this.make(type, isInteger(type) ? BigInt.asUintN(type === "i32" ? 32 : 64, BigInt(value)) : undefined);
  }
  vector(): Value {
    return this.make("v128");
  }
  op(name: string, ...operands: readonly (Value | number | readonly number[])[]): Value {
    const values = operands.filter((o): o is Value => typeof o === "object" && "type" in o);
    const folded = fold(
      name,
      values.map((v) => this.constantOf(v)),
    );
    return folded ? this.make(folded.type, folded.value) : this.make(resultType(name));
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
  variable(initial: Value): Variable {
    return { type: initial.type, variable: true };
  }
  get(variable: Variable): Value {
    return this.make(variable.type);
  }
  set(): void {}
  if(condition: Value, then: () => void, otherwise?: () => void): void {
    const known = this.constantOf(condition);
    if (known) return known.value !== 0n ? then() : otherwise?.();
    this.depth++;
    const before = this.flags;
    then();
    const after = this.flags;
    this.flags = before;
    otherwise?.();
    if (this.flags !== after) this.flags = undefined;
    this.depth--;
  }
  while(condition: () => Value, body: () => void): void {
    condition();
    this.depth++;
    body();
    this.depth--;
  }
  select(_condition: Value, ifTrue: Value): Value {
    return this.make(ifTrue.type);
  }
  read(field: StateField, index: number | Value = 0): Value {
    if (field === this.guest.flags.field) {
      this.usesFlags = true;
      if (this.depth === 0 && this.flags === "same") this.flags = "read";
    }
    this.touch(field, index, this.registers);
    this.touch(field, index, this.reads);
    return this.make(field.size === 16 ? "v128" : field.size === 8 ? "i64" : "i32");
  }
  write(field: StateField, _value: Value, index: number | Value = 0): void {
    if (field === this.guest.flags.field) this.translatable = false;
    this.touch(field, index, this.registers);
  }
  readPart(field: StateField, _bits: PartBits, offset: number | Value): Value {
    this.touch(field, this.elementOf(field, offset), this.registers);
    this.touch(field, this.elementOf(field, offset), this.reads);
    return this.make("i32");
  }
  /** What stays of the register is read. */
  writePart(field: StateField, bits: PartBits, offset: number | Value): void {
    this.readPart(field, bits, offset);
  }
  private elementOf(field: StateField, offset: number | Value): number | Value {
    const at = typeof offset === "number" ? BigInt(offset) : this.constantOf(offset)?.value;
    return at === undefined ? this.make("i32") : Math.floor(Number(at) / field.size);
  }
  writeFlags(_field: StateField, _flags: readonly Value[], origin?: FlagsOrigin): void {
    this.usesFlags = true;
    this.flags = origin && this.depth === 0 ? origin.kind : 0;
  }
  flagsOrigin(): undefined {
    return undefined;
  }
  private touch(field: StateField, index: number | Value, set: Set<number>): void {
    if (this.ends || !this.guest.registers.includes(field)) return;
    const element = typeof index === "number" ? index : this.constantOf(index)?.value;
    if (element === undefined) this.translatable = false;
    else if (this.depth === 0) set.add(field.offset + Number(element) * field.size);
  }
  load(bits: AccessBits): Value {
    this.accessesMemory = true;
    return this.make(bits === 128 ? "v128" : bits === 64 ? "i64" : "i32");
  }
  store(): void {
    this.accessesMemory = true;
  }
  loadDescriptor(): never {
    throw new AssertionError("only a page walk reads descriptors");
  }
  storeDescriptor(): never {
    throw new AssertionError("only a page walk stores to descriptors");
  }
  portRead(): Value {
    return this.leaveOut();
  }
  portWrite(): void {
    this.leaveOut();
  }
  call(routine: { readonly result: ValueType | undefined }): Value {
    // Under a condition it is an exception or a rare case; as a rule it is not worth leaving the locals for.
    if (this.depth === 0) this.translatable = false;
    return this.make(routine.result ?? "i32");
  }
  host(): Value {
    return this.leaveOut("i64");
  }
  private leaveOut(type: ValueType = "i32"): Value {
    this.translatable = false;
    return this.make(type);
  }
  return(): void {
    this.leaveOut();
  }
  pc(): Value {
    return this.make("i64");
  }
  position(): Value {
    return this.make("i64");
  }
  virtualTimeNs(): Value {
    return this.make("i64");
  }
  jump(_target: Value, options?: BranchOptions): void {
    this.end(options);
  }
  resume(): void {
    this.end();
  }
  branch(displacement: Value, options?: BranchOptions): void {
    const known = this.constantOf(displacement);
    if (known) this.branches.push(Number(BigInt.asIntN(64, known.value)));
    else this.translatable = false;
    this.end(options);
  }
  private end(options?: BranchOptions): void {
    if (this.depth === 0) this.ends = true;
    if (options?.returns) this.returns = true;
  }
  leave(): void {
    this.leaveOut();
  }
  interruptsChanged(): void {
    this.leaveOut();
  }
  wait(): void {
    this.leaveOut();
  }
  flushTranslations(): void {
    this.leaveOut();
  }
  selectAddressSpace(): void {
    this.leaveOut();
  }
  selectMode(): void {
    this.leaveOut();
  }
  selectPrivilege(): void {
    this.leaveOut();
  }
}

/** The type of an instruction's result, as far as a scan needs it. */
function resultType(name: string): ValueType {
  const [prefix, op] = name.split(".") as [string, string];
  if (/x|v128/.test(prefix)) {
    if (/^(any_true|all_true|bitmask)$/.test(op)) return "i32";
    if (!op.startsWith("extract_lane")) return "v128";
    return prefix === "i64x2" ? "i64" : prefix === "f32x4" ? "f32" : prefix === "f64x2" ? "f64" : "i32";
  }
  return /^(eqz|eq|ne|[lg][te](_[su])?)$/.test(op) ? "i32" : (prefix as ValueType);
}
