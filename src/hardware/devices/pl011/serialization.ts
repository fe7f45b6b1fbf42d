import { type ByteReader, type ByteWriter, UserError } from "../../../base/index.ts";
import { DR_BE, FIFO_DEPTH, INT_ALL } from "./registers.ts";

export interface Pl011State {
  /** Received characters not read yet, oldest first: a byte, or DR_BE for a BREAK. */
  fifo: number[];
  /** The character that was read last was a BREAK: what the receive status register says. */
  breakRead: boolean;
  irda: number;
  integerBaud: number;
  fractionalBaud: number;
  lineControl: number;
  control: number;
  fifoLevels: number;
  interruptMask: number;
  /** Raw interrupt status. */
  interrupts: number;
  dmaControl: number;
}

export function powerOnState(): Pl011State {
  return {
    fifo: [],
    breakRead: false,
    irda: 0,
    integerBaud: 0,
    fractionalBaud: 0,
    lineControl: 0,
    control: 0x300,
    fifoLevels: 0x12,
    interruptMask: 0,
    interrupts: 0,
    dmaControl: 0,
  };
}

/**
 * What there is of BREAKs stands in the word of the raw interrupt status, in bits that no interrupt has: a bit for
 * each place of the FIFO, and one for the receive status. So a port that saw none saves as it did before there were any.
 */
const FIFO_BREAKS_SHIFT = 11;
const BREAK_READ = 1 << (FIFO_BREAKS_SHIFT + FIFO_DEPTH);

export function save(state: Pl011State, to: ByteWriter): void {
  to.blob(Uint8Array.from(state.fifo));
  to.u32(state.irda).u32(state.integerBaud).u32(state.fractionalBaud);
  to.u32(state.lineControl).u32(state.control).u32(state.fifoLevels);
  let status = state.interrupts | (state.breakRead ? BREAK_READ : 0);
  state.fifo.forEach((character, place) => (status |= character & DR_BE ? 1 << (FIFO_BREAKS_SHIFT + place) : 0));
  to.u32(state.interruptMask).u32(status).u32(state.dmaControl);
}

export function load(from: ByteReader): Pl011State {
  const fifo = [...from.blob()];
  if (fifo.length > FIFO_DEPTH) throw new UserError("pl011 state: FIFO too long");
  const words = {
    irda: from.u32(),
    integerBaud: from.u32(),
    fractionalBaud: from.u32(),
    lineControl: from.u32(),
    control: from.u32(),
    fifoLevels: from.u32(),
    interruptMask: from.u32(),
    interrupts: from.u32(),
    dmaControl: from.u32(),
  };
  const status = words.interrupts;
  for (const place of fifo.keys()) if (status & (1 << (FIFO_BREAKS_SHIFT + place))) fifo[place] = DR_BE;
  return { fifo, breakRead: (status & BREAK_READ) !== 0, ...words, interrupts: status & INT_ALL };
}
