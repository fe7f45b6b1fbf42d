/** Intel 440FX data sheet, chapter 3.2. */
export const Register = {
  /** Not the chip's: MB of RAM / 8, for coreboot. */
  RAM_UNITS: 0x57,
  /** PAM0's upper half is F0000h to FFFFFh; PAM1 to PAM6 have 16 KB each half, from C0000h on. */
  PAM0: 0x59,
  SMRAM: 0x72,
} as const;

export const PAM_READ = 1;
export const PAM_WRITE = 2;

/** System management RAM is open: A0000h to BFFFFh are RAM. */
export const SMRAM_OPEN = 0x40;
