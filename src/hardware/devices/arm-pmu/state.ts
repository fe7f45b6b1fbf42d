import { describeState, group, ns, optional, type StateOf } from "../../state/index.ts";

export const armPmuState = describeState(
  "arm-pmu",
  1,
  group({
    /** When the CPU is to look at its counters. */
    deadlineNs: optional(ns(), { padded: true, strict: true }),
  }),
);
export type ArmPmuState = StateOf<typeof armPmuState>;
