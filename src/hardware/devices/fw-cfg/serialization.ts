import type { ByteReader, ByteWriter } from "../../../base/index.ts";

export interface FwCfgState {
  selector: number;
  /** Bytes of the selected item read so far; stays below 2^32. */
  offset: number;
  /** High half of the next DMA descriptor's address. */
  dmaHigh: number;
}

export function powerOnState(): FwCfgState {
  return { selector: 0, offset: 0, dmaHigh: 0 };
}

export function save(state: FwCfgState, to: ByteWriter): void {
  to.u16(state.selector).u32(state.offset).u32(state.dmaHigh);
}

export function load(from: ByteReader): FwCfgState {
  return { selector: from.u16(), offset: from.u32(), dmaHigh: from.u32() };
}
