import { AssertionError } from "../../base/index.ts";
import {
  type AccessBits,
  type BranchOptions,
  type Decoded,
  Decoder,
  type FlagsOrigin,
  bindFields,
  type Guest,
  type Lowering,
  type Operand,
  type PartBits,
  type Routine,
  type StateField,
  type Value,
  type ValueType,
  type Variable,
} from "../../isa/index.ts";
import { type PageUnits, unitsOf } from "../code/units.ts";
import { type Constant, fold, isInteger } from "./fold.ts";

/** What a planner needs to know of an instruction. */
export interface Summary {
  /** False: the interpreter runs it. */
  readonly translatable: boolean;
  /** Offsets in the state block of the registers that it reads or writes whatever happens, and of those that it reads. */
  readonly registers: ReadonlySet<number>;
  readonly reads: ReadonlySet<number>;
  /** Displacements of its direct branches, in bytes. */
  readonly branches: readonly number[];
  /** Whether the next instruction never follows. */
  readonly ends: boolean;
  /** A call: control is expected to come back to the next instruction. */
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

/** An instruction of a page. */
export interface Instruction {
  /** Undefined where it is unallocated, or goes on in the next page. */
  readonly decoded: Decoded | undefined;
  /** Units. */
  readonly length: number;
  readonly summary: Summary;
}

/** Far more than a batch has; a guest can make up any number. */
const MOST_KNOWN = 2 ** 16;

/** The instructions of pages; those that say the same are scanned once. */
export class Scanner {
  private readonly known = new Map<number | string, Instruction>();
  private readonly decoder: Decoder | undefined;

  readonly unitBytes: number;

  constructor(private readonly guest: Guest) {
    this.unitBytes = unitsOf(guest).bytes;
    if (!guest.code) this.decoder = new Decoder(guest.instructions);
  }

  at(units: PageUnits, mode: number, place: number): Instruction {
    const { code } = this.guest;
    if (!code) return this.remembered(units[place]!, () => this.decoder!.decode(units[place]!), 1);
    const bytes = units.subarray(place, place + code.maxLength) as Uint8Array;
    const decoded = code.decode(bytes, mode);
    if (!decoded) return { decoded, length: bytes.length, summary: this.scan(undefined) };
    const said = String.fromCharCode(mode, ...bytes.subarray(0, decoded.length));
    return this.remembered(said, () => decoded, decoded.length);
  }

  private remembered(key: number | string, decode: () => Decoded | undefined, length: number): Instruction {
    const before = this.known.get(key);
    if (before) return before;
    if (this.known.size === MOST_KNOWN) this.known.clear();
    const decoded = decode();
    const instruction: Instruction = { decoded, length, summary: this.scan(decoded) };
    this.known.set(key, instruction);
    return instruction;
  }

  private scan(decoded: Decoded | undefined): Summary {
    const scan = new ScanLowering(decoded?.fields ?? {}, this.guest);
    if (!decoded) scan.translatable = false;
    else decoded.row.semantics(this.guest.emitter(scan), bindFields(decoded.row, decoded.splits));
    return scan;
  }
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
  /** A branch under a condition has been met: what follows is not executed whatever happens. */
  private forked = false;

  constructor(
    private readonly fields: Readonly<Record<string, number>>,
    private readonly guest: Guest,
  ) {}

  flagsAfter(before: FlagsKind): FlagsKind {
    if (this.flags === "same") return before;
    // What the branch in its middle leaves may be another kind than what its end does.
    if (this.forked && this.flags !== "read") return undefined;
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
    return this.fields[operand.name]!;
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
    else if (this.depth === 0 && !this.forked) set.add(field.offset + Number(element) * field.size);
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
  call(routine: Routine<never>): Value {
    // Under a condition it is an exception or a rare case; as a rule it is not worth leaving the locals for.
    if (this.depth === 0 && !routine.pure && !routine.beside) this.translatable = false;
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
    this.forked ||= this.depth > 0;
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
  flushTlb(): void {
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
