import type { Timer, VirtualClock } from "../../clock.ts";
import type { Line } from "../../device.ts";
import { StatefulDevice } from "../../state/index.ts";
import { CTL_ENABLE, CTL_IMASK, CTL_ISTATUS, NS_PER_TICK, TimerRegister } from "./registers.ts";
import { type ArmTimerState, armTimerState, type ComparatorState } from "./state.ts";

/**
 * The generic timer of one core without EL2 and EL3 (Arm ARM, chapter D11): the physical and the virtual
 * EL1 timer. CNTVOFF is zero, so both compare with the same counter.
 */
export class ArmTimer extends StatefulDevice<ArmTimerState> {
  private readonly physical: Comparator;
  private readonly virtual: Comparator;

  /** The lines are the timers' interrupt outputs. */
  constructor(
    private readonly clock: VirtualClock,
    physicalLine: Line,
    virtualLine: Line,
  ) {
    super(armTimerState);
    this.physical = new Comparator(clock, physicalLine, () => this.state.physical);
    this.virtual = new Comparator(clock, virtualLine, () => this.state.virtual);
  }

  /** CNTPCT_EL0 and CNTVCT_EL0. */
  counter(): bigint {
    return BigInt(Math.floor(this.clock.nowNs() / NS_PER_TICK));
  }

  /** Unsigned 64 bits, as MRS reads it. */
  read(register: TimerRegister): bigint {
    const now = this.counter();
    const comparator = register < TimerRegister.CNTV_CTL ? this.physical : this.virtual;
    switch (register) {
      case TimerRegister.CNTP_CTL:
      case TimerRegister.CNTV_CTL:
        return BigInt(comparator.control(now));
      case TimerRegister.CNTP_CVAL:
      case TimerRegister.CNTV_CVAL:
        return comparator.state.compare;
      case TimerRegister.CNTP_TVAL:
      case TimerRegister.CNTV_TVAL:
        return BigInt.asUintN(32, comparator.state.compare - now);
    }
  }

  /** Any 64-bit value; CTL takes its low two bits, TVAL its low 32 as signed. */
  write(register: TimerRegister, value: bigint): void {
    const now = this.counter();
    const comparator = register < TimerRegister.CNTV_CTL ? this.physical : this.virtual;
    const state = comparator.state;
    switch (register) {
      case TimerRegister.CNTP_CTL:
      case TimerRegister.CNTV_CTL:
        state.control = Number(value & 3n);
        break;
      case TimerRegister.CNTP_CVAL:
      case TimerRegister.CNTV_CVAL:
        state.compare = BigInt.asUintN(64, value);
        break;
      case TimerRegister.CNTP_TVAL:
      case TimerRegister.CNTV_TVAL:
        state.compare = BigInt.asUintN(64, now + BigInt.asIntN(32, value));
        break;
    }
    comparator.update(now);
  }

  /** The lines' levels are state of the interrupt controller, not touched here. */
  protected override afterLoad(): void {
    this.physical.schedule();
    this.virtual.schedule();
  }

  protected override afterReset(): void {
    this.physical.update(0n);
    this.virtual.update(0n);
  }
}

class Comparator {
  private readonly timer: Timer;

  constructor(
    private readonly clock: VirtualClock,
    private readonly line: Line,
    private readonly get: () => ComparatorState,
  ) {
    this.timer = { expire: () => this.line.set(this.asserted(this.counter())) };
  }

  get state(): ComparatorState {
    return this.get();
  }

  private counter(): bigint {
    return BigInt(Math.floor(this.clock.nowNs() / NS_PER_TICK));
  }

  /** CNTx_CTL with ISTATUS, which reads as zero while the timer is off. */
  control(now: bigint): number {
    const { control, compare } = this.state;
    return control & CTL_ENABLE && now >= compare ? control | CTL_ISTATUS : control;
  }

  private asserted(now: bigint): boolean {
    return (this.control(now) & (CTL_IMASK | CTL_ISTATUS)) === CTL_ISTATUS;
  }

  update(now: bigint): void {
    const asserted = this.asserted(now);
    this.line.set(asserted);
    if (asserted) this.clock.setDeadline(this.timer, undefined);
    else this.schedule();
  }

  /** Asks for the moment of the next rise, also when it has passed: `expire` may be repeated. */
  schedule(): void {
    const { control, compare } = this.state;
    const deadlineNs = Number(compare) * NS_PER_TICK;
    const wanted = (control & (CTL_ENABLE | CTL_IMASK)) === CTL_ENABLE && Number.isSafeInteger(deadlineNs);
    this.clock.setDeadline(this.timer, wanted ? deadlineNs : undefined);
  }
}
