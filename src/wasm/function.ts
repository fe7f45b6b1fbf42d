import binaryen from "binaryen";
import { assert } from "../base/index.ts";
import type { Value, ValueType, Variable } from "../isa/index.ts";
import { operation } from "./ops.ts";
import { Placer } from "./place.ts";
import { simplify } from "./simplify.ts";
import {
  type Effect,
  type Expression,
  LocalVariable,
  PURE,
  READS_MEMORY,
  StatementList,
  TreeValue,
  WRITES_MEMORY,
} from "./tree.ts";
import { typeOf, typesOf } from "./types.ts";

/** Missing in binaryen's types. */
const loads = (binaryen as unknown as { readonly Load: { setSigned(load: Expression, signed: boolean): void } }).Load;

export interface Label {
  readonly name: string;
}

/** Statements that stand nowhere yet. */
export interface Piece {
  readonly empty: boolean;
}

/** Builds the body of one Wasm function, statement by statement; `finish` decides what stands in a local and what in a tree. */
export class FunctionBuilder {
  private statements = new StatementList();
  private labels = 0;

  constructor(
    private readonly m: binaryen.Module,
    readonly params: readonly ValueType[],
    readonly result: ValueType | undefined = undefined,
  ) {}

  /** A parameter that is not assigned. */
  param(index: number): Value {
    const value = TreeValue.get(new LocalVariable(this.params[index]!, index));
    value.local = index;
    value.loops = -1;
    return value;
  }

  /** A parameter as a variable that may be assigned. */
  paramVariable(index: number): Variable {
    return new LocalVariable(this.params[index]!, index);
  }

  constant(type: "i32" | "i64" | "f32" | "f64", value: number | bigint): Value {
    return TreeValue.constant(type, type === "i64" ? BigInt.asIntN(64, BigInt(value)) : Number(value));
  }

  vector(bytes: readonly number[]): Value {
    assert(bytes.length === 16, "a vector has 16 bytes");
    return TreeValue.constant("v128", bytes);
  }

  private value(value: TreeValue): Value {
    this.statements.add({ kind: "value", value });
    return value;
  }

  private effect(
    effect: Effect,
    values: readonly (Value | Variable)[],
    build: (operands: Expression[]) => Expression,
  ): void {
    this.statements.add({ kind: "effect", operands: values.map((v) => this.operand(v)), effect, build });
  }

  /** A value as a statement uses it. */
  private operand(value: Value | Variable): TreeValue {
    if (value instanceof LocalVariable) value = this.get(value);
    assert(value instanceof TreeValue, "a value of another builder");
    value.uses++;
    return value;
  }

  op(name: string, ...operands: readonly (Value | number | readonly number[])[]): Value {
    const values: TreeValue[] = [];
    const immediates: (number | readonly number[])[] = [];
    for (const operand of operands) {
      if (operand instanceof TreeValue) values.push(operand);
      else immediates.push(operand as number | readonly number[]);
    }
    const { type, make } = operation(name, operands.length, values);
    const simple = simplify(name, values);
    if (simple instanceof TreeValue) return simple;
    if (simple) return this.op(simple.name, ...simple.operands);
    const build = (nodes: Expression[]): Expression => make(this.m, [...nodes, ...immediates]);
    return this.value(TreeValue.result(type, values, PURE, build, name));
  }

  load(type: "i32" | "i64" | "v128", bits: number, address: Value, offset = 0): Value {
    const read = LOADS[`${type}/${bits}`];
    assert(read, `load ${type}/${bits}`);
    const build = ([pointer]: Expression[]): Expression => read(this.m, offset, pointer!);
    return this.value(TreeValue.result(type, [address as TreeValue], READS_MEMORY, build));
  }

  store(bits: number, address: Value, value: Value, offset = 0): void {
    const write = STORES[`${value.type}/${bits}`];
    assert(write, `store ${value.type}/${bits}`);
    this.effect(WRITES_MEMORY, [address, value], ([pointer, data]) => write(this.m, offset, pointer!, data!));
  }

  fill(address: Value, byte: number, length: number): void {
    this.effect(WRITES_MEMORY, [address], ([at]) =>
      this.m.memory.fill(at!, this.m.i32.const(byte), this.m.i32.const(length)),
    );
  }

  variable(initial: Value): Variable {
    const variable = new LocalVariable(initial.type);
    this.set(variable, initial);
    return variable;
  }

  /** A variable that is set before it is read. */
  declare(type: ValueType): Variable {
    return new LocalVariable(type);
  }

  get(variable: Variable): Value {
    return this.value(TreeValue.get(variable as LocalVariable));
  }

  set(variable: Variable, value: Value): void {
    assert(variable instanceof LocalVariable, "a variable of another builder");
    assert(variable.type === value.type, `${variable.type} variable set to ${value.type}`);
    this.statements.add({ kind: "set", variable, value: this.operand(value) });
  }

  /** What `build` adds, kept out of the function for `ifPieces`. */
  piece(build: () => void): Piece {
    return this.nested(build);
  }

  /** One piece, then the other. */
  join(first: Piece, second: Piece): Piece {
    const joined = new StatementList();
    for (const { statements } of [first as StatementList, second as StatementList])
      for (const statement of statements) joined.add(statement);
    return joined;
  }

  /** An `if` whose bodies were made before. */
  ifPieces(condition: Value, then: Piece, otherwise?: Piece): void {
    const test = this.operand(condition);
    const [yes, no] = [then as StatementList, otherwise as StatementList | undefined];
    this.statements.add({ kind: "if", condition: test, then: yes, otherwise: no });
  }

