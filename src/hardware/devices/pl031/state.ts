import { describeState, group, kept, ns, optional, type StateOf, u32, u8 } from "../../state/index.ts";

export const pl031State = describeState(
  "pl031",
  1,
  group({
    /** Seconds since 1970 at virtual time zero, modulo 2^32: the time goes on over a reset. */
    base: kept(u32()),
    match: u32(),
    /** What the guest last wrote to the load register. */
    loaded: u32(),
    interruptMask: u8({ mask: 1 }),
    interrupt: u8({ mask: 1 }),
    /** Virtual time of the match being waited for. */
    alarmNs: optional(ns(), { padded: true }),
  }),
);
export type Pl031State = StateOf<typeof pl031State>;
