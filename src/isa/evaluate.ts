import { assert, AssertionError } from "../base/index.ts";
import type { Emitter } from "./emitter.ts";
import type { Guest, WordGuest } from "./guest.ts";
import { type Decoded, wordFields } from "./decode.ts";
import { bindFields, type Insn } from "./insn.ts";
import type {
  AccessBits,
  AccessOptions,
  Lowering,
  Operand,
  PartBits,
  Routine,
  Value,
  ValueType,
  Variable,
} from "./lowering.ts";
import { evaluateOp, type Integer, type IntegerType, integer } from "./evaluate-op.ts";
import type { StateField, StateLayout } from "./state.ts";

/**
 * A third meaning of the descriptions: they are carried out at once, on plain numbers. Integers only: no floats, and of
 * v128 just what pairs of doublewords need. This is the state that they are carried out on.
 */
export interface EvaluatedState {
  readonly pc: bigint;
  /** Unsigned. */
  read(field: StateField, index?: number): bigint;
  write(field: StateField, value: bigint, index?: number): void;
  /** A function that Guest.host declares, on unsigned arguments. */
  host(name: string, ...args: bigint[]): bigint | number | void;
  /** Without one, loads and stores fault. */
  readonly memory?: Uint8Array;
  readonly memoryBase?: bigint;
  readonly position?: bigint;
  readonly virtualTimeNs?: bigint;
}

/** What a description that is no instruction computes: a value, or undefined where it ended its step. */
export function evaluate<E extends Emitter>(
  guest: Pick<WordGuest<E>, "emitter" | "host">,
  on: EvaluatedState,
  body: (e: E) => Value | void,
): bigint | undefined {
  const emitter = (lowering: Lowering): E => guest.emitter(lowering);
  try {
    const value = body(emitter(new EvaluatingLowering(on, {}, emitter, guest.host)));
    return value ? number(value) : undefined;
  } catch (end) {
    if (!(end instanceof StepEnd)) throw end;
    return undefined;
  }
}

/** Instructions on a state and memory of their own, for tests. */
export class EvaluatedMachine<E extends Emitter> implements EvaluatedState {
  readonly state: DataView;
  /** Guest memory: addresses [memoryBase, memoryBase + memory.length), all else faults. */
  readonly memory: Uint8Array;

  constructor(
    private readonly layout: StateLayout,
    private readonly pcField: StateField,
    private readonly emitter: (lowering: Lowering) => E,
    readonly memoryBase: bigint,
    memoryBytes: number,
    private readonly hosts: Readonly<Record<string, (...args: bigint[]) => bigint>> = {},
    private readonly declared: Guest["host"] = {},
  ) {
    this.state = new DataView(new ArrayBuffer(this.layout.totalBytes));
    this.memory = new Uint8Array(memoryBytes);
  }

  get pc(): bigint {
    return this.read(this.pcField);
  }
  set pc(value: bigint) {
    this.write(this.pcField, value);
  }

  read(field: StateField, index = 0): bigint {
    return readBytes(this.state, this.offset(field, index), field.size);
  }
  write(field: StateField, value: bigint, index = 0): void {
    writeBytes(this.state, this.offset(field, index), field.size, value);
  }
  private offset(field: StateField, index: number): number {
    assert(index >= 0 && index < field.count, `${field.name}[${index}]`);
    return field.offset + index * field.size;
  }

  host(name: string, ...args: bigint[]): bigint {
    const call = this.hosts[name];
    assert(call !== undefined, `no host function ${name}`);
    return call(...args);
  }

  /** One step: the word, read as this row. */
  execute(insn: Insn<E>, word: number): Outcome {
    return this.step({ row: insn, ...wordFields(insn, word), length: 4 });
  }

  /** One step. A step that faults leaves `pc`; every other sets it to the next instruction. */
  step({ row, splits, fields, length }: Decoded<E>): Outcome {
    const pc = this.pc;
    try {
      row.semantics(
        this.emitter(new EvaluatingLowering(this, fields, this.emitter, this.declared)),
        bindFields(row, splits),
      );
    } catch (end) {
      if (!(end instanceof StepEnd)) throw end;
      if (end.next !== undefined) this.pc = end.next;
      return end.outcome;
    }
    this.pc = pc + BigInt(length);
    return { kind: "next" };
  }
}

