import type { Ours } from "./ours.ts";
import { hex } from "./registers.ts";

/** The last instructions that both machines executed. */
export class History {
  private readonly addresses: bigint[] = [];

  constructor(
    readonly ours: Ours,
    private readonly length = 12,
  ) {}

  add(address: bigint): void {
    this.addresses.push(address);
    if (this.addresses.length > this.length) this.addresses.shift();
  }

  lines(): string[] {
    return this.addresses.map((address) => `  ${line(this.ours, address)}`);
  }
}

function line(ours: Ours, address: bigint): string {
  const { bytes, text } = ours.instruction(address);
  return `${hex(address)}: ${bytes}  ${text}`;
}

/** Both sides at the first difference, with what was executed before it. */
export function report(
  history: History,
  expected: BigUint64Array,
  actual: BigUint64Array,
  wrong: readonly number[],
): string {
  const { ours } = history;
  const { names, pc } = ours.registers;
  return [
    `first difference at position ${ours.position}, after`,
    ...history.lines(),
    `next on QEMU ${line(ours, expected[pc]!)}`,
    `next on ours ${line(ours, actual[pc]!)}`,
    ...wrong.map((n) => `  ${names[n]!.padEnd(6)} QEMU ${hex(expected[n]!)}  ours ${hex(actual[n]!)}`),
  ].join("\n");
}
