import { type ByteReader, type ByteWriter, UserError } from "../../../base/index.ts";

export interface ArmPmuState {
  /** When the CPU is to look at its counters. */
  deadlineNs: number | undefined;
}

export const powerOnState = (): ArmPmuState => ({ deadlineNs: undefined });

export function save({ deadlineNs }: ArmPmuState, to: ByteWriter): void {
  to.u8(deadlineNs === undefined ? 0 : 1).safe(deadlineNs ?? 0);
}

export function load(from: ByteReader): ArmPmuState {
  const known = from.u8();
  const deadlineNs = from.safe();
  if (known > 1) throw new UserError("performance counters' state: unknown byte");
  return { deadlineNs: known ? deadlineNs : undefined };
}
