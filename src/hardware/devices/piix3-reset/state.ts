import { describeState, group, type StateOf, u8 } from "../../state/index.ts";
import { HARD } from "./registers.ts";

export const piix3ResetState = describeState("piix3-reset", 1, group({ control: u8({ mask: HARD }) }));
export type Piix3ResetState = StateOf<typeof piix3ResetState>;