/** How a step ended: fallen through, gone elsewhere (a branch or an exception), or stopped at a memory access. */
export type Outcome =
  | { readonly kind: "next" | "jump" }
  | { readonly kind: "fault" | "misaligned"; readonly address: bigint; readonly write: boolean };

class StepEnd extends Error {
  constructor(
    readonly outcome: Outcome,
    readonly next?: bigint,
  ) {
    super("the step has ended");
  }
}

class RoutineReturn extends Error {
  constructor(readonly value: Value | undefined) {
    super("a routine returns");
  }
}

interface IntegerVariable extends Variable {
  value: Integer;
}

const number = (value: Value): bigint => (value as Integer).value;

class EvaluatingLowering implements Lowering {
  constructor(
    private readonly machine: EvaluatedState,
    private readonly fields: Readonly<Record<string, number>>,
    private readonly emitter: (lowering: Lowering) => Emitter,
    private readonly hosts: Guest["host"] = {},
  ) {}

  constant(type: ValueType, value: number | bigint): Value {
    assert(type === "i32" || type === "i64", `${type} is not evaluated`);
    return integer(type, BigInt(value));
  }
  vector(bytes: readonly number[]): Value {
    return integer("v128", readBytes(new DataView(Uint8Array.from(bytes).buffer), 0, 16));
  }
  op(name: string, ...operands: readonly (Value | number | readonly number[])[]): Value {
    return evaluateOp(
      name,
      operands.filter((o): o is Integer => typeof o === "object" && "type" in o),
      operands.filter((o) => typeof o === "number"),
    );
  }
  known(): undefined {
    return undefined;
  }
  operand(operand: Operand): Value {
    return integer("i32", BigInt(this.fieldOf(operand)));
  }
  derive(operands: readonly Operand[], compute: (...values: number[]) => bigint): Value {
    const bits = operands.reduce((sum, o) => sum + o.operand.width, 0);
    assert(bits <= 13, `derive from ${bits} bits`);
    return integer("i64", compute(...operands.map((o) => this.fieldOf(o))));
  }
  private fieldOf({ operand }: Operand): number {
    const value = this.fields[operand.name];
    assert(value !== undefined, `no field ${operand.name}`);
    return value;
  }

  variable(initial: Value): Variable {
    const variable: IntegerVariable = { type: initial.type, variable: true, value: initial as Integer };
    return variable;
  }
  get(variable: Variable): Value {
    return (variable as IntegerVariable).value;
  }
  set(variable: Variable, value: Value): void {
    assert(variable.type === value.type, `a ${value.type} into a variable of type ${variable.type}`);
    (variable as IntegerVariable).value = value as Integer;
  }
  if(condition: Value, then: () => void, otherwise?: () => void): void {
    assert(condition.type === "i32", "a condition is an i32");
    if (number(condition) !== 0n) then();
    else otherwise?.();
  }
  while(condition: () => Value, body: () => void): void {
    while (number(condition()) !== 0n) body();
  }
  select(condition: Value, ifTrue: Value, ifFalse: Value): Value {
    assert(condition.type === "i32" && ifTrue.type === ifFalse.type, "select");
    return number(condition) !== 0n ? ifTrue : ifFalse;
  }

  read(field: StateField, index: number | Value = 0): Value {
    const type = ({ 8: "i64", 16: "v128" } as const)[field.size as number] ?? "i32";
    return integer(type, this.machine.read(field, typeof index === "number" ? index : Number(number(index))));
  }
  write(field: StateField, value: Value, index: number | Value = 0): void {
    this.machine.write(field, number(value), typeof index === "number" ? index : Number(number(index)));
  }

  readPart(field: StateField, bits: PartBits, offset: number | Value): Value {
    const { index, shift } = this.part(field, offset);
    return integer("i32", BigInt.asUintN(bits, this.machine.read(field, index) >> shift));
  }
  writePart(field: StateField, bits: PartBits, offset: number | Value, value: Value): void {
    const { index, shift } = this.part(field, offset);
    const mask = BigInt.asUintN(bits, -1n) << shift;
    const rest = this.machine.read(field, index) & ~mask;
    this.machine.write(field, rest | ((number(value) << shift) & mask), index);
  }
  private part(field: StateField, offset: number | Value): { readonly index: number; readonly shift: bigint } {
    const at = typeof offset === "number" ? offset : Number(number(offset));
    return { index: Math.floor(at / field.size), shift: BigInt(8 * (at % field.size)) };
  }

