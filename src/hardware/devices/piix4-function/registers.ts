/** Intel 82371AB data sheet, 7.1: where power management's ports and the SMBus's are, and whether. */
export const Register = { PM_BASE: 0x40, PM_ENABLE: 0x80, SMBUS_BASE: 0x90, SMBUS_ENABLE: 0xd2 } as const;

/** Bits of both bases, and of what enables them. */
export const BASE_BITS = 0xffc0;
export const ENABLED = 1;
