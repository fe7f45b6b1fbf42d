import { describeState, flag, group, ns, optional, type StateOf, u16, u8 } from "../../state/index.ts";

const counter = (gate: boolean) =>
  group({
    /** As it was written; 0: the largest. */
    reload: u16(),
    /** Virtual time of the load, or of the gate's edge that began anew. */
    loadedNs: ns(),
    mode: u8({ powerOn: 3, max: 5 }),
    bcd: flag(),
    gate: flag({ powerOn: gate }),
    /** `Access`; 0 at power-on. */
    access: u8({ max: 3 }),
    /** Where both bytes are accessed: the high one is read next. */
    readsHigh: flag(),
    /** The low byte, whose high one is yet to be written. */
    low: optional(u8(), { padded: true }),
    latched: u16(),
    /** `Access` of what is left of the latched count. */
    latchedBytes: u8({ max: 3 }),
    status: optional(u8(), { padded: true }),
  });

export const i8254State = describeState(
  "i8254",
  2,
  group({
    counter0: counter(true),
    counter1: counter(true),
    counter2: counter(false),
    speaker: flag(),
    /** What port 61h said last of the refresh. */
    refresh: flag(),
    /** Whether counter 0 drives its line: an HPET may stand in for it. */
    drives: flag({ powerOn: true }),
    /** When counter 0's output is driven next. */
    transitionNs: optional(ns(), { padded: true }),
  }),
);
export type I8254State = StateOf<typeof i8254State>;
export type Counter = I8254State["counter0"];
