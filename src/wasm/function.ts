import binaryen from "binaryen";
import { assert } from "../base/index.ts";
import type { Value, ValueType, Variable } from "../isa/index.ts";
import { applyOp, resultOf } from "./ops.ts";
import type { ModuleBuilder } from "./module.ts";

type Expression = binaryen.ExpressionRef;

/** Missing in binaryen's types. */
const loads = (binaryen as unknown as { readonly Load: { setSigned(load: Expression, signed: boolean): void } }).Load;

/** A value is a constant or a local that is written once; binaryen's trees own their nodes, so each use is a new node. */
export class LocalValue implements Value {
  constructor(
    readonly type: ValueType,
    readonly local: number,
    readonly constant: number | bigint | readonly number[] | undefined = undefined,
  ) {}
}

export interface Label {
  readonly name: string;
}

class LocalVariable implements Variable {
  readonly variable = true;
  constructor(
    readonly type: ValueType,
    readonly local: number,
  ) {}
}

/** Builds the body of one Wasm function, statement by statement. Optimising the many locals away is binaryen's and V8's work. */
export class FunctionBuilder {
  private readonly locals: ValueType[] = [];
  private statements: Expression[] = [];
  private labels = 0;

  constructor(
    readonly module: ModuleBuilder,
    readonly params: readonly ValueType[],
    readonly result: ValueType | undefined = undefined,
  ) {}

  private get m(): binaryen.Module {
    return this.module.binary;
  }

  param(index: number): Value {
    return new LocalValue(this.params[index]!, index);
  }

  /** A parameter as a variable that may be assigned. */
  paramVariable(index: number): Variable {
    return new LocalVariable(this.params[index]!, index);
  }

  constant(type: "i32" | "i64" | "f32" | "f64", value: number | bigint): Value {
    return new LocalValue(type, -1, type === "i64" ? BigInt.asIntN(64, BigInt(value)) : Number(value));
  }

  vector(bytes: readonly number[]): Value {
    assert(bytes.length === 16, "a vector has 16 bytes");
    return new LocalValue("v128", -1, bytes);
  }

  /** A fresh node that reads the value. */
  expression(value: Value | Variable): Expression {
    if (value instanceof LocalVariable) return this.m.local.get(value.local, this.module.type(value.type));
    assert(value instanceof LocalValue, "a value of another builder");
    const { constant, type } = value;
    if (constant === undefined) return this.m.local.get(value.local, this.module.type(type));
    if (type === "v128") return this.m.v128.const(constant as number[]);
    if (type === "i64") return this.m.i64.const(constant as bigint);
    return this.m[type].const(constant as number);
  }

  private newLocal(type: ValueType): number {
    return this.params.length + this.locals.push(type) - 1;
  }

  /** Evaluates an expression here and now, once. */
  value(type: ValueType, expression: Expression): Value {
    const local = this.newLocal(type);
    this.statement(this.m.local.set(local, expression));
    return new LocalValue(type, local);
  }

  statement(expression: Expression): void {
    this.statements.push(expression);
  }

  op(name: string, ...operands: readonly (Value | number | readonly number[])[]): Value {
    const types = operands.map((o) => (typeof o === "object" && "type" in o ? o.type : undefined));
    const args = operands.map((o) => (typeof o === "object" && "type" in o ? this.expression(o) : o));
    return this.value(resultOf(name, types), applyOp(this.m, name, args));
  }

  load(type: "i32" | "i64" | "v128", bits: number, address: Value, offset = 0): Value {
    const pointer = this.expression(address);
    const m = this.m;
    const readers: Record<string, (() => Expression) | undefined> = {
      "i32/8": () => m.i32.load8_u(offset, 1, pointer),
      "i32/16": () => m.i32.load16_u(offset, 1, pointer),
      "i32/32": () => {
        const load = m.i32.load(offset, 1, pointer);
        // binaryen 132 calls a full load signed, and then optimises its zero-extension into a sign-extending load.
        loads.setSigned(load, false);
        return load;
      },
      "i64/64": () => m.i64.load(offset, 1, pointer),
      "v128/128": () => m.v128.load(offset, 1, pointer),
    };
    const read = readers[`${type}/${bits}`];
    assert(read, `load ${type}/${bits}`);
    return this.value(type, read());
  }

  store(bits: number, address: Value, value: Value, offset = 0): void {
    const pointer = this.expression(address);
    const data = this.expression(value);
    const m = this.m;
    const writers: Record<string, (() => Expression) | undefined> = {
      "i32/8": () => m.i32.store8(offset, 1, pointer, data),
      "i32/16": () => m.i32.store16(offset, 1, pointer, data),
      "i32/32": () => m.i32.store(offset, 1, pointer, data),
      "i64/64": () => m.i64.store(offset, 1, pointer, data),
      "v128/128": () => m.v128.store(offset, 1, pointer, data),
    };
    const write = writers[`${value.type}/${bits}`];
    assert(write, `store ${value.type}/${bits}`);
    this.statement(write());
  }

