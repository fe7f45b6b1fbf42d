import type binaryen from "binaryen";
import { assert } from "../base/index.ts";
import type { ValueType } from "../isa/index.ts";
import type { StatementList } from "./tree.ts";
import { type Expression, type LocalVariable, PURE, type TreeValue, WRITES_MEMORY } from "./tree.ts";

/** What placing needs to make nodes and locals. */
export interface Nodes {
  readonly m: binaryen.Module;
  type(type: ValueType): binaryen.Type;
}

/**
 * Turns statements into binaryen's trees. A value that is used once is evaluated at its use, unless something in
 * between changes what it reads; a variable's value is read at its uses as long as the variable keeps it; all others
 * get a local, which is used again after the last use. Values that nobody uses vanish, unless they are calls.
 */
export class Placer {
  readonly locals: ValueType[] = [];
  /** Values that are not evaluated yet, in their order. */
  private readonly pending = new Set<TreeValue>();
  private readonly free = new Map<ValueType, number[]>();
  /** Used for the last time by the statement in the making: free after it. */
  private readonly released: { readonly type: ValueType; readonly local: number }[] = [];
  private loops = 0;

  constructor(
    private readonly nodes: Nodes,
    private readonly params: number,
  ) {}

  place(list: StatementList): Expression[] {
    dropUnused(list);
    return this.list(list);
  }

  private list(list: StatementList): Expression[] {
    const outer = new Set(this.pending);
    const out: Expression[] = [];
    for (const statement of list.statements) {
      this.statement(statement, out);
      this.release();
    }
    for (const value of this.pending) {
      assert(outer.has(value) || value.uses === 0, "a value is used outside of where it was made");
    }
    return out;
  }

  private statement(statement: StatementList["statements"][number], out: Expression[]): void {
    const { m } = this.nodes;
    switch (statement.kind) {
      case "value":
        return this.value(statement.value, out);
      case "set": {
        const { variable, value } = statement;
        const expression = this.use(value);
        this.settle(out, (v) => v.variable === variable);
        out.push(m.local.set(this.localOf(variable), expression));
        return;
      }
      case "effect": {
        const operands = statement.operands.map((v) => this.use(v));
        if (statement.effect === WRITES_MEMORY) this.settle(out, readsMemory);
        out.push(statement.build(operands));
        return;
      }
      case "if": {
        const condition = this.use(statement.condition);
        this.settleBefore(statement.then, out);
        if (statement.otherwise) this.settleBefore(statement.otherwise, out);
        const then = this.sequence(this.list(statement.then));
        out.push(
          statement.otherwise
            ? m.if(condition, then, this.sequence(this.list(statement.otherwise)))
            : m.if(condition, then),
        );
        return;
      }
      case "block":
        this.settleBefore(statement.body, out);
        out.push(m.block(statement.label, this.list(statement.body)));
        return;
      case "loop": {
        this.settleBefore(statement.body, out);
        this.settle(out, (v) => v.variable === undefined);
        this.loops++;
        out.push(m.loop(statement.label, this.sequence(this.list(statement.body))));
        this.loops--;
      }
    }
  }

  private sequence(expressions: Expression[]): Expression {
    return expressions.length === 1 ? expressions[0]! : this.nodes.m.block(null, expressions);
  }

  private value(value: TreeValue, out: Expression[]): void {
    value.loops = this.loops;
    if (value.effect === WRITES_MEMORY) {
      const operands = value.operands.map((v) => this.use(v));
      this.settle(out, readsMemory);
      const call = value.build(operands);
      if (value.uses === 0) out.push(this.nodes.m.drop(call));
      else {
        this.release();
        this.keep(value, call, out);
      }
      return;
    }
    if (value.uses === 0) return;
    if (value.uses === 1 || value.variable) this.pending.add(value);
    else {
      const expression = this.make(value);
      this.release();
      this.keep(value, expression, out);
    }
  }

  private release(): void {
    for (const { type, local } of this.released.splice(0)) {
      const free = this.free.get(type);
      if (free) free.push(local);
      else this.free.set(type, [local]);
    }
  }

  /** Evaluates pending values that a piece of code would change, or might evaluate more than once or not at all. */
  private settleBefore({ sets, writesMemory, hasLoop }: StatementList, out: Expression[]): void {
    this.settle(out, (v) => (v.variable ? sets.has(v.variable) : hasLoop || (writesMemory && readsMemory(v))));
  }

  private settle(out: Expression[], which: (value: TreeValue) => boolean): void {
    for (const value of this.pending) {
      if (!which(value)) continue;
      this.pending.delete(value);
      this.keep(value, this.make(value), out);
    }
  }

  private keep(value: TreeValue, expression: Expression, out: Expression[]): void {
    value.local = this.free.get(value.type)?.pop() ?? this.newLocal(value.type);
    out.push(this.nodes.m.local.set(value.local, expression));
  }

  /** The node of a value, used once more. */
  private use(value: TreeValue): Expression {
    const { m } = this.nodes;
    const { constant, type } = value;
    if (constant !== undefined) {
      if (type === "v128") return m.v128.const(constant as number[]);
      if (type === "i64") return m.i64.const(constant as bigint);
      return m[type].const(constant as number);
    }
    value.uses--;
    if (value.local < 0) {
      assert(this.pending.has(value), "a value is used outside of where it was made");
      if (value.uses === 0) this.pending.delete(value);
      return this.make(value);
    }
    const node = m.local.get(value.local, this.nodes.type(type));
    // In a loop that it was not made in, it is used again the next time round.
    if (value.uses === 0 && value.loops === this.loops) this.released.push({ type, local: value.local });
    return node;
  }

  private make(value: TreeValue): Expression {
    const { variable } = value;
    if (variable) return this.nodes.m.local.get(this.localOf(variable), this.nodes.type(variable.type));
    return value.build(value.operands.map((v) => this.use(v)));
  }

  private localOf(variable: LocalVariable): number {
    if (variable.local < 0) variable.local = this.newLocal(variable.type);
    return variable.local;
  }

  private newLocal(type: ValueType): number {
    return this.params + this.locals.push(type) - 1;
  }
}

/** Whether a value's own evaluation reads memory; its operands are pending for themselves. */
const readsMemory = (value: TreeValue): boolean => value.effect !== PURE;

/** From the end to the beginning: what only unused values use is not used. */
function dropUnused({ statements }: StatementList): void {
  for (let at = statements.length - 1; at >= 0; at--) {
    const statement = statements[at]!;
    if (statement.kind === "value") {
      const { value } = statement;
      if (value.uses === 0 && value.effect !== WRITES_MEMORY) for (const operand of value.operands) operand.uses--;
    } else if (statement.kind === "if") {
      if (statement.otherwise) dropUnused(statement.otherwise);
      dropUnused(statement.then);
    } else if (statement.kind === "block" || statement.kind === "loop") dropUnused(statement.body);
  }
}
