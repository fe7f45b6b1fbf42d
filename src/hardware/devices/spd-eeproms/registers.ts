/** On the SMBus: so many, from an address on; all of them listen to address 0. */
export const FIRST = 0x50;
export const COUNT = 8;
export const EVERYONE = 0;
export const EEPROM_BYTES = 256;
