import type { ByteReader, ByteWriter } from "../../../base/index.ts";

/** Eight lines, a bit each. */
export interface Pl061State {
  /** Levels of the pins: driven by the guest where `direction` is set, by the board elsewhere. */
  data: number;
  /** The input levels that edges were last looked for in. */
  seen: number;
  direction: number;
  levelSensitive: number;
  bothEdges: number;
  /** Rising edge or high level where set. */
  event: number;
  interruptMask: number;
  interrupts: number;
  alternateFunction: number;
}

const FIELDS = [
  "data",
  "seen",
  "direction",
  "levelSensitive",
  "bothEdges",
  "event",
  "interruptMask",
  "interrupts",
  "alternateFunction",
] as const satisfies readonly (keyof Pl061State)[];

export function powerOnState(): Pl061State {
  return {
    data: 0,
    seen: 0,
    direction: 0,
    levelSensitive: 0,
    bothEdges: 0,
    event: 0,
    interruptMask: 0,
    interrupts: 0,
    alternateFunction: 0,
  };
}

export function save(state: Pl061State, to: ByteWriter): void {
  for (const field of FIELDS) to.u8(state[field]);
}

export function load(from: ByteReader): Pl061State {
  const state = powerOnState();
  for (const field of FIELDS) state[field] = from.u8();
  return state;
}
