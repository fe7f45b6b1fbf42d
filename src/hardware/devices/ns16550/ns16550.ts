import type { Timer, VirtualClock } from "../../clock.ts";
import type { AccessSize, Line, MmioDevice } from "../../device.ts";
import type { HostPort, Send } from "../../host-port.ts";
import { StatefulDevice } from "../../state/index.ts";
import {
  BAUD_BASE,
  BAUD_WITHOUT_DIVISOR,
  DEFAULT_CHARACTER_NS,
  FCR_CLEAR_RECEIVER,
  FCR_CLEAR_TRANSMITTER,
  FCR_ENABLE,
  FCR_KEPT,
  FIFO_DEPTH,
  IER_ALL,
  IER_LINE_STATUS,
  IER_RECEIVED,
  IER_THR_EMPTY,
  IIR_FIFOS,
  IIR_LINE_STATUS,
  IIR_NONE,
  IIR_RECEIVED,
  IIR_THR_EMPTY,
  IIR_TIMEOUT,
  LCR_DLAB,
  LCR_PARITY,
  LCR_TWO_STOP_BITS,
  LSR_BREAK,
  LSR_DATA_READY,
  LSR_INTERRUPTS,
  LSR_OVERRUN,
  MCR_ALL,
  MCR_LOOPBACK,
  MSR_CONNECTED,
  Register,
  TRIGGER_LEVELS,
} from "./registers.ts";
import { type Ns16550State, ns16550State } from "./state.ts";

/** Who sends a character looks at the line status a few times; who waits for one looks more often. */
const LISTENING_LOOKS = 16;

/** Received bytes that wait for as long as so many characters take interrupt. */
const TIMEOUT_CHARACTERS = 4;

/**
 * UART with FIFOs (National Semiconductor NS16550A) as QEMU has it, eight ports of bytes (`bytewise`). Bytes leave at once; parity and
 * framing are never wrong, and its modem is always there.
 */
export class Ns16550 extends StatefulDevice<Ns16550State> implements MmioDevice, HostPort {
  readonly framing = "stream";
  /** Looks at the line status in a row, with nothing sent in between. No state: it decides only when the host is asked for input. */
  private looks = 0;
  private readonly timer: Timer = { expire: () => this.timeOut() };

  /** `name`: a PC has up to four. */
  constructor(
    private readonly clock: VirtualClock,
    private readonly irq: Line,
    private readonly send: Send,
    name?: string,
  ) {
    super(ns16550State, name);
  }

  /**
   * Bytes that it takes now: up to the trigger level, so that its interrupt comes before the FIFO is full, and beyond it one by one. None
   * while nobody listens, by interrupt or by looking again and again: a driver that starts throws away what has come before.
   */
  room(): number {
    const { state } = this;
    const listens = (state.interruptEnable & IER_RECEIVED) !== 0 || this.looks >= LISTENING_LOOKS;
    if (!listens || state.modemControl & MCR_LOOPBACK) return 0;
    if (!this.hasFifos) return state.lineStatus & LSR_DATA_READY ? 0 : 1;
    const [level, waiting] = [this.triggerLevel, state.fifo.length];
    if (waiting <= level) return level - waiting;
    return waiting < FIFO_DEPTH ? 1 : 0;
  }

  /** Bytes arriving on the wire: one that finds no room is an overrun. */
  receive(bytes: Uint8Array): void {
    const { state } = this;
    for (const byte of bytes) {
      if (this.hasFifos) this.queue(byte);
      else {
        if (state.lineStatus & LSR_DATA_READY) state.lineStatus |= LSR_OVERRUN;
        state.received = byte;
      }
      state.lineStatus |= LSR_DATA_READY;
    }
    if (this.hasFifos) this.awaitTimeout();
    this.update();
  }

  /** A BREAK on the wire is received as a 0. */
  receiveBreak(): void {
    const { state } = this;
    state.received = 0;
    this.queue(0);
    state.lineStatus |= LSR_BREAK | LSR_DATA_READY;
    this.update();
  }

