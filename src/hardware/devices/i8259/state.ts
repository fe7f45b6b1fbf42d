import { describeState, flag, group, pair, type StateOf, u8 } from "../../state/index.ts";

/** A bit per input in bytes of them. */
const controller = group({
  /** The inputs as they were last driven, since the initialisation. */
  levels: u8(),
  irr: u8(),
  isr: u8(),
  imr: u8(),
  /** Inputs that are level-triggered. */
  elcr: u8(),
  /** The input of the highest priority: others follow it, modulo 8. */
  highest: u8({ max: 7 }),
  /** What an input's number is added to. */
  vectorBase: u8({ mask: 0xf8 }),
  /** Which ICW the data port takes next: 2 to 4; 0: none. */
  nextIcw: u8({ max: 4 }),
  hasIcw4: flag(),
  single: flag(),
  readsIsr: flag(),
  /** The next read is a poll's. */
  polls: flag(),
  specialMask: flag(),
  autoEoi: flag(),
  rotatesOnAutoEoi: flag(),
  specialFullyNested: flag(),
});

/** The master, then the slave. */
export const i8259State = describeState("i8259", 1, group({ controllers: pair(controller) }));
export type I8259State = StateOf<typeof i8259State>;
export type Controller = I8259State["controllers"][0];
