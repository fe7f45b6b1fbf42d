/** Ports of the power management block, from its first (Intel 82371AB, "Power Management I/O Register Set"). */
export const Offset = { STATUS: 0, ENABLE: 2, CONTROL: 4, TIMER: 8 } as const;
/** Bytes that answer from STATUS, CONTROL and TIMER on. */
export const EVENT_BYTES = 4;
export const CONTROL_BYTES = 2;
export const TIMER_BYTES = 4;

/** Events: bits of STATUS and ENABLE. */
export const Event = { TIMER: 1, GLOBAL_LOCK: 0x20, POWER_BUTTON: 0x100, CLOCK: 0x400, WAKE: 0x8000 } as const;
/** What interrupts. */
export const EVENTS = Event.TIMER | Event.GLOBAL_LOCK | Event.POWER_BUTTON | Event.CLOCK;

export const SCI_ENABLED = 1;
export const SLEEP_TYPE_SHIFT = 10;
export const SLEEP = 1 << 13;
/** Types of sleep, as QEMU's ACPI tables name them. */
export const Sleep = { OFF: 0, RAM: 1, DISK: 2 } as const;

/** ACPI's timer; its status is set whenever its upper bit, 23, changes. */
export const TIMER_HZ = 3_579_545;
export const TIMER_MASK = 0xff_ffff;
export const TIMER_HALF = 0x80_0000;

/** General purpose events: two bytes of status, two of enables. */
export const GPE_ENABLE = 2;
