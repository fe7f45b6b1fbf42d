import { hexDigits } from "../../src/base/index.ts";
import type { Ours } from "./ours.ts";
import { hex, PC, registerName } from "./state.ts";

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
  const { word, text } = ours.instruction(address);
  return `${hex(address)}: ${hexDigits(word, 8)}  ${text}`;
}

/** Both sides at the first difference, with what was executed before it. */
export function report(
  history: History,
  expected: BigUint64Array,
  actual: BigUint64Array,
  wrong: readonly number[],
): string {
  const { ours } = history;
  return [
    `first difference at position ${ours.position}, after`,
    ...history.lines(),
    `next on QEMU ${line(ours, expected[PC]!)}`,
    `next on ours ${line(ours, actual[PC]!)}`,
    ...wrong.map((n) => `  ${registerName(n).padEnd(6)} QEMU ${hex(expected[n]!)}  ours ${hex(actual[n]!)}`),
  ].join("\n");
}
