import { describeState, group, type StateOf, u64, u8 } from "../../state/index.ts";
import { CTL_ENABLE, CTL_IMASK } from "./registers.ts";

/** One of the two timers. */
const comparator = group({
  /** ENABLE and IMASK. */
  control: u8({ max: CTL_ENABLE | CTL_IMASK }),
  /** CNTx_CVAL. */
  compare: u64(),
});

export const armTimerState = describeState("arm-timer", 1, group({ physical: comparator, virtual: comparator }));
export type ArmTimerState = StateOf<typeof armTimerState>;
export type ComparatorState = ArmTimerState["physical"];
