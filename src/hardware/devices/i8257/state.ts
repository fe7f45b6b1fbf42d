import { describeState, flag, group, kept, pair, type StateOf, u16, u8 } from "../../state/index.ts";

/** A reset masks channels, and leaves what they are programmed to. */
const channel = group({
  baseAddress: kept(u16()),
  baseCount: kept(u16()),
  /** The address counter: the base, once both its bytes are written. */
  address: kept(u16()),
  mode: kept(u8()),
  page: kept(u8()),
});

const controller = group({
  status: u8(),
  command: u8(),
  mask: u8({ powerOn: 0xff }),
  /** The high byte comes next. */
  high: flag(),
  low2: pair(channel),
  high2: pair(channel),
});

/** The one of bytes, channels 0 to 3, then the one of words. */
export const i8257State = describeState("i8257", 1, group({ controllers: pair(controller) }));
export type I8257State = StateOf<typeof i8257State>;
export type Controller = I8257State["controllers"][0];
export type Channel = Controller["low2"][0];
