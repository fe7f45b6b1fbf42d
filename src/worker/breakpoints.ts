import { UserError } from "../base/index.ts";
import type { BreakpointView, KeptBreakpoint } from "../api/index.ts";
import type { DebugTarget, HitOwner } from "../debug/index.ts";
import { registerNamed, type Watchpoint } from "../machine/index.ts";
import { hexValue } from "./inspect.ts";

/** The page's own break- and watchpoints, beside gdb's. */
export class PageBreakpoints {
  private readonly owner: HitOwner;
  private points: readonly BreakpointView[] = [];
  private nextId = 1;

  constructor(private readonly target: DebugTarget) {
    this.owner = target.hits.owner();
  }

  list(): readonly BreakpointView[] {
    return this.points;
  }

  add(kind: BreakpointView["kind"], expression: string, length: number): void {
    const address = this.resolve(expression);
    if (kind !== "break" && address + BigInt(length) > 1n << 64n)
      throw new UserError(`the ${length} bytes at 0x${address.toString(16)} end behind the last address`);
    const label = this.target.symbols()?.describe(address) ?? `0x${address.toString(16)}`;
    this.points = [...this.points, { id: this.nextId++, kind, label, address, length, enabled: true }];
    this.apply();
  }
  /** Where nothing is set yet. What is no break- or watchpoint is left out. */
  restore(points: readonly KeptBreakpoint[]): void {
    if (this.points.length > 0) return;
    this.points = points.filter(isPossible).map((point) => ({ ...point, id: this.nextId++ }));
    this.apply();
  }
  remove(id: number): void {
    this.points = this.points.filter((point) => point.id !== id);
    this.apply();
  }
  enable(id: number, enabled: boolean): void {
    this.points = this.points.map((point) => (point.id === id ? { ...point, enabled } : point));
    this.apply();
  }

  /** More symbols are known: what went by its address may have a name. */
  nameAnew(): void {
    const table = this.target.symbols();
    this.points = this.points.map((point) => ({ ...point, label: table?.describe(point.address) ?? point.label }));
  }

  private apply(): void {
    this.owner.clear();
    for (const { kind, address, length, enabled } of this.points) {
      if (!enabled) continue;
      if (kind === "break") this.owner.addBreakpoint(address);
      else this.owner.addWatchpoint({ kind, address, length });
    }
  }

  describe({ kind, address, length }: Watchpoint): string {
    const point = this.points.find((p) => p.kind === kind && p.address === address && p.length === length);
    return point?.label ?? `0x${address.toString(16)}`;
  }

  /** Address of "0x…", "$register", "name" or "name+0x10". */
  resolve(expression: string): bigint {
    const match = /^\s*(?:(0x[0-9a-f]+|\d+)|\$(\w+)|([A-Za-z_.][\w.$]*))\s*(?:([+-])\s*(0x[0-9a-f]+|\d+))?\s*$/i.exec(
      expression,
    );
    if (match === null) throw new UserError(`"${expression.trim()}" is neither a symbol nor an address`);
    const [, number, register, name, sign, offset = "0"] = match;
    const base =
      number !== undefined ? BigInt(number) : register !== undefined ? this.register(register) : this.symbol(name!);
    const address = sign === "-" ? base - BigInt(offset) : base + BigInt(offset);
    if (address !== BigInt.asUintN(64, address))
      throw new UserError(`"${expression.trim()}" does not fit into 64 bits`);
    return address;
  }

  private register(name: string): bigint {
    const { debug } = this.target.session.machine;
    const found = registerNamed(debug, name);
    if (found === undefined) throw new UserError(`there is no register ${name}`);
    return BigInt(`0x${hexValue(debug.readRegister(found.number))}`);
  }

  private symbol(name: string): bigint {
    const table = this.target.symbols();
    if (table === undefined) throw new UserError("no kernel symbols are found in the guest's memory here");
    const address = table.find(name);
    if (address === undefined) {
      throw new UserError(
        `"${name}" is not among the kernel's own symbols, which usually hold functions only: drop this kernel's vmlinux ` +
          "or System.map on the page, or give an address",
      );
    }
    return address;
  }
}

/** They come from where the browser's user may have written anything. */
function isPossible({ kind, address, length }: KeptBreakpoint): boolean {
  return (
    ["break", "write", "read", "access"].includes(kind) &&
    address === BigInt.asUintN(64, address) &&
    [1, 2, 4, 8].includes(length)
  );
}
