import { describeState, group, type StateOf, u16, u32 } from "../../state/index.ts";

export const fwCfgState = describeState(
  "fw-cfg",
  1,
  group({
    selector: u16(),
    /** Bytes of the selected item read so far; stays below 2^32. */
    offset: u32(),
    /** High half of the next DMA descriptor's address. */
    dmaHigh: u32(),
  }),
);
export type FwCfgState = StateOf<typeof fwCfgState>;
