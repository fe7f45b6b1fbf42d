/** Commands to the controller, written to port 64h (IBM PS/2 technical reference, "Keyboard and auxiliary device controller"). */
export const Command = {
  READ_MODE: 0x20,
  WRITE_MODE: 0x60,
  DISABLE_MOUSE: 0xa7,
  ENABLE_MOUSE: 0xa8,
  TEST_MOUSE: 0xa9,
  SELF_TEST: 0xaa,
  TEST_KEYBOARD: 0xab,
  DISABLE_KEYBOARD: 0xad,
  ENABLE_KEYBOARD: 0xae,
  READ_INPUT_PORT: 0xc0,
  READ_OUTPUT_PORT: 0xd0,
  WRITE_OUTPUT_PORT: 0xd1,
  /** What follows is read as if the keyboard, or the mouse, had sent it. */
  ECHO_AS_KEYBOARD: 0xd2,
  ECHO_AS_MOUSE: 0xd3,
  WRITE_MOUSE: 0xd4,
  DISABLE_A20: 0xdd,
  ENABLE_A20: 0xdf,
  /** From here on: pulses of the output port's lower bits, of which the first one resets. */
  PULSE: 0xf0,
} as const;

export const SELF_TEST_PASSED = 0x55;
export const INPUT_PORT = 0x80;

/** Status, read from port 64h: a byte waits; it is the mouse's; a self test has passed. Two bits are always set. */
export const STATUS_FULL = 1;
export const STATUS_SELF_TESTED = 4;
export const STATUS_MOUSE = 0x20;
export const STATUS_POWER_ON = 0x18;

/** Mode ("command byte"): interrupts, interfaces that are disabled, translation to scan code set 1. */
export const MODE_KEYBOARD_INTERRUPT = 1;
export const MODE_MOUSE_INTERRUPT = 2;
export const MODE_NO_KEYBOARD = 0x10;
export const MODE_NO_MOUSE = 0x20;
export const MODE_TRANSLATE = 0x40;

/** Output port: 0 resets; A20; a byte waits, of the keyboard or of the mouse. */
export const OUT_NO_RESET = 1;
export const OUT_A20 = 2;
export const OUT_FULL = 0x10;
export const OUT_MOUSE = 0x20;
export const OUT_POWER_ON = 0xcf;

/** Who has something to be read: as bits of the mode, those whose interface may be disabled; the controller as keyboard, as mouse. */
export const FROM_KEYBOARD = 0x10;
export const FROM_MOUSE = 0x20;
export const FROM_CONTROLLER = 4;
export const FROM_CONTROLLER_AS_MOUSE = 8;

export const ACK = 0xfa;
export const RESEND = 0xfe;
/** A device has tested itself. */
export const TESTED = 0xaa;

export const KeyboardCommand = {
  SET_LEDS: 0xed,
  ECHO: 0xee,
  SCAN_CODE_SET: 0xf0,
  IDENTIFY: 0xf2,
  SET_RATE: 0xf3,
  ENABLE: 0xf4,
  DEFAULTS_DISABLED: 0xf5,
  DEFAULTS: 0xf6,
  ALL_TYPEMATIC: 0xfa,
  MAKE_BREAK: 0xfc,
  RESET: 0xff,
} as const;

export const MouseCommand = {
  SCALE_1_TO_1: 0xe6,
  SCALE_2_TO_1: 0xe7,
  SET_RESOLUTION: 0xe8,
  STATUS: 0xe9,
  STREAM: 0xea,
  POLL: 0xeb,
  END_WRAP: 0xec,
  WRAP: 0xee,
  REMOTE: 0xf0,
  IDENTIFY: 0xf2,
  SET_RATE: 0xf3,
  ENABLE: 0xf4,
  DISABLE: 0xf5,
  DEFAULTS: 0xf6,
  RESET: 0xff,
} as const;

/** Status of the mouse. */
export const MOUSE_REMOTE = 0x40;
export const MOUSE_ENABLED = 0x20;
export const MOUSE_SCALED = 0x10;

export const MouseType = { PS2: 0, WHEEL: 3, FIVE_BUTTONS: 4 } as const;
/** Bytes of a mouse that wait. */
export const MOUSE_QUEUE = 16;
