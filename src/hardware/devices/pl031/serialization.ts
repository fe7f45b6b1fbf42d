import type { ByteReader, ByteWriter } from "../../../base/index.ts";

export interface Pl031State {
  /** Seconds since 1970 at virtual time zero, modulo 2^32. */
  base: number;
  match: number;
  /** What the guest last wrote to the load register. */
  loaded: number;
  interruptMask: number;
  interrupt: number;
  /** Virtual time of the match being waited for. */
  alarmNs: number | undefined;
}

export function powerOnState(): Pl031State {
  return { base: 0, match: 0, loaded: 0, interruptMask: 0, interrupt: 0, alarmNs: undefined };
}

export function save(state: Pl031State, to: ByteWriter): void {
  to.u32(state.base).u32(state.match).u32(state.loaded).u8(state.interruptMask).u8(state.interrupt);
  to.bool(state.alarmNs !== undefined).safe(state.alarmNs ?? 0);
}

export function load(from: ByteReader): Pl031State {
  const state = {
    base: from.u32(),
    match: from.u32(),
    loaded: from.u32(),
    interruptMask: from.u8() & 1,
    interrupt: from.u8() & 1,
  };
  const armed = from.bool();
  const alarmNs = from.safe();
  return { ...state, alarmNs: armed ? alarmNs : undefined };
}
