import { describeState, flag, group, ns, optional, type StateOf, u32, u8 } from "../../state/index.ts";
import { INTEN, RESEN } from "./registers.ts";

export const sp805State = describeState(
  "sp805",
  1,
  group({
    /** WdogLoad: what the counter begins at. */
    top: u32({ powerOn: 0xffff_ffff }),
    control: u8({ mask: INTEN | RESEN }),
    /** The raw interrupt. */
    interrupt: flag(),
    locked: flag(),
    /** What the counter stands at while it is stopped. */
    stoppedAt: u32({ powerOn: 0xffff_ffff }),
    /** While it counts: the virtual time at which it is zero next. */
    zeroNs: optional(ns(), { padded: true }),
  }),
);
export type Sp805State = StateOf<typeof sp805State>;
