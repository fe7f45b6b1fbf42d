import { counted, describeState, flag, group, kept, type StateOf, u8 } from "../../state/index.ts";
import {
  MODE_KEYBOARD_INTERRUPT,
  MODE_MOUSE_INTERRUPT,
  MOUSE_QUEUE,
  OUT_POWER_ON,
  STATUS_POWER_ON,
} from "./registers.ts";

const keyboard = group({
  /** Answers to the last command that are not read yet. */
  replies: counted(3),
  /** The command whose parameter comes next; 0: none. */
  command: u8(),
  scans: flag({ powerOn: true }),
  translates: flag(),
  scanCodeSet: u8({ powerOn: 2, max: 3 }),
  leds: kept(u8()),
});

const mouse = group({
  queue: counted(MOUSE_QUEUE),
  /** The command whose parameter comes next; 0: none. */
  command: u8(),
  status: u8(),
  resolution: u8(),
  rate: u8(),
  wraps: flag(),
  type: u8({ max: 4 }),
  /** How far the rates have come that ask for a wheel, or for five buttons. */
  knock: u8({ max: 3 }),
});

export const i8042State = describeState(
  "i8042",
  1,
  group({
    status: u8({ powerOn: STATUS_POWER_ON }),
    mode: u8({ powerOn: MODE_KEYBOARD_INTERRUPT | MODE_MOUSE_INTERRUPT }),
    outputPort: u8({ powerOn: OUT_POWER_ON }),
    /** Who has something to be read: FROM_KEYBOARD and its like. */
    pending: u8(),
    /** Whose byte the status speaks of. */
    source: kept(u8()),
    /** What port 60h gave last. */
    lastRead: kept(u8()),
    /** What the controller itself says next. */
    own: kept(u8()),
    /** The command whose parameter comes next at port 60h; 0: none, it is the keyboard's. */
    command: kept(u8()),
    keyboard,
    mouse,
  }),
);
export type I8042State = StateOf<typeof i8042State>;
export type Keyboard = I8042State["keyboard"];
export type Mouse = I8042State["mouse"];
