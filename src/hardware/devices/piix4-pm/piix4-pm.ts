import type { Timer, VirtualClock } from "../../clock.ts";
import type { AccessSize, Line, MmioDevice } from "../../device.ts";
import { bytewise } from "../../bytewise.ts";
import { StatefulDevice } from "../../state/index.ts";
import { firstNsOf, ticksIn } from "../../ticks.ts";
import {
  CONTROL_BYTES,
  Event,
  EVENT_BYTES,
  EVENTS,
  GPE_ENABLE,
  Offset,
  Sleep,
  SLEEP,
  SLEEP_TYPE_SHIFT,
  TIMER_BYTES,
  TIMER_HALF,
  TIMER_HZ,
  TIMER_MASK,
} from "./registers.ts";
import { type Piix4PmState, piix4PmState } from "./state.ts";

/** What the power management is wired to. */
export interface Piix4PmWires {
  /** ACPI's interrupt: line 9 of a PC. */
  readonly sci: Line;
  /** The guest turns the machine off: soft off, or what is said to be on disk. */
  readonly off: () => void;
  /** The guest suspends to RAM: firmware finds that out after the reset that it wakes by. */
  readonly suspend: () => void;
  /** The processor stops, until that reset. */
  readonly stop: () => void;
  /** A reset, whatever resets do otherwise. */
  readonly wake: () => void;
}

/** Power management of the PIIX4 (Intel 82371AB, function 3), as QEMU's without system management mode. */
export class Piix4Pm extends StatefulDevice<Piix4PmState> {
  private readonly timer: Timer = { expire: () => this.update() };

  /** 64 ports: PM1a events and control, and the timer. */
  readonly ports: MmioDevice = {
    name: "piix4-pm",
    read: (offset, size) => this.read(offset, size),
    changesByRead: () => false,
    write: (offset, size, value) => this.write(offset, size, value),
  };

  /** Ports AFE0h to AFE3h. */
  readonly gpe: MmioDevice = bytewise({
    name: "gpe0",
    read: (offset) => {
      const { gpeStatus, gpeEnable } = this.state;
      return ((offset < GPE_ENABLE ? gpeStatus : gpeEnable) >> (8 * (offset & 1))) & 0xff;
    },
    changesByRead: () => false,
    write: (offset, _size, value) => this.writeGpe(offset, value),
  });

  /** Ports B2h, whose commands no one takes without system management mode, and B3h. */
  readonly apm: MmioDevice = bytewise({
    name: "apm",
    read: (offset) => (offset & 1 ? this.state.scratch : this.state.command),
    changesByRead: () => false,
    write: (offset, _size, value) => {
      if (offset & 1) this.state.scratch = value;
      else this.state.command = value;
    },
  });

  constructor(
    private readonly clock: VirtualClock,
    private readonly wires: Piix4PmWires,
  ) {
    super(piix4PmState);
  }

  powerButton(): void {
    if (this.state.enable & Event.POWER_BUTTON) this.state.status |= Event.POWER_BUTTON;
    this.update();
  }

  get suspended(): boolean {
    return this.state.suspended;
  }

  /** The clock's alarm. */
  alarm(): void {
    if (this.state.enable & Event.CLOCK) this.wake(Event.CLOCK);
  }

  /** Whoever sits in front of the machine: it is told as the power button. */
  wakeUp(): void {
    this.wake(Event.POWER_BUTTON);
  }

  private wake(reason: number): void {
    if (!this.state.suspended) return;
    this.state.waking = Event.WAKE | reason;
    this.wires.wake();
  }

  /** The line's level is state of who receives it. */
  protected override afterLoad(): void {
    this.wait();
    if (this.state.suspended) this.wires.stop();
  }

  protected override afterReset(): void {
    const { state } = this;
    state.status = state.waking;
    state.waking = 0;
    this.update();
  }

  /** A value is read whole at each of its bytes; at a wrong size there is none. */
  private read(offset: number, size: AccessSize): number {
    const { state } = this;
    const mask = 2 ** (8 * size) - 1;
    if (offset < EVENT_BYTES) {
      if (size > 2) return 0;
      return ({ [Offset.STATUS]: this.status(), [Offset.ENABLE]: state.enable }[offset] ?? 0) & mask;
    }
    if (offset < Offset.CONTROL + CONTROL_BYTES) return size > 2 ? 0 : state.control & mask;
    if (offset < Offset.TIMER || offset >= Offset.TIMER + TIMER_BYTES) return mask;
    return ticksIn(this.clock.nowNs(), TIMER_HZ) & TIMER_MASK & mask;
  }

  private write(offset: number, size: AccessSize, value: number): void {
    const { state } = this;
    if (size > 2) return;
    switch (offset) {
      case Offset.STATUS:
        if (value & this.status() & Event.TIMER) state.overflowNs = this.nextOverflow();
        state.status &= ~value;
        return this.update();
      case Offset.ENABLE:
        state.enable = value;
        return this.update();
      case Offset.CONTROL:
      case Offset.CONTROL + 1:
        return this.control(value);
    }
  }

  private control(value: number): void {
    this.state.control = value & ~SLEEP;
    if (!(value & SLEEP)) return;
    switch ((value >> SLEEP_TYPE_SHIFT) & 7) {
      case Sleep.OFF:
      case Sleep.DISK:
        return this.wires.off();
      case Sleep.RAM:
        this.state.suspended = true;
        this.wires.suspend();
        return this.wires.stop();
    }
  }

  private writeGpe(offset: number, value: number): void {
    const { state } = this;
    if (offset >= 2 * GPE_ENABLE) return;
    const shift = 8 * (offset & 1);
    if (offset < GPE_ENABLE) state.gpeStatus &= ~(value << shift);
    else state.gpeEnable = (state.gpeEnable & ~(0xff << shift)) | (value << shift);
    this.update();
  }

  private status(): number {
    return this.state.status | (this.clock.nowNs() >= this.state.overflowNs ? Event.TIMER : 0);
  }

  private nextOverflow(): number {
    const tick = ticksIn(this.clock.nowNs(), TIMER_HZ);
    return firstNsOf((Math.floor(tick / TIMER_HALF) + 1) * TIMER_HALF, TIMER_HZ);
  }

  /** Of general purpose events the first byte interrupts. */
  private update(): void {
    const { enable, gpeStatus, gpeEnable } = this.state;
    this.wires.sci.set((this.status() & enable & EVENTS) !== 0 || (gpeStatus & gpeEnable & 0xff) !== 0);
    this.wait();
  }

  private wait(): void {
    const { enable, overflowNs } = this.state;
    const isWanted = (enable & Event.TIMER) !== 0 && this.clock.nowNs() < overflowNs;
    this.clock.setDeadline(this.timer, isWanted ? overflowNs : undefined);
  }
}
