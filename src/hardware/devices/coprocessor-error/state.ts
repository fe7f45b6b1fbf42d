import { describeState, flag, group, type StateOf } from "../../state/index.ts";

export const coprocessorErrorState = describeState("coprocessor-error", 1, group({ raised: flag() }));
export type CoprocessorErrorState = StateOf<typeof coprocessorErrorState>;
