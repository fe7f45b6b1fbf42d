import type { ByteReader, ByteWriter } from "../../../base/index.ts";

/** An empty transport keeps nothing. */
export type VirtioMmioState = undefined;

export function powerOnState(): VirtioMmioState {
  return undefined;
}

export function save(_state: VirtioMmioState, _to: ByteWriter): void {}

export function load(_from: ByteReader): VirtioMmioState {
  return undefined;
}
