import type { AccessSize, Line, MmioDevice } from "../../device.ts";
import type { HostPort, Send } from "../../host-port.ts";
import { StatefulDevice } from "../../state/index.ts";
import {
  DR_BE,
  FIFO_DEPTH,
  FR_RXFE,
  FR_RXFF,
  FR_TXFE,
  ID_BYTES,
  INT_ALL,
  INT_BE,
  INT_RT,
  INT_RX,
  INT_TX,
  LCR_FEN,
  Offset,
  RSR_BE,
} from "./registers.ts";
import { type Pl011State, pl011State } from "./state.ts";

/** Who sends a character looks at the flags a few times; who waits for one looks more often. */
const LISTENING_LOOKS = 16;

/**
 * PrimeCell UART (Arm DDI 0183). Bytes leave at once; the receive interrupt is raised by the first byte that
 * waits, whatever the trigger level, as in QEMU. Baud rates, modem lines and DMA are stored and have no effect.
 */
export class Pl011 extends StatefulDevice<Pl011State> implements MmioDevice, HostPort {
  readonly framing = "stream";
  /** Looks at the flags in a row, with nothing sent in between. No state: it decides only when the host is asked for input. */
  private looks = 0;

  constructor(
    private readonly irq: Line,
    private readonly send: Send,
  ) {
    super(pl011State);
  }

  /**
   * Bytes that the receive FIFO takes now; none while nobody listens, by interrupt or by looking again and again: a driver that
   * starts throws away what has come before.
   */
  room(): number {
    const listens = (this.state.interruptMask & (INT_RX | INT_RT)) !== 0 || this.looks >= LISTENING_LOOKS;
    return listens ? this.free() : 0;
  }

  /** Bytes arriving on the wire; those beyond the room are lost. */
  receive(bytes: Uint8Array): void {
    const { state } = this;
    const taken = bytes.subarray(0, Math.max(0, this.free()));
    if (taken.length === 0) return;
    state.fifo.push(...taken);
    state.interrupts |= INT_RX;
    this.update();
  }

  /** A BREAK on the wire takes a place in the FIFO as a character does; lost without room. */
  receiveBreak(): void {
    if (this.free() <= 0) return;
    this.state.fifo.push(DR_BE);
    this.state.interrupts |= INT_RX | INT_BE;
    this.update();
  }

  read(offset: number, _size: AccessSize): number {
    const { state } = this;
    const register = offset & ~3;
    switch (register) {
      case Offset.DR:
        this.looks = LISTENING_LOOKS;
        return this.take();
      case Offset.RSR:
        return state.breakRead ? RSR_BE : 0;
      case Offset.FR:
        this.looks++;
        return this.flags();
      case Offset.ILPR:
        return state.irda;
      case Offset.IBRD:
        return state.integerBaud;
      case Offset.FBRD:
        return state.fractionalBaud;
      case Offset.LCR_H:
        return state.lineControl;
      case Offset.CR:
        return state.control;
      case Offset.IFLS:
        return state.fifoLevels;
      case Offset.IMSC:
        return state.interruptMask;
      case Offset.RIS:
        return state.interrupts;
      case Offset.MIS:
        return (state.interrupts & state.interruptMask) >>> 0;
      case Offset.DMACR:
        return state.dmaControl;
      default:
        return ID_BYTES[(register - Offset.ID) >> 2] ?? 0;
    }
  }

  /** The data register takes a byte from the FIFO. */
  changesByRead(offset: number): boolean {
    return (offset & ~3) === Offset.DR;
  }

  write(offset: number, _size: AccessSize, value: number): void {
    const { state } = this;
    switch (offset & ~3) {
      case Offset.DR:
        this.looks = 0;
        this.send(Uint8Array.of(value));
        state.interrupts |= INT_TX;
        return this.update();
      case Offset.RSR:
        state.breakRead = false;
        return;
      case Offset.ILPR:
        state.irda = value;
        return;
      case Offset.IBRD:
        state.integerBaud = value;
        return;
      case Offset.FBRD:
        state.fractionalBaud = value;
        return;
      case Offset.LCR_H:
        if ((state.lineControl ^ value) & LCR_FEN) state.fifo.length = 0;
        state.lineControl = value;
        return;
      case Offset.CR:
        state.control = value;
        return;
      case Offset.IFLS:
        state.fifoLevels = value;
        return;
      case Offset.IMSC:
        state.interruptMask = value;
        return this.update();
      case Offset.ICR:
        state.interrupts &= ~value;
        return this.update();
      case Offset.DMACR:
        state.dmaControl = value;
        return;
    }
  }

  protected override afterLoad(): void {
    this.looks = 0;
  }

  protected override afterReset(): void {
    this.looks = 0;
    this.update();
  }

  private free(): number {
    return this.capacity() - this.state.fifo.length;
  }

  /** Without FIFOs the receiver holds a single byte. */
  private capacity(): number {
    return this.state.lineControl & LCR_FEN ? FIFO_DEPTH : 1;
  }

  /** The oldest character with its flags, which the receive status register repeats. */
  private take(): number {
    const { state } = this;
    const character = state.fifo.shift() ?? 0;
    state.breakRead = (character & DR_BE) !== 0;
    if (state.fifo.length === 0) {
      state.interrupts &= ~INT_RX;
      this.update();
    }
    return character;
  }

  private flags(): number {
    const waiting = this.state.fifo.length;
    return FR_TXFE | (waiting === 0 ? FR_RXFE : 0) | (waiting >= this.capacity() ? FR_RXFF : 0);
  }

  private update(): void {
    this.irq.set((this.state.interrupts & this.state.interruptMask & INT_ALL) !== 0);
  }
}
