import type { BreakpointView, KeptBreakpoint } from "../../api/index.ts";
import { UserError } from "../../base/index.ts";
import { symbolAt } from "./details.ts";
import { symbols } from "./script.ts";

/** The address that an expression names. Throws a UserError when it names none. */
export function resolve(expression: string): bigint {
  const match = /^\s*(?:(0x[0-9a-f]+)|([a-z_]\w*)(?:\+(0x[0-9a-f]+|\d+))?)\s*$/i.exec(expression);
  const named = symbols.find(([, name]) => name === match?.[2])?.[0];
  const base = match?.[1] === undefined ? named : BigInt(match[1]);
  if (base === undefined) throw new UserError(`no symbol "${expression.trim()}" in the kernel`);
  return base + BigInt(match?.[3] ?? 0);
}

/** Names that begin so. */
export function complete(prefix: string, limit: number): readonly string[] {
  const names = symbols.map(([, name]) => name);
  return names.filter((name) => name.startsWith(prefix)).slice(0, limit);
}

/** The made-up machine's break- and watchpoints. */
export class FakeBreakpoints {
  list: readonly BreakpointView[] = [];
  private number = 1;

  get any(): boolean {
    return this.list.some(({ enabled }) => enabled);
  }
  add(kind: BreakpointView["kind"], expression: string, length: number): void {
    const address = resolve(expression);
    const label = symbolAt(address) ?? expression;
    this.list = [...this.list, { id: this.number++, kind, label, address, length, enabled: true }];
  }
  restore(points: readonly KeptBreakpoint[]): void {
    this.list = points.map((point) => ({ ...point, id: this.number++ }));
  }
  remove(id: number): void {
    this.list = this.list.filter((one) => one.id !== id);
  }
  enable(id: number, enabled: boolean): void {
    this.list = this.list.map((one) => (one.id === id ? { ...one, enabled } : one));
  }
}
