/** Register offsets of the PrimeCell GPIO (Arm DDI 0190, chapter 3). */
export const Offset = {
  /** 0x000 to 0x3fc: address bits 9 to 2 select the data bits of the access. */
  DATA_END: 0x400,
  DIR: 0x400,
  IS: 0x404,
  IBE: 0x408,
  IEV: 0x40c,
  IE: 0x410,
  RIS: 0x414,
  MIS: 0x418,
  IC: 0x41c,
  AFSEL: 0x420,
  /** Twelve identification registers, a byte in each word. */
  ID: 0xfd0,
} as const;

export const ID_BYTES = [0x00, 0x00, 0x00, 0x00, 0x61, 0x10, 0x04, 0x00, 0x0d, 0xf0, 0x05, 0xb1];