  writeFlags(field: StateField, flags: readonly Value[]): void {
    flags.forEach((flag, i) => this.write(field, flag, i));
  }
  flagsOrigin(): undefined {
    return undefined;
  }

  load(bits: AccessBits, address: Value, options?: AccessOptions): Value {
    const at = this.access(bits, address, false, options);
    return integer(accessType(bits), readBytes(this.memoryView(), at, bits / 8));
  }
  store(bits: AccessBits, address: Value, value: Value, options?: AccessOptions): void {
    assert(value.type === accessType(bits), `a ${value.type} stored in ${bits} bits`);
    writeBytes(this.memoryView(), this.access(bits, address, true, options), bits / 8, number(value));
  }
  loadDescriptor(physicalAddress: Value): Value {
    return this.load(64, physicalAddress);
  }
  storeDescriptor(): never {
    throw new AssertionError("only a page walk stores to descriptors");
  }
  portRead(): never {
    throw new AssertionError("a row is not evaluated with ports");
  }
  portWrite(): never {
    throw new AssertionError("a row is not evaluated with ports");
  }
  private memoryView(): DataView {
    const { buffer, byteOffset, byteLength } = this.machine.memory!;
    return new DataView(buffer, byteOffset, byteLength);
  }
  /** Offset in memory; ends the step when the access cannot be made. */
  private access(bits: AccessBits, va: Value, write: boolean, options: AccessOptions = {}): number {
    assert(va.type === "i64", "an address is an i64");
    const address = number(va);
    const bytes = BigInt(bits / 8);
    if (options.aligned && address % bytes !== 0n) throw new StepEnd({ kind: "misaligned", address, write });
    const offset = address - (this.machine.memoryBase ?? 0n);
    const inside = offset >= 0n && offset + bytes <= BigInt(this.machine.memory?.length ?? 0);
    if (!inside) throw new StepEnd({ kind: "fault", address, write });
    return Number(offset);
  }

  call(routine: Routine<never>, ...args: readonly Value[]): Value {
    assert(
      args.every((a, i) => a.type === routine.params[i]),
      `arguments of ${routine.name}`,
    );
    let result: Value | undefined;
    try {
      result = (routine as Routine<Emitter>).body(this.emitter(this), ...args) ?? undefined;
    } catch (end) {
      if (!(end instanceof RoutineReturn)) throw end;
      result = end.value;
    }
    assert(result?.type === routine.result, `the result of ${routine.name}`);
    return result ?? integer("i32", 0n);
  }
  host(name: string, ...args: readonly Value[]): Value {
    const result = this.machine.host(name, ...args.map(number)) ?? 0n;
    return integer(this.hosts[name]?.result ?? "i64", BigInt(result));
  }
  return(value?: Value): void {
    throw new RoutineReturn(value);
  }

  pc(): Value {
    return integer("i64", this.machine.pc);
  }
  position(): Value {
    return integer("i64", this.machine.position ?? 0n);
  }
  virtualTimeNs(): Value {
    return integer("i64", this.machine.virtualTimeNs ?? 0n);
  }
  jump(target: Value): void {
    throw new StepEnd({ kind: "jump" }, number(target));
  }
  branch(displacement: Value): void {
    throw new StepEnd({ kind: "jump" }, this.machine.pc + number(displacement));
  }
  resume(): void {
    throw new StepEnd({ kind: "jump" });
  }

  // What concerns an engine only.
  leave(): void {}
  interruptsChanged(): void {}
  wait(): void {}
  flushTlb(): void {}
  selectAddressSpace(): void {}
  selectMode(): void {}
  selectPrivilege(): void {}
}

function accessType(bits: AccessBits): IntegerType {
  if (bits === 128) return "v128";
  return bits === 64 ? "i64" : "i32";
}

function readBytes(view: DataView, offset: number, bytes: number): bigint {
  let value = 0n;
  for (let i = bytes - 1; i >= 0; i--) value = (value << 8n) | BigInt(view.getUint8(offset + i));
  return value;
}

function writeBytes(view: DataView, offset: number, bytes: number, value: bigint): void {
  for (let i = 0; i < bytes; i++) view.setUint8(offset + i, Number((value >> BigInt(8 * i)) & 0xffn));
}
