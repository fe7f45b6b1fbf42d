import {
  bytes,
  describeState,
  flag,
  group,
  kept,
  ns,
  optional,
  type StateOf,
  u32,
  u8,
} from "../../../hardware/index.ts";

export const vectorsState = describeState("vectors", 1, group({ lines: u8(), enabled: u8(), inService: u8() }));
export type VectorsState = StateOf<typeof vectorsState>;

export const windowsState = describeState(
  "windows",
  1,
  group({
    /** The ROM's addresses read, and write, the RAM below. */
    readsRam: flag(),
    writesRam: flag(),
    /** Page where video memory is; 0: nowhere. */
    bar: u32(),
  }),
);
export type WindowsState = StateOf<typeof windowsState>;

export const alarmState = describeState(
  "alarm",
  1,
  group({ deadlineNs: optional(ns(), { padded: true }), rings: flag() }),
);
export type AlarmState = StateOf<typeof alarmState>;

export const bellState = describeState("bell", 1, group({ byte: u8(), full: flag() }));
export type BellState = StateOf<typeof bellState>;

export const nvramState = describeState("nvram", 1, group({ index: u8({ mask: 7 }), cells: kept(bytes(8)) }));
export type NvramState = StateOf<typeof nvramState>;
