import { bytes, describeState, group, type StateOf } from "../../state/index.ts";
import { COUNT, EEPROM_BYTES } from "./registers.ts";

export const spdEepromsState = describeState(
  "spd-eeproms",
  1,
  group({
    /** One after the other. As QEMU's they can be written, and a reset clears them. */
    content: bytes(COUNT * EEPROM_BYTES),
    /** What each says next. */
    offsets: bytes(COUNT),
  }),
);
export type SpdEepromsState = StateOf<typeof spdEepromsState>;
