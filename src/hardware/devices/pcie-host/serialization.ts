import type { ByteReader, ByteWriter } from "../../../base/index.ts";
import { CONFIGURATION_BYTES, POWER_ON } from "./registers.ts";

/** Configuration space of the host bridge, the only function there is. */
export type PcieHostState = Uint8Array;

export function powerOnState(): PcieHostState {
  const state = new Uint8Array(CONFIGURATION_BYTES);
  const view = new DataView(state.buffer);
  for (const [offset, value] of POWER_ON) view.setUint32(offset, value, true);
  return state;
}

export function save(state: PcieHostState, to: ByteWriter): void {
  to.raw(state);
}

export function load(from: ByteReader): PcieHostState {
  return from.raw(CONFIGURATION_BYTES);
}
