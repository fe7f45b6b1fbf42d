import { bytes, describeState, group, type StateOf } from "../../state/index.ts";
import { CONFIGURATION_BYTES, POWER_ON } from "./registers.ts";

const powerOn = new Uint8Array(CONFIGURATION_BYTES);
for (const [offset, value] of POWER_ON) new DataView(powerOn.buffer).setUint32(offset, value, true);

/** Of the host bridge, the only function there is. */
export const pcieHostState = describeState(
  "pcie-host",
  1,
  group({ configuration: bytes(CONFIGURATION_BYTES, powerOn) }),
);
export type PcieHostState = StateOf<typeof pcieHostState>;
