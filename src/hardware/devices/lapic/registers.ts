/** Registers by their number: bits 4 to 11 of the address (Intel SDM 3, table "Local APIC Register Address Map"). */
export const Register = {
  ID: 0x02,
  VERSION: 0x03,
  TPR: 0x08,
  APR: 0x09,
  PPR: 0x0a,
  EOI: 0x0b,
  LDR: 0x0d,
  DFR: 0x0e,
  SVR: 0x0f,
  /** The first of eight each. */
  ISR: 0x10,
  TMR: 0x18,
  IRR: 0x20,
  ESR: 0x28,
  ICR_LOW: 0x30,
  ICR_HIGH: 0x31,
  /** The first of six: `Lvt`. */
  LVT: 0x32,
  INITIAL_COUNT: 0x38,
  CURRENT_COUNT: 0x39,
  DIVIDE: 0x3e,
} as const;

/** Entries of the local vector table, and their number. */
export const Lvt = { TIMER: 0, THERMAL: 1, PERFORMANCE: 2, LINT0: 3, LINT1: 4, ERROR: 5 } as const;
export const LVT_ENTRIES = 6;
export const LVT_LEVEL = 1 << 15;
export const LVT_MASKED = 1 << 16;
export const LVT_PERIODIC = 1 << 17;

/** Version 14h, and the number of the last entry of the local vector table. */
export const VERSION = 0x14 | ((LVT_ENTRIES - 1) << 16);

export const SVR_BITS = 0x1ff;
export const SVR_ENABLED = 0x100;
export const ESR_ILLEGAL_ADDRESS = 0x80;
export const DIVIDE_BITS = 0x0b;

/** IA32_APIC_BASE. */
export const BASE_BSP = 0x100;
export const BASE_ENABLED = 0x800;
export const BASE_ADDRESS = 0xffff_f000;
export const BASE_RESET = 0xfee0_0000 + BASE_ENABLED + BASE_BSP;

/** How an interrupt is delivered: three bits of a vector's entry, of ICR, of a message's data. */
export const Delivery = { FIXED: 0, LOWEST: 1, SMI: 2, NMI: 4, INIT: 5, STARTUP: 6, EXTINT: 7 } as const;
export const DELIVERY_SHIFT = 8;

/** ICR, low half; destinations that need no address. */
export const ICR_LOGICAL = 1 << 11;
export const ICR_ASSERT = 1 << 14;
export const ICR_LEVEL = 1 << 15;
export const ICR_SHORTHAND_SHIFT = 18;
export const Shorthand = { NONE: 0, SELF: 1, ALL: 2, OTHERS: 3 } as const;

/** Messages (SDM 3, "Message Signalled Interrupts"): where in the address, and in the data. */
export const MESSAGE_DESTINATION_SHIFT = 12;
export const MESSAGE_LOGICAL = 1 << 2;
export const MESSAGE_LEVEL = 1 << 15;

export const BROADCAST = 0xff;
/** DFR's upper four bits. */
export const Model = { CLUSTER: 0, FLAT: 0xf } as const;
