/** Ports, from 3B0h (IBM VGA technical reference, "Registers"). Those of the CRT controller are where the display is coloured, or not. */
export const Port = {
  CRTC_INDEX_MONO: 0x04,
  CRTC_DATA_MONO: 0x05,
  STATUS_MONO: 0x0a,
  ATTRIBUTE: 0x10,
  ATTRIBUTE_READ: 0x11,
  /** Miscellaneous output, written; input status 0, read. */
  MISC: 0x12,
  SEQUENCER_INDEX: 0x14,
  SEQUENCER_DATA: 0x15,
  /** The index that is read; its state, read. */
  DAC_READ_INDEX: 0x17,
  DAC_WRITE_INDEX: 0x18,
  DAC_DATA: 0x19,
  FEATURE_READ: 0x1a,
  MISC_READ: 0x1c,
  GRAPHICS_INDEX: 0x1e,
  GRAPHICS_DATA: 0x1f,
  CRTC_INDEX: 0x24,
  CRTC_DATA: 0x25,
  /** Input status 1, read; feature control, written. */
  STATUS: 0x2a,
} as const;

/** Colour: the ports at 3Dxh, not those at 3Bxh. */
export const MISC_COLOUR = 1;
/** Toggled by each look at input status 1: it is in retrace, or not. */
export const STATUS_RETRACE = 9;

export const Sequencer = { CLOCK: 1, MAP_MASK: 2, MEMORY: 4 } as const;
export const MEMORY_CHAIN4 = 8;
/** Bits that there are. */
export const SEQUENCER_MASKS = [0x03, 0x3d, 0x0f, 0x3f, 0x0e, 0, 0, 0xff] as const;

export const Graphics = {
  SET_RESET: 0,
  ENABLE_SET_RESET: 1,
  COMPARE: 2,
  ROTATE: 3,
  READ_MAP: 4,
  MODE: 5,
  MISC: 6,
  DONT_CARE: 7,
  BIT_MASK: 8,
} as const;
export const MODE_READ_COMPARE = 8;
export const MODE_ODD_EVEN = 0x10;
export const GRAPHICS_MASKS = [0x0f, 0x0f, 0x0f, 0x1f, 0x03, 0x7b, 0x0f, 0x0f, 0xff] as const;

/** Of the attribute controller's registers, from the mode on. */
export const ATTRIBUTE_MASKS = [0xef, 0xff, 0x3f, 0x0f, 0x0f] as const;

export const Crtc = {
  H_DISPLAY: 1,
  OVERFLOW: 7,
  MAX_SCAN: 9,
  /** Its upper bit locks the first eight, but for one bit of the overflow. */
  V_SYNC_END: 0x11,
  V_DISPLAY: 0x12,
  OFFSET: 0x13,
  MODE: 0x17,
  LINE_COMPARE: 0x18,
} as const;
export const CRTC_LOCK = 0x80;
export const OVERFLOW_LINE_COMPARE = 0x10;

/** Bochs' display interface: the registers behind its ports 1CEh (index), and 1CFh and 1D0h (data). */
export const Dispi = {
  ID: 0,
  WIDTH: 1,
  HEIGHT: 2,
  BITS: 3,
  ENABLE: 4,
  BANK: 5,
  VIRTUAL_WIDTH: 6,
  VIRTUAL_HEIGHT: 7,
  X: 8,
  Y: 9,
  /** In units of 64 KB; it is no register. */
  MEMORY: 10,
} as const;
export const DISPI_IDS = { FIRST: 0xb0c0, LAST: 0xb0c5 } as const;
export const DISPI_MOST = { WIDTH: 16_000, HEIGHT: 12_000, BITS: 32 } as const;
export const DISPI_ENABLED = 1;
export const DISPI_LIMITS = 2;
export const DISPI_KEEPS_MEMORY = 0x80;
