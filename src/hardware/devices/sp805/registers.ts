/** Register offsets of the PrimeCell watchdog (Arm DDI 0270, chapter 3). Those of its integration test are not here. */
export const Offset = {
  LOAD: 0x000,
  VALUE: 0x004,
  CONTROL: 0x008,
  INTCLR: 0x00c,
  RIS: 0x010,
  MIS: 0x014,
  LOCK: 0xc00,
  /** Eight identification registers, a byte in each word. */
  ID: 0xfe0,
} as const;

/** Bits of WdogControl: the counter and its interrupt are on; a second expiry resets. */
export const INTEN = 1;
export const RESEN = 2;

/** What WdogLock takes to let other registers be written. */
export const UNLOCK = 0x1acc_e551;

export const ID_BYTES = [0x05, 0x18, 0x14, 0x00, 0x0d, 0xf0, 0x05, 0xb1];
