import type { Timer, VirtualClock } from "../../clock.ts";
import type { AccessSize, Line, MmioDevice } from "../../device.ts";
import { StatefulDevice } from "../../state/index.ts";
import {
  ENTRY_DELIVERY,
  ENTRY_EXTINT,
  ENTRY_LEVEL,
  ENTRY_LOGICAL,
  ENTRY_MASKED,
  ENTRY_READ_ONLY,
  ENTRY_REMOTE_IRR,
  ENTRY_VECTOR,
  ID_BITS,
  ID_SHIFT,
  MESSAGE_BASE,
  MESSAGE_DESTINATION_SHIFT,
  MESSAGE_LOGICAL,
  Offset,
  PINS,
  Register,
  VERSION,
} from "./registers.ts";
import { report } from "./report.ts";
import { type IoapicState, ioapicState } from "./state.ts";

/** From so many interrupts of a level that never falls on, the next one waits, as in QEMU: the guest must get on. */
const STORM = 10_000;
const RETRY_NS = 10_000_000;

/** What an I/O APIC is wired to. */
export interface IoapicWires {
  /** A message for the processor: 4 bytes of data to an address. */
  readonly deliver: (address: number, data: number) => void;
  /** Gives the vector of a pin that is an i8259's. */
  readonly pic: { next(): number; acknowledge(): void };
}

/** I/O interrupt controller (Intel 82093AA), as QEMU's: of version 20h, with 24 pins, all of them active high. */
export class IoApic extends StatefulDevice<IoapicState> implements MmioDevice {
  private readonly timer: Timer = { expire: () => this.retry() };

  constructor(
    private readonly clock: VirtualClock,
    private readonly wires: IoapicWires,
  ) {
    super(ioapicState);
  }

  /** Its lines of `info pic`. */
  report(): string {
    return report(this.state);
  }

  input(pin: number): Line {
    return { set: (level) => this.setInput(pin, level) };
  }

  /** Whether an edge is one is not looked at: each high level of an unmasked pin asks again, as in QEMU. */
  setInput(pin: number, level: boolean): void {
    const { state } = this;
    const entry = state.low[pin]!;
    const bit = 1 << pin;
    const isLevel = (entry & ENTRY_LEVEL) !== 0;
    if (level && (isLevel || !(entry & ENTRY_MASKED))) {
      state.irr |= bit;
      if (!(entry & ENTRY_REMOTE_IRR)) this.service();
    } else if (isLevel && !level) state.irr &= ~bit;
  }

  /** A level-triggered interrupt of this vector has ended. */
  endOfInterrupt(vector: number): void {
    const { low } = this.state;
    for (let pin = 0; pin < PINS; pin++) {
      const entry = low[pin]!;
      if ((entry & ENTRY_VECTOR) !== vector || !(entry & ENTRY_LEVEL) || !(entry & ENTRY_REMOTE_IRR)) continue;
      low[pin] = entry & ~ENTRY_REMOTE_IRR;
      this.asksAgain(pin);
    }
  }

  read(offset: number, size: AccessSize): number {
    const { id, select, low, high } = this.state;
    const register = offset & 0xff;
    if (register === Offset.SELECT) return select;
    if (register !== Offset.WINDOW || size < 4) return 0;
    switch (select) {
      case Register.ID:
      case Register.ARBITRATION:
        return id << ID_SHIFT;
      case Register.VERSION:
        return VERSION;
    }
    return (select & 1 ? high : low)[(select - Register.TABLE) >> 1] ?? 0;
  }

  changesByRead(): boolean {
    return false;
  }

  write(offset: number, size: AccessSize, value: number): void {
    const { state } = this;
    const register = offset & 0xff;
    if (register === Offset.SELECT) state.select = value & 0xff;
    else if (size < 4) return;
    else if (register === Offset.EOI) this.endOfInterrupt(value & 0xff);
    else if (register !== Offset.WINDOW) return;
    else if (state.select === Register.ID) state.id = (value >>> ID_SHIFT) & ID_BITS;
    else if (state.select >= Register.TABLE) this.writeEntry((state.select - Register.TABLE) >> 1, value);
  }

  protected override afterLoad(): void {
    this.clock.setDeadline(this.timer, this.state.retryNs);
  }

  protected override afterReset(): void {
    this.afterLoad();
  }

  private writeEntry(pin: number, value: number): void {
    const { low, high, select, storms } = this.state;
    if (pin >= PINS) return;
    const isHigh = (select & 1) === 1;
    if (isHigh) high[pin] = value;
    else low[pin] = (value & ~ENTRY_READ_ONLY) | (low[pin]! & ENTRY_READ_ONLY);
    if (!(low[pin]! & ENTRY_LEVEL)) low[pin]! &= ~ENTRY_REMOTE_IRR;
    storms[pin] = 0;
    this.service();
  }

  /** Sends what is asked for and not masked; of a level, what the processor does not serve yet. */
  private service(): void {
    const { state } = this;
    for (let pin = 0; pin < PINS; pin++) {
      const entry = state.low[pin]!;
      const bit = 1 << pin;
      if (!(state.irr & bit)) continue;
      const vector = this.vectorOf(entry);
      if (entry & ENTRY_MASKED) continue;
      if (!(entry & ENTRY_LEVEL)) state.irr &= ~bit;
      else if (entry & ENTRY_REMOTE_IRR) continue;
      else state.low[pin] = entry | ENTRY_REMOTE_IRR;
      this.send(vector | (entry & (ENTRY_DELIVERY | ENTRY_LEVEL)), entry, state.high[pin]!);
    }
  }

  /** An i8259's is acknowledged whether or not it is sent, as in QEMU. */
  private vectorOf(entry: number): number {
    const { pic } = this.wires;
    if ((entry & ENTRY_DELIVERY) !== ENTRY_EXTINT) return entry & ENTRY_VECTOR;
    const vector = pic.next();
    pic.acknowledge();
    return vector;
  }

  /** Reserved bits of the destination are not looked at; in QEMU they are more of the address. */
  private send(data: number, low: number, high: number): void {
    const destination = (high >>> 24) << MESSAGE_DESTINATION_SHIFT;
    this.wires.deliver(MESSAGE_BASE + destination + (low & ENTRY_LOGICAL ? MESSAGE_LOGICAL : 0), data);
  }

  private asksAgain(pin: number): void {
    const { state } = this;
    const isHigh = (state.irr >>> pin) & 1 && !(state.low[pin]! & ENTRY_MASKED);
    const times = isHigh ? state.storms[pin]! + 1 : 0;
    state.storms[pin] = times % STORM;
    if (!isHigh) return;
    if (times < STORM) return this.service();
    this.retryAt(Math.min(state.retryNs ?? Infinity, this.clock.nowNs() + RETRY_NS));
  }

  private retry(): void {
    this.retryAt(undefined);
    this.service();
  }

  private retryAt(ns: number | undefined): void {
    this.state.retryNs = ns;
    this.clock.setDeadline(this.timer, ns);
  }
}
