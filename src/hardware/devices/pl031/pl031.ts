import type { Timer, VirtualClock } from "../../clock.ts";
import type { AccessSize, Line, MmioDevice } from "../../device.ts";
import { StatefulDevice } from "../../state/index.ts";
import { ID_BYTES, Offset } from "./registers.ts";
import { type Pl031State, pl031State } from "./state.ts";

const NS_PER_SECOND = 1e9;

/** PrimeCell real-time clock (Arm DDI 0224): counts virtual seconds from a base read once at power-on. */
export class Pl031 extends StatefulDevice<Pl031State> implements MmioDevice {
  private readonly timer: Timer = { expire: () => this.expire() };

  constructor(
    private readonly clock: VirtualClock,
    private readonly irq: Line,
  ) {
    super(pl031State);
  }

  /** Seconds since 1970 at virtual time zero. */
  setBase(seconds: number): void {
    this.state.base = Math.floor(seconds) >>> 0;
  }

  read(offset: number, _size: AccessSize): number {
    const { state } = this;
    const register = offset & ~3;
    switch (register) {
      case Offset.DR:
        return this.count();
      case Offset.MR:
        return state.match;
      case Offset.LR:
        return state.loaded;
      case Offset.CR:
        return 1;
      case Offset.IMSC:
        return state.interruptMask;
      case Offset.RIS:
        return state.interrupt;
      case Offset.MIS:
        return state.interrupt & state.interruptMask;
      default:
        return ID_BYTES[(register - Offset.ID) >> 2] ?? 0;
    }
  }

  changesByRead(): boolean {
    return false;
  }

  write(offset: number, _size: AccessSize, value: number): void {
    const { state } = this;
    switch (offset & ~3) {
      case Offset.LR:
        state.loaded = value;
        state.base = (state.base + value - this.count()) >>> 0;
        return this.arm();
      case Offset.MR:
        state.match = value;
        return this.arm();
      case Offset.IMSC:
        state.interruptMask = value & 1;
        return this.update();
      case Offset.ICR:
        state.interrupt &= ~value;
        return this.update();
    }
  }

  protected override afterLoad(): void {
    this.clock.setDeadline(this.timer, this.state.alarmNs);
  }

  protected override afterReset(): void {
    this.clock.setDeadline(this.timer, undefined);
    this.update();
  }

  private seconds(): number {
    return Math.floor(this.clock.nowNs() / NS_PER_SECOND);
  }

  private count(): number {
    return (this.state.base + this.seconds()) >>> 0;
  }

  private arm(): void {
    const { state } = this;
    const wait = (state.match - this.count()) >>> 0;
    if (wait === 0) return this.expire();
    const alarmNs = (this.seconds() + wait) * NS_PER_SECOND;
    state.alarmNs = Number.isSafeInteger(alarmNs) ? alarmNs : undefined;
    this.clock.setDeadline(this.timer, state.alarmNs);
  }

  private expire(): void {
    this.state.alarmNs = undefined;
    this.clock.setDeadline(this.timer, undefined);
    this.state.interrupt = 1;
    this.update();
  }

  private update(): void {
    this.irq.set((this.state.interrupt & this.state.interruptMask) !== 0);
  }
}
