import { counted, describeState, group, type StateOf, u32, via } from "../../state/index.ts";
import { DR_BE, FIFO_DEPTH, INT_ALL } from "./registers.ts";

/**
 * What there is of BREAKs stands in the word of the raw interrupt status, in bits that no interrupt has: a bit for
 * each place of the FIFO, and one for the receive status. So a port that saw none saves as it did before there were any.
 */
const FIFO_BREAKS_SHIFT = 11;
const BREAK_READ = 1 << (FIFO_BREAKS_SHIFT + FIFO_DEPTH);
const breakAt = (place: number): number => 1 << (FIFO_BREAKS_SHIFT + place);

const wire = group({
  /** Received characters not read yet, oldest first. In the device a number each: a byte, or DR_BE for a BREAK. */
  fifo: counted(FIFO_DEPTH),
  irda: u32(),
  integerBaud: u32(),
  fractionalBaud: u32(),
  lineControl: u32(),
  control: u32({ powerOn: 0x300 }),
  fifoLevels: u32({ powerOn: 0x12 }),
  interruptMask: u32(),
  /** Raw interrupt status, and BREAKs. In the device two: `interrupts`, and `breakRead`. */
  status: u32(),
  dmaControl: u32(),
});

export const pl011State = describeState(
  "pl011",
  1,
  via(wire, {
    fromWire: ({ fifo, status, ...registers }) => ({
      ...registers,
      fifo: Array.from(fifo, (character, place) => (status & breakAt(place) ? DR_BE : character)),
      interrupts: status & INT_ALL,
      /** The character that was read last was a BREAK: what the receive status register says. */
      breakRead: (status & BREAK_READ) !== 0,
    }),
    toWire({ fifo, interrupts, breakRead, ...registers }) {
      const breaks = fifo.reduce((bits, character, place) => (character & DR_BE ? bits | breakAt(place) : bits), 0);
      return {
        ...registers,
        fifo: Uint8Array.from(fifo),
        status: (interrupts | breaks | (breakRead ? BREAK_READ : 0)) >>> 0,
      };
    },
  }),
);
export type Pl011State = StateOf<typeof pl011State>;
