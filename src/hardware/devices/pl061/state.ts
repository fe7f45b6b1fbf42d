import { describeState, group, type StateOf, u8 } from "../../state/index.ts";

/** Eight lines, a bit each. */
export const pl061State = describeState(
  "pl061",
  1,
  group({
    /** Levels of the pins: driven by the guest where `direction` is set, by the board elsewhere. */
    data: u8(),
    /** The input levels that edges were last looked for in. */
    seen: u8(),
    direction: u8(),
    levelSensitive: u8(),
    bothEdges: u8(),
    /** Rising edge or high level where set. */
    event: u8(),
    interruptMask: u8(),
    interrupts: u8(),
    alternateFunction: u8(),
  }),
);
export type Pl061State = StateOf<typeof pl061State>;
