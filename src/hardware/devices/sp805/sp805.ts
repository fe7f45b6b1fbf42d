import type { Timer, VirtualClock } from "../../clock.ts";
import type { AccessSize, Line, MmioDevice } from "../../device.ts";
import { StatefulDevice } from "../../state/index.ts";
import { ID_BYTES, INTEN, Offset, RESEN, UNLOCK } from "./registers.ts";
import { type Sp805State, sp805State } from "./state.ts";
import { nsOf, tickAt } from "./ticks.ts";

/**
 * PrimeCell watchdog (Arm DDI 0270): counts virtual time down from its load value, raises its interrupt at zero and counts
 * again; zero with the interrupt still raised asks for a reset.
 */
export class Sp805 extends StatefulDevice<Sp805State> implements MmioDevice {
  private readonly timer: Timer = { expire: () => this.expire() };

  /** `bite`: asks for a reset of the machine (WDOGRES). */
  constructor(
    private readonly clock: VirtualClock,
    private readonly irq: Line,
    private readonly bite: () => void,
  ) {
    super(sp805State);
  }

  read(offset: number, _size: AccessSize): number {
    const { state } = this;
    const register = offset & ~3;
    switch (register) {
      case Offset.LOAD:
        return state.top;
      case Offset.VALUE:
        return this.count();
      case Offset.CONTROL:
        return state.control;
      case Offset.RIS:
        return state.interrupt ? 1 : 0;
      case Offset.MIS:
        return this.asserted ? 1 : 0;
      case Offset.LOCK:
        return state.locked ? 1 : 0;
      default:
        return ID_BYTES[(register - Offset.ID) >> 2] ?? 0;
    }
  }

  changesByRead(): boolean {
    return false;
  }

  write(offset: number, _size: AccessSize, value: number): void {
    const { state } = this;
    const register = offset & ~3;
    if (register === Offset.LOCK) state.locked = value !== UNLOCK;
    if (state.locked) return;
    switch (register) {
      case Offset.LOAD:
        state.top = value;
        return this.restart();
      case Offset.CONTROL:
        return this.control(value & (INTEN | RESEN));
      case Offset.INTCLR:
        state.interrupt = false;
        this.restart();
        return this.update();
    }
  }

  /** The line's level is state of the interrupt controller, not touched here. */
  protected override afterLoad(): void {
    this.clock.setDeadline(this.timer, this.state.zeroNs);
  }

  protected override afterReset(): void {
    this.clock.setDeadline(this.timer, undefined);
    this.update();
  }

  /** The counter begins anew where it is turned on, and stands where it is turned off. */
  private control(value: number): void {
    const { state } = this;
    const turned = (state.control ^ value) & INTEN;
    if (turned) state.stoppedAt = this.count();
    state.control = value;
    if (turned) {
      if (value & INTEN) this.restart();
      else this.zeroAt(undefined);
    }
    this.update();
  }

  private get asserted(): boolean {
    return this.state.interrupt && (this.state.control & INTEN) !== 0;
  }

  private update(): void {
    this.irq.set(this.asserted);
  }

  private now(): number {
    return tickAt(this.clock.nowNs());
  }

  /** In the tick of an expiry the counter is zero; it is loaded in the next one. */
  private count(): number {
    const { top, stoppedAt, zeroNs } = this.state;
    if (zeroNs === undefined) return stoppedAt;
    const left = tickAt(zeroNs) - this.now();
    return left > top ? 0 : Math.max(left, 0);
  }

  private restart(): void {
    const { state } = this;
    state.stoppedAt = state.top;
    if (state.control & INTEN) this.zeroAt(this.now() + state.top);
  }

  /** Beyond time, it is never. */
  private zeroAt(tick: number | undefined): void {
    const ns = tick === undefined ? undefined : nsOf(tick);
    this.state.zeroNs = Number.isSafeInteger(ns) ? ns : undefined;
    this.clock.setDeadline(this.timer, this.state.zeroNs);
  }

  private expire(): void {
    const { state } = this;
    const bites = state.interrupt && (state.control & RESEN) !== 0;
    state.interrupt = true;
    if (bites) state.stoppedAt = 0;
    this.zeroAt(bites ? undefined : tickAt(state.zeroNs!) + state.top + 1);
    this.update();
    if (bites) this.bite();
  }
}