  fill(address: Value, byte: number, length: number): void {
    this.statement(this.m.memory.fill(this.expression(address), this.m.i32.const(byte), this.m.i32.const(length)));
  }

  variable(initial: Value): Variable {
    const local = this.newLocal(initial.type);
    this.statement(this.m.local.set(local, this.expression(initial)));
    return new LocalVariable(initial.type, local);
  }

  get(variable: Variable): Value {
    return this.value(variable.type, this.expression(variable));
  }

  set(variable: Variable, value: Value): void {
    assert(variable instanceof LocalVariable, "a variable of another builder");
    assert(variable.type === value.type, `${variable.type} variable set to ${value.type}`);
    this.statement(this.m.local.set(variable.local, this.expression(value)));
  }

  /** What `build` adds, kept out of the function for now. */
  capture(build: () => void): { readonly expression: Expression; readonly empty: boolean } {
    const outer = this.statements;
    this.statements = [];
    build();
    const expression = this.m.block(null, this.statements);
    const empty = this.statements.length === 0;
    this.statements = outer;
    return { expression, empty };
  }

  private nested(build: () => void): Expression {
    return this.capture(build).expression;
  }

  /** An `if` whose body was captured before. */
  ifCaptured(condition: Value, body: Expression, otherwise?: Expression): void {
    const test = this.expression(condition);
    this.statement(otherwise ? this.m.if(test, body, otherwise) : this.m.if(test, body));
  }

  if(condition: Value, then: () => void, otherwise?: () => void): void {
    assert(condition.type === "i32", "a condition is an i32");
    const test = this.expression(condition);
    const yes = this.nested(then);
    this.statement(otherwise ? this.m.if(test, yes, this.nested(otherwise)) : this.m.if(test, yes));
  }

  while(condition: () => Value, body: () => void): void {
    const label = `while${this.labels++}`;
    const loop = this.nested(() => {
      const holds = condition();
      this.if(holds, () => {
        body();
        this.statement(this.m.br(label));
      });
    });
    this.statement(this.m.loop(label, loop));
  }

  /** A place after a piece of code, for `labelled`. */
  label(name: string): Label {
    return { name: `${name}${this.labels++}` };
  }

  /** Adds code from which `goto` leads to just after it. */
  labelled({ name }: Label, build: () => void): void {
    this.statement(this.m.block(name, [this.nested(build)]));
  }

  /** Adds code from which `goto` leads to its own start; it does not go on by itself. */
  loop({ name }: Label, build: () => void): void {
    this.statement(this.m.loop(name, this.nested(build)));
  }

  /** Goes to the label of this number. */
  switch(index: Value, labels: readonly Label[]): void {
    const names = labels.map(({ name }) => name);
    this.statement(this.m.switch(names, names[0]!, this.expression(index)));
  }

  goto({ name }: Label): void {
    this.statement(this.m.br(name));
  }

  select(condition: Value, ifTrue: Value, ifFalse: Value): Value {
    assert(ifTrue.type === ifFalse.type, "select between two types");
    return this.value(
      ifTrue.type,
      this.m.select(this.expression(condition), this.expression(ifTrue), this.expression(ifFalse)),
    );
  }

  call(name: string, result: ValueType | undefined, ...args: readonly Value[]): Value | undefined {
    const call = this.m.call(
      name,
      args.map((a) => this.expression(a)),
      this.module.type(result),
    );
    if (result) return this.value(result, call);
    this.statement(call);
    return undefined;
  }

  /** Ends the function with another's call. */
  tailCall(name: string, ...args: readonly (Value | Variable)[]): void {
    this.statement(
      this.m.return_call(
        name,
        args.map((a) => this.expression(a)),
        this.module.type(this.result),
      ),
    );
  }

  tailCallIndirect(
    table: string,
    index: Value,
    params: readonly ValueType[],
    ...args: readonly (Value | Variable)[]
  ): void {
    this.statement(
      this.m.return_call_indirect(
        table,
        this.expression(index),
        args.map((a) => this.expression(a)),
        this.module.types(params),
        this.module.type(this.result),
      ),
    );
  }

  return(value?: Value): void {
    this.statement(value ? this.m.return(this.expression(value)) : this.m.return());
  }

  unreachable(): void {
    this.statement(this.m.unreachable());
  }

  /** The number of a constant value; undefined for any other. */
  constantOf(value: Value): number | bigint | undefined {
    const constant = value instanceof LocalValue ? value.constant : undefined;
    return typeof constant === "object" ? undefined : constant;
  }

  /** Adds the function to its module. */
  finish(name: string, options: { readonly exported?: boolean } = {}): void {
    // A body whose last statement leaves needs no value of its own; a missing return traps.
    if (this.result) this.unreachable();
    const m = this.m;
    m.addFunction(
      name,
      this.module.types(this.params),
      this.module.type(this.result),
      this.locals.map((t) => this.module.type(t)),
      m.block(null, this.statements),
    );
    if (options.exported) m.addFunctionExport(name, name);
  }
}
