import type binaryen from "binaryen";
import type { Value, ValueType, Variable } from "../isa/index.ts";

export type Expression = binaryen.ExpressionRef;

/** What an instruction does besides giving a value, as far as its place among others matters. */
export const PURE = 0;
export const READS_MEMORY = 1;
/** Stores, and calls of anything. */
export const WRITES_MEMORY = 2;
export type Effect = typeof PURE | typeof READS_MEMORY | typeof WRITES_MEMORY;

/** A mutable local; its number is given when the function is finished. */
export class LocalVariable implements Variable {
  readonly variable = true;
  constructor(
    readonly type: ValueType,
    public local = -1,
  ) {}
}

/** A constant, a variable's value at one place, or the result of one instruction. */
export class TreeValue implements Value {
  /** How often it is used; while code is placed, how often it is still to be used. */
  uses = 0;
  /** Where it was put when it could not stay in the tree. */
  local = -1;
  /** Loops around it. */
  loops = 0;

  private constructor(
    readonly type: ValueType,
    readonly constant: number | bigint | readonly number[] | undefined,
    readonly variable: LocalVariable | undefined,
    readonly operands: readonly TreeValue[],
    readonly effect: Effect,
    /** Makes the node, once. */
    readonly build: (operands: Expression[]) => Expression,
    /** A WebAssembly instruction's name, for those who simplify. */
    readonly name: string | undefined,
  ) {
    for (const operand of operands) operand.uses++;
  }

  static constant(type: ValueType, constant: number | bigint | readonly number[]): TreeValue {
    return new TreeValue(type, constant, undefined, [], PURE, unreachable, undefined);
  }
  static get(variable: LocalVariable): TreeValue {
    return new TreeValue(variable.type, undefined, variable, [], PURE, unreachable, undefined);
  }
  static result(
    type: ValueType,
    operands: readonly TreeValue[],
    effect: Effect,
    build: (operands: Expression[]) => Expression,
    name?: string,
  ): TreeValue {
    return new TreeValue(type, undefined, undefined, operands, effect, build, name);
  }
}

function unreachable(): never {
  throw new Error("a constant or variable is no instruction");
}

/** A piece of a function, in the order of execution. Values stand where they are made; where they are evaluated is decided later. */
export type Statement =
  | { readonly kind: "value"; readonly value: TreeValue }
  | { readonly kind: "set"; readonly variable: LocalVariable; readonly value: TreeValue }
  | {
      readonly kind: "effect";
      readonly operands: readonly TreeValue[];
      readonly effect: Effect;
      readonly build: (operands: Expression[]) => Expression;
    }
  | {
      readonly kind: "if";
      readonly condition: TreeValue;
      readonly then: StatementList;
      readonly otherwise: StatementList | undefined;
    }
  | { readonly kind: "block" | "loop"; readonly label: string; readonly body: StatementList };

/** Statements with what they change, so that others know whether they may pass them. */
export class StatementList {
  readonly statements: Statement[] = [];
  readonly sets = new Set<LocalVariable>();
  writesMemory = false;
  hasLoop = false;

  get empty(): boolean {
    return this.statements.length === 0;
  }

  add(statement: Statement): void {
    this.statements.push(statement);
    switch (statement.kind) {
      case "value":
        this.writesMemory ||= statement.value.effect === WRITES_MEMORY;
        break;
      case "set":
        this.sets.add(statement.variable);
        break;
      case "effect":
        this.writesMemory ||= statement.effect === WRITES_MEMORY;
        break;
      case "if":
        this.include(statement.then);
        if (statement.otherwise) this.include(statement.otherwise);
        break;
      default:
        this.hasLoop ||= statement.kind === "loop";
        this.include(statement.body);
    }
  }

  private include(inner: StatementList): void {
    this.writesMemory ||= inner.writesMemory;
    this.hasLoop ||= inner.hasLoop;
    for (const variable of inner.sets) this.sets.add(variable);
  }
}