  private nested(build: () => void): StatementList {
    const outer = this.statements;
    this.statements = new StatementList();
    build();
    const inner = this.statements;
    this.statements = outer;
    return inner;
  }

  if(condition: Value, then: () => void, otherwise?: () => void): void {
    assert(condition.type === "i32", "a condition is an i32");
    const test = this.operand(condition);
    const yes = this.nested(then);
    const no = otherwise && this.nested(otherwise);
    this.statements.add({ kind: "if", condition: test, then: yes, otherwise: no });
  }

  while(condition: () => Value, body: () => void): void {
    const again = this.label("while");
    this.loop(again, () => {
      const holds = condition();
      this.if(holds, () => {
        body();
        this.goto(again);
      });
    });
  }

  /** A place after a piece of code, for `labelled`. */
  label(name: string): Label {
    return { name: `${name}${this.labels++}` };
  }

  /** Adds code from which `goto` leads to just after it. */
  labelled({ name }: Label, build: () => void): void {
    this.statements.add({ kind: "block", label: name, body: this.nested(build) });
  }

  /** Adds code from which `goto` leads to its own start; it does not go on by itself. */
  loop({ name }: Label, build: () => void): void {
    this.statements.add({ kind: "loop", label: name, body: this.nested(build) });
  }

  /** Goes to the label of this number. */
  switch(index: Value, labels: readonly Label[]): void {
    const names = labels.map(({ name }) => name);
    this.effect(PURE, [index], ([which]) => this.m.switch(names, names[0]!, which!));
  }

  goto({ name }: Label): void {
    // A condition that always holds: behind a plain break binaryen would search every block around it for others.
    this.effect(PURE, [], () => this.m.br(name, this.m.i32.const(1)));
  }

  select(condition: Value, ifTrue: Value, ifFalse: Value): Value {
    assert(ifTrue.type === ifFalse.type, "select between two types");
    const build = ([test, yes, no]: Expression[]): Expression => this.m.select(test!, yes!, no!);
    const operands = [condition, ifTrue, ifFalse] as TreeValue[];
    return this.value(TreeValue.result(ifTrue.type, operands, PURE, build));
  }

  call(name: string, result: ValueType | undefined, ...args: readonly Value[]): Value | undefined {
    const build = (nodes: Expression[]): Expression => this.m.call(name, nodes, typeOf(result));
    if (result) return this.value(TreeValue.result(result, args as TreeValue[], WRITES_MEMORY, build));
    this.effect(WRITES_MEMORY, args, build);
    return undefined;
  }

  /** Ends the function with another's call. */
  tailCall(name: string, ...args: readonly (Value | Variable)[]): void {
    this.effect(WRITES_MEMORY, args, (nodes) => this.m.return_call(name, nodes, typeOf(this.result)));
  }

  tailCallIndirect(
    table: string,
    index: Value,
    params: readonly ValueType[],
    ...args: readonly (Value | Variable)[]
  ): void {
    this.effect(WRITES_MEMORY, [index, ...args], ([target, ...nodes]) =>
      this.m.return_call_indirect(table, target!, nodes, typesOf(params), typeOf(this.result)),
    );
  }

  return(value?: Value): void {
    this.effect(PURE, value ? [value] : [], ([node]) => this.m.return(node));
  }

  unreachable(): void {
    this.effect(PURE, [], () => this.m.unreachable());
  }

  /** The number of a constant value; undefined for any other. */
  constantOf(value: Value): number | bigint | undefined {
    const constant = (value as TreeValue).constant;
    return typeof constant === "object" ? undefined : constant;
  }

  /** Adds the function to its module. */
  finish(name: string, options: { readonly exported?: boolean } = {}): void {
    // A body whose last statement leaves needs no value of its own; a missing return traps.
    if (this.result) this.unreachable();
    const { m } = this;
    const placer = new Placer({ m, type: typeOf }, this.params.length);
    const body = m.block(null, placer.place(this.statements));
    const locals = placer.locals.map(typeOf);
    m.addFunction(name, typesOf(this.params), typeOf(this.result), locals, body);
    if (options.exported) m.addFunctionExport(name, name);
  }
}

const LOADS: Readonly<
  Record<string, ((m: binaryen.Module, offset: number, pointer: Expression) => Expression) | undefined>
> = {
  "i32/8": (m, offset, pointer) => m.i32.load8_u(offset, 1, pointer),
  "i32/16": (m, offset, pointer) => m.i32.load16_u(offset, 1, pointer),
  "i32/32": (m, offset, pointer) => {
    const load = m.i32.load(offset, 1, pointer);
    // binaryen 132 calls a full load signed, and then optimises its zero-extension into a sign-extending load.
    loads.setSigned(load, false);
    return load;
  },
  "i64/64": (m, offset, pointer) => m.i64.load(offset, 1, pointer),
  "v128/128": (m, offset, pointer) => m.v128.load(offset, 1, pointer),
};

type Store = (m: binaryen.Module, offset: number, pointer: Expression, data: Expression) => Expression;

const STORES: Readonly<Record<string, Store | undefined>> = {
  "i32/8": (m, offset, pointer, data) => m.i32.store8(offset, 1, pointer, data),
  "i32/16": (m, offset, pointer, data) => m.i32.store16(offset, 1, pointer, data),
  "i32/32": (m, offset, pointer, data) => m.i32.store(offset, 1, pointer, data),
  "i64/64": (m, offset, pointer, data) => m.i64.store(offset, 1, pointer, data),
  "v128/128": (m, offset, pointer, data) => m.v128.store(offset, 1, pointer, data),
};