  read(offset: number, _size: AccessSize): number {
    const { state } = this;
    const { divisor, modemControl } = state;
    const register = offset & 7;
    if (register <= Register.IER && this.accessesDivisor) {
      return register === Register.DATA ? divisor & 0xff : divisor >> 8;
    }
    switch (register) {
      case Register.DATA:
        return this.take();
      case Register.IER:
        return state.interruptEnable;
      case Register.IIR:
        return this.identify();
      case Register.LCR:
        return state.lineControl;
      case Register.MCR:
        return modemControl;
      case Register.LSR:
        this.looks++;
        return this.readLineStatus();
      case Register.MSR:
        // OUT2, OUT1, DTR and RTS in a loop.
        if (!(modemControl & MCR_LOOPBACK)) return MSR_CONNECTED;
        return ((modemControl & 0x0c) << 4) | ((modemControl & 1) << 5) | ((modemControl & 2) << 3);
      default:
        return state.scratch;
    }
  }

  /** A received byte is taken; interrupts that are seen, and errors, are cleared. */
  changesByRead(offset: number): boolean {
    switch (offset & 7) {
      case Register.DATA:
        return !this.accessesDivisor;
      case Register.IIR:
        return this.pending() === IIR_THR_EMPTY;
      case Register.LSR:
        return (this.state.lineStatus & (LSR_BREAK | LSR_OVERRUN)) !== 0;
      default:
        return false;
    }
  }

  write(offset: number, _size: AccessSize, wide: number): void {
    const { state } = this;
    const register = offset & 7;
    const value = wide & 0xff;
    if (register <= Register.IER && this.accessesDivisor) {
      const high = register === Register.IER;
      state.divisor = high ? (state.divisor & 0xff) | (value << 8) : (state.divisor & 0xff00) | value;
      state.speedIsSet = true;
      return;
    }
    switch (register) {
      case Register.DATA:
        return this.transmit(value);
      case Register.IER:
        return this.enable(value & IER_ALL);
      case Register.IIR:
        return this.controlFifos(value);
      case Register.LCR:
        state.lineControl = value;
        state.speedIsSet = true;
        return;
      case Register.MCR:
        state.modemControl = value & MCR_ALL;
        return;
      case Register.SCR:
        state.scratch = value;
        return;
    }
  }

  protected override afterLoad(): void {
    this.looks = 0;
    this.clock.setDeadline(this.timer, this.state.timeoutNs);
  }

  protected override afterReset(): void {
    this.afterLoad();
    this.irq.set(false);
  }

  private get accessesDivisor(): boolean {
    return (this.state.lineControl & LCR_DLAB) !== 0;
  }

  private get hasFifos(): boolean {
    return (this.state.fifoControl & FCR_ENABLE) !== 0;
  }

  private get triggerLevel(): number {
    return TRIGGER_LEVELS[this.state.fifoControl >> 6]!;
  }

  /** The line falls and rises with each byte: an interrupt controller sees an edge. */
  private transmit(byte: number): void {
    const { state } = this;
    this.looks = 0;
    state.thrEmpty = false;
    this.update();
    state.thrEmpty = true;
    this.update();
    if (state.modemControl & MCR_LOOPBACK) this.receive(Uint8Array.of(byte));
    else this.send(Uint8Array.of(byte));
  }

  /** Its interrupt comes again when it is enabled anew, as drivers expect. */
  private enable(value: number): void {
    const { state } = this;
    const changed = state.interruptEnable ^ value;
    state.interruptEnable = value;
    if (changed & IER_THR_EMPTY) state.thrEmpty = (value & IER_THR_EMPTY) !== 0;
    if (changed) this.update();
  }

