import { type ByteReader, type ByteWriter, UserError } from "../../../base/index.ts";
import { CTL_ENABLE, CTL_IMASK } from "./registers.ts";

/** One of the two timers. */
export interface ComparatorState {
  /** ENABLE and IMASK. */
  control: number;
  /** CNTx_CVAL: unsigned 64 bits. */
  compare: bigint;
}

export interface ArmTimerState {
  readonly physical: ComparatorState;
  readonly virtual: ComparatorState;
}

export function powerOnState(): ArmTimerState {
  return { physical: { control: 0, compare: 0n }, virtual: { control: 0, compare: 0n } };
}

export function save(state: ArmTimerState, to: ByteWriter): void {
  for (const { control, compare } of [state.physical, state.virtual]) to.u8(control).u64(compare);
}

export function load(from: ByteReader): ArmTimerState {
  const comparator = (): ComparatorState => {
    const control = from.u8();
    if (control & ~(CTL_ENABLE | CTL_IMASK)) throw new UserError("timer state: unknown control bits");
    return { control, compare: from.u64() };
  };
  return { physical: comparator(), virtual: comparator() };
}
