import { describeState, flag, group, type StateOf } from "../../state/index.ts";

export const coprocessorErrorState = describeState(
  "coprocessor-error",
  2,
  group({
    raised: flag(),
    /** IGNNE#. */
    ignored: flag(),
  }),
);
export type CoprocessorErrorState = StateOf<typeof coprocessorErrorState>;
