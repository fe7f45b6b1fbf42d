import { describeState, group, type StateOf, u8 } from "../../state/index.ts";

export const port92State = describeState("port92", 1, group({ output: u8() }));
export type Port92State = StateOf<typeof port92State>;
