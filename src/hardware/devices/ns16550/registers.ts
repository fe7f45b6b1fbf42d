/** Ports of a UART, from its first (National Semiconductor NS16550A, "Registers"). */
export const Register = {
  /** Receiver buffer, read; transmitter holding, written; the divisor's low byte with DLAB. */
  DATA: 0,
  /** Interrupt enable; the divisor's high byte with DLAB. */
  IER: 1,
  /** Interrupt identification, read; FIFO control, written. */
  IIR: 2,
  LCR: 3,
  MCR: 4,
  LSR: 5,
  MSR: 6,
  SCR: 7,
} as const;

export const IER_RECEIVED = 1;
export const IER_THR_EMPTY = 2;
export const IER_LINE_STATUS = 4;
export const IER_ALL = 0x0f;

export const IIR_NONE = 1;
export const IIR_THR_EMPTY = 2;
export const IIR_RECEIVED = 4;
export const IIR_LINE_STATUS = 6;
export const IIR_TIMEOUT = 0x0c;
export const IIR_FIFOS = 0xc0;

export const FCR_ENABLE = 1;
export const FCR_CLEAR_RECEIVER = 2;
export const FCR_CLEAR_TRANSMITTER = 4;
/** What of it is kept: on or off, DMA mode, trigger level. */
export const FCR_KEPT = 0xc9;
/** Bytes that interrupt, by the upper two bits. */
export const TRIGGER_LEVELS = [1, 4, 8, 14] as const;
export const FIFO_DEPTH = 16;

export const LCR_DLAB = 0x80;
export const LCR_PARITY = 8;
export const LCR_TWO_STOP_BITS = 4;

export const MCR_LOOPBACK = 0x10;
export const MCR_OUT2 = 8;
export const MCR_ALL = 0x1f;

export const LSR_DATA_READY = 1;
export const LSR_OVERRUN = 2;
export const LSR_BREAK = 0x10;
export const LSR_THR_EMPTY = 0x20;
export const LSR_TRANSMITTER_EMPTY = 0x40;
/** Those that interrupt: errors and BREAK. */
export const LSR_INTERRUPTS = 0x1e;

/** Carrier, data set ready, clear to send: the other side is always there. */
export const MSR_CONNECTED = 0xb0;

/** Characters' bits per second with a divisor of 1; 3500 with one of 0, as QEMU has it. */
export const BAUD_BASE = 115_200;
export const BAUD_WITHOUT_DIVISOR = 3500;
/** A character's time until something is set: 10 bits at 9600 baud. */
export const DEFAULT_CHARACTER_NS = 1_041_660;