  private controlFifos(value: number): void {
    const { state } = this;
    const turned = ((value ^ state.fifoControl) & FCR_ENABLE) !== 0;
    if (turned || value & FCR_CLEAR_RECEIVER) {
      state.lineStatus &= ~(LSR_DATA_READY | LSR_BREAK);
      state.fifo = new Uint8Array();
      state.timedOut = false;
      this.timeoutAt(undefined);
    }
    if (turned || value & FCR_CLEAR_TRANSMITTER) state.thrEmpty = true;
    state.fifoControl = value & FCR_KEPT;
    state.showsFifos = this.hasFifos;
    this.update();
  }

  /** Of one character on the wire, in single precision as QEMU computes it. */
  private characterNs(): number {
    const { divisor, lineControl, speedIsSet } = this.state;
    if (!speedIsSet) return DEFAULT_CHARACTER_NS;
    const stopBits = lineControl & LCR_TWO_STOP_BITS ? 2 : 1;
    const bits = 1 + (lineControl & 3) + 5 + (lineControl & LCR_PARITY ? 1 : 0) + stopBits;
    const baud = divisor === 0 ? BAUD_WITHOUT_DIVISOR : Math.fround(BAUD_BASE / divisor);
    return Math.trunc(Math.fround(Math.fround(1e9 / baud) * bits));
  }

  private queue(byte: number): void {
    const { state } = this;
    if (state.fifo.length < FIFO_DEPTH) state.fifo = Uint8Array.of(...state.fifo, byte);
    else state.lineStatus |= LSR_OVERRUN;
  }

  private take(): number {
    const { state } = this;
    if (state.lineStatus & LSR_DATA_READY) this.looks = LISTENING_LOOKS;
    let byte = state.received;
    if (this.hasFifos) {
      byte = state.fifo[0] ?? 0;
      state.fifo = state.fifo.slice(1);
      state.timedOut = false;
      if (state.fifo.length > 0) this.awaitTimeout();
    }
    if (!this.hasFifos || state.fifo.length === 0) state.lineStatus &= ~(LSR_DATA_READY | LSR_BREAK);
    this.update();
    return byte;
  }

  private identify(): number {
    const pending = this.pending();
    if (pending === IIR_THR_EMPTY) {
      this.state.thrEmpty = false;
      this.update();
    }
    return pending | (this.state.showsFifos ? IIR_FIFOS : 0);
  }

  private readLineStatus(): number {
    const { state } = this;
    const before = state.lineStatus;
    state.lineStatus &= ~(LSR_BREAK | LSR_OVERRUN);
    if (before !== state.lineStatus) this.update();
    return before;
  }

  /** What interrupts now, the first in the order of priorities. */
  private pending(): number {
    const { interruptEnable: enabled, lineStatus, timedOut, thrEmpty, fifo } = this.state;
    if (enabled & IER_LINE_STATUS && lineStatus & LSR_INTERRUPTS) return IIR_LINE_STATUS;
    if (enabled & IER_RECEIVED && timedOut) return IIR_TIMEOUT;
    const isEnough = !this.hasFifos || fifo.length >= this.triggerLevel;
    if (enabled & IER_RECEIVED && lineStatus & LSR_DATA_READY && isEnough) return IIR_RECEIVED;
    return enabled & IER_THR_EMPTY && thrEmpty ? IIR_THR_EMPTY : IIR_NONE;
  }

  private update(): void {
    this.irq.set(this.pending() !== IIR_NONE);
  }

  private awaitTimeout(): void {
    this.timeoutAt(this.clock.nowNs() + TIMEOUT_CHARACTERS * this.characterNs());
  }

  /** Beyond time, it is never. */
  private timeoutAt(ns: number | undefined): void {
    this.state.timeoutNs = Number.isSafeInteger(ns) ? ns : undefined;
    this.clock.setDeadline(this.timer, this.state.timeoutNs);
  }

  private timeOut(): void {
    const { state } = this;
    state.timeoutNs = undefined;
    if (state.fifo.length === 0) return;
    state.timedOut = true;
    this.update();
  }
}
