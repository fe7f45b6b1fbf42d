import { type ByteReader, type ByteWriter, UserError } from "../../../base/index.ts";
import { GICC_CTLR_MASK, GICD_CTLR_MASK, INTERRUPTS, SGIS, WORDS } from "./registers.ts";

/** The sets have a bit for each interrupt id, 32 to a word. */
export interface Gicv2State {
  distributorControl: number;
  group: Uint32Array;
  enabled: Uint32Array;
  /** Latched: by an edge or by software. */
  pending: Uint32Array;
  active: Uint32Array;
  edge: Uint32Array;
  /** The input wires. */
  level: Uint32Array;
  priority: Uint8Array;

  cpuControl: number;
  priorityMask: number;
  binaryPoint: number;
  aliasedBinaryPoint: number;
  /** A bit for each pair of priorities in service, by group. */
  activePriorities: [Uint32Array, Uint32Array];
}

const SETS = ["group", "enabled", "pending", "active", "edge", "level"] as const;

export function powerOnState(): Gicv2State {
  const set = (first: number): Uint32Array => {
    const words = new Uint32Array(WORDS);
    words[0] = first;
    return words;
  };
  const sgis = 2 ** SGIS - 1;
  return {
    distributorControl: 0,
    group: set(0),
    enabled: set(sgis),
    pending: set(0),
    active: set(0),
    edge: set(sgis),
    level: set(0),
    priority: new Uint8Array(INTERRUPTS),
    cpuControl: 0,
    priorityMask: 0,
    binaryPoint: 0,
    aliasedBinaryPoint: 1,
    activePriorities: [new Uint32Array(4), new Uint32Array(4)],
  };
}

export function save(state: Gicv2State, to: ByteWriter): void {
  to.u8(state.distributorControl).u32(state.cpuControl);
  to.u8(state.priorityMask).u8(state.binaryPoint).u8(state.aliasedBinaryPoint);
  for (const name of SETS) for (const word of state[name]) to.u32(word);
  to.raw(state.priority);
  for (const words of state.activePriorities) for (const word of words) to.u32(word);
}

export function load(from: ByteReader): Gicv2State {
  const state = powerOnState();
  state.distributorControl = from.u8() & GICD_CTLR_MASK;
  state.cpuControl = from.u32() & GICC_CTLR_MASK;
  state.priorityMask = from.u8();
  state.binaryPoint = from.u8();
  state.aliasedBinaryPoint = from.u8();
  if (state.binaryPoint > 7 || state.aliasedBinaryPoint > 7) throw new UserError("gicv2 state: bad binary point");
  for (const name of SETS) for (let i = 0; i < WORDS; i++) state[name][i] = from.u32();
  state.priority = from.raw(INTERRUPTS);
  for (const words of state.activePriorities) for (let i = 0; i < words.length; i++) words[i] = from.u32();
  return state;
}
