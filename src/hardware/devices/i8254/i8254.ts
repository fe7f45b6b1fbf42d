import type { Timer, VirtualClock } from "../../clock.ts";
import type { Line, MmioDevice } from "../../device.ts";
import { StatefulDevice } from "../../state/index.ts";
import { count, nextTransition, output } from "./counter.ts";
import { Access, CONTROL, PORT_61, READ_BACK_NO_COUNT, READ_BACK_NO_STATUS } from "./registers.ts";
import { type Counter, type I8254State, i8254State } from "./state.ts";

/** Interval timer (Intel 8254) and a PC's port 61h. Counter 0's output is an interrupt; time as QEMU counts it. */
export class I8254 extends StatefulDevice<I8254State> {
  private readonly timer: Timer = { expire: () => this.drive(this.state.transitionNs!) };
  /** Ports 40h to 43h. */
  readonly counters: MmioDevice = {
    name: "pit",
    read: (offset) => (offset === CONTROL ? 0 : this.read(this.counter(offset))),
    write: (offset, _size, value) => {
      if (offset === CONTROL) this.control(value & 0xff);
      else this.write(offset, value & 0xff);
    },
  };
  /** Port 61h: its refresh bit is another at every read. */
  readonly port61: MmioDevice = {
    name: "port61",
    read: () => this.readPort61(),
    write: (_offset, _size, value) => this.writePort61(value),
  };

  /** Whether counter 0 interrupts. */
  readonly enable: Line = {
    set: (level) => {
      this.state.drives = level;
      this.drive(this.clock.nowNs());
    },
  };

  constructor(
    private readonly clock: VirtualClock,
    private readonly irq: Line,
  ) {
    super(i8254State);
    this.afterReset();
  }

  protected override afterLoad(): void {
    this.clock.setDeadline(this.timer, this.state.transitionNs);
  }

  /** The output is high, but the line first follows it at its next transition. */
  protected override afterReset(): void {
    const { state } = this;
    const now = this.clock.nowNs();
    for (const number of [0, 1, 2]) this.counter(number).loadedNs = now;
    state.transitionNs = nextTransition(state.counter0, now);
    this.irq.set(false);
    this.afterLoad();
  }

  private counter(number: number): Counter {
    const { counter0, counter1, counter2 } = this.state;
    return [counter0, counter1, counter2][number]!;
  }

  /** Drives the line as the output is at a time, and waits for its next transition. */
  private drive(atNs: number): void {
    const { counter0, drives } = this.state;
    if (drives) this.irq.set(output(counter0, atNs));
    this.state.transitionNs = drives ? nextTransition(counter0, atNs) : undefined;
    this.afterLoad();
  }

  private begin(number: number): void {
    const now = this.clock.nowNs();
    this.counter(number).loadedNs = now;
    if (number === 0) this.drive(now);
  }

  private read(counter: Counter): number {
    const { status, latched, latchedBytes } = counter;
    if (status !== undefined) {
      counter.status = undefined;
      return status;
    }
    if (latchedBytes) {
      counter.latchedBytes = latchedBytes === Access.BOTH ? Access.HIGH : 0;
      return latchedBytes === Access.HIGH ? latched >> 8 : latched & 0xff;
    }
    const high = counter.access === Access.HIGH || (counter.access === Access.BOTH && counter.readsHigh);
    counter.readsHigh = counter.access === Access.BOTH && !high;
    const value = count(counter, this.clock.nowNs());
    return high ? value >> 8 : value & 0xff;
  }

  private write(number: number, value: number): void {
    const counter = this.counter(number);
    if (counter.access === Access.BOTH && counter.low === undefined) {
      counter.low = value;
      return;
    }
    counter.reload = counter.access & Access.HIGH ? (value << 8) | (counter.low ?? 0) : value;
    counter.low = undefined;
    this.begin(number);
  }

  private control(value: number): void {
    const which = value >> 6;
    if (which === 3) {
      for (const number of [0, 1, 2]) if (value & (2 << number)) this.readBack(this.counter(number), value);
      return;
    }
    const counter = this.counter(which);
    const access = (value >> 4) & 3;
    if (access === Access.LATCH) return this.latch(counter);
    const mode = (value >> 1) & 7;
    // The upper bit of modes 2 and 3 is not looked at.
    Object.assign(counter, { access, mode: mode > 5 ? mode & 3 : mode, bcd: (value & 1) !== 0 });
    Object.assign(counter, { readsHigh: false, low: undefined });
  }

  private readBack(counter: Counter, command: number): void {
    if (!(command & READ_BACK_NO_COUNT)) this.latch(counter);
    if (command & READ_BACK_NO_STATUS) return;
    const { access, mode, bcd } = counter;
    const out = output(counter, this.clock.nowNs()) ? 0x80 : 0;
    counter.status ??= out | (access << 4) | (mode << 1) | (bcd ? 1 : 0);
  }

  private latch(counter: Counter): void {
    if (counter.latchedBytes) return;
    counter.latched = count(counter, this.clock.nowNs());
    counter.latchedBytes = counter.access;
  }

  private readPort61(): number {
    const { state } = this;
    state.refresh = !state.refresh;
    const out = output(state.counter2, this.clock.nowNs());
    return (
      (state.counter2.gate ? PORT_61.GATE : 0) |
      (state.speaker ? PORT_61.SPEAKER : 0) |
      (state.refresh ? PORT_61.REFRESH : 0) |
      (out ? PORT_61.OUT : 0)
    );
  }

  /** A rising gate begins anew, in modes that have it. */
  private writePort61(value: number): void {
    const { counter2 } = this.state;
    const gate = (value & PORT_61.GATE) !== 0;
    if (gate && !counter2.gate && counter2.mode % 4 !== 0) this.begin(2);
    counter2.gate = gate;
    this.state.speaker = (value & PORT_61.SPEAKER) !== 0;
  }
}
