import { type ByteReader, type ByteWriter, UserError } from "../../../base/index.ts";
import { FIFO_DEPTH } from "./registers.ts";

export interface Pl011State {
  /** Received bytes not read yet, oldest first. */
  fifo: number[];
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

export function save(state: Pl011State, to: ByteWriter): void {
  to.blob(Uint8Array.from(state.fifo));
  to.u32(state.irda).u32(state.integerBaud).u32(state.fractionalBaud);
  to.u32(state.lineControl).u32(state.control).u32(state.fifoLevels);
  to.u32(state.interruptMask).u32(state.interrupts).u32(state.dmaControl);
}

export function load(from: ByteReader): Pl011State {
  const fifo = [...from.blob()];
  if (fifo.length > FIFO_DEPTH) throw new UserError("pl011 state: FIFO too long");
  return {
    fifo,
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
}
