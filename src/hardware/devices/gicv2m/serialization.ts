import type { ByteReader, ByteWriter } from "../../../base/index.ts";

/** The frame keeps nothing: a message is an edge. */
export type Gicv2mState = undefined;

export function powerOnState(): Gicv2mState {
  return undefined;
}

export function save(_state: Gicv2mState, _to: ByteWriter): void {}

export function load(_from: ByteReader): Gicv2mState {
  return undefined;
}
