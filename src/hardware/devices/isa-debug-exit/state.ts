import { describeState, group, optional, type StateOf, u8 } from "../../state/index.ts";

export const isaDebugExitState = describeState(
  "isa-debug-exit",
  1,
  group({
    /** The exit status that the machine has ended with: odd, so that a guest cannot say 0. */
    code: optional(u8(), { padded: true }),
  }),
);
export type IsaDebugExitState = StateOf<typeof isaDebugExitState>;
