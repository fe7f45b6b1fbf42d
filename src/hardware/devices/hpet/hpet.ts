import type { Timer, VirtualClock } from "../../clock.ts";
import type { AccessSize, Line, MmioDevice } from "../../device.ts";
import { StatefulDevice } from "../../state/index.ts";
import { begin, isPeriodic, proceed, width } from "./comparator.ts";
import {
  CAPABILITIES,
  ENABLED,
  LEGACY,
  LEGACY_LINES,
  NS_PER_TICK,
  Offset,
  TIMER_BYTES,
  TIMER_CAPABILITIES,
  TIMER_ENABLED,
  TIMER_LEVEL,
  TIMER_LINES,
  TIMER_MESSAGES,
  TIMER_ROUTE,
  TIMER_ROUTE_SHIFT,
  TIMER_SET_VALUE,
  TIMER_WRITABLE,
  TimerOffset,
  TIMERS,
} from "./registers.ts";
import { type HpetState, hpetState, type HpetTimer } from "./state.ts";

const NEVER = 2n ** 64n - 1n;

/** What an HPET is wired to. */
export interface HpetWires {
  /** Interrupt lines by number; where there is none, nothing is driven. */
  readonly lines: readonly Line[];
  /** Whether the interval timer interrupts: not in legacy replacement. */
  readonly intervalTimer: Line;
  /** A message of a timer: 4 bytes of data to an address. */
  readonly message: (address: number, data: number) => void;
}

/** High precision event timers (IA-PC HPET specification 1.0a) as QEMU's: three, of 100 MHz. */
export class Hpet extends StatefulDevice<HpetState> implements MmioDevice {
  private readonly expiries: readonly Timer[] = Array.from({ length: TIMERS }, (_, n) => ({
    expire: () => this.expire(n),
  }));
  /** `offsetNs` as a number; NaN where that is none. */
  private offset = 0;

  /** The interval timer's and the clock's interrupts, which go on to lines 0 and 8 but in legacy replacement. */
  readonly intervalTimer: Line = {
    set: (level) => {
      if (!this.isLegacy) this.line(0, level);
    },
  };
  readonly clockInterrupt: Line = {
    set: (level) => {
      this.state.clock = level;
      if (!this.isLegacy) this.line(LEGACY_LINES[1], level);
    },
  };

  constructor(
    private readonly clock: VirtualClock,
    private readonly wires: HpetWires,
  ) {
    super(hpetState);
  }

  read(offset: number, size: AccessSize): number {
    if (size !== 4) return 0;
    if (offset === Offset.COUNTER) return this.counterHalf(0);
    if (offset === Offset.COUNTER + 4) return this.counterHalf(1);
    if (offset >= Offset.TIMERS) return this.readTimer(offset - Offset.TIMERS);
    const { state } = this;
    switch (offset) {
      case Offset.CAPABILITIES:
      case Offset.CAPABILITIES + 4:
        return CAPABILITIES[offset >> 2]!;
      case Offset.CONFIGURATION:
        return state.configuration;
      case Offset.STATUS:
        return state.status;
      default:
        return 0;
    }
  }

  changesByRead(): boolean {
    return false;
  }

  write(offset: number, size: AccessSize, value: number): void {
    const { state } = this;
    if (size !== 4) return;
    if (offset >= Offset.TIMERS) return this.writeTimer(offset - Offset.TIMERS, value);
    switch (offset) {
      case Offset.CONFIGURATION:
        return this.configure(value & (ENABLED | LEGACY));
      case Offset.STATUS:
        for (let n = 0; n < TIMERS; n++) if (((value & state.status) >> n) & 1) this.drive(n, false);
        return;
      case Offset.COUNTER:
      case Offset.COUNTER + 4:
        state.counter = withHalf(state.counter, (offset >> 2) & 1, value);
    }
  }

  protected override afterLoad(): void {
    this.keepOffset();
    for (let n = 0; n < TIMERS; n++) this.clock.setDeadline(this.expiries[n]!, this.timer(n).expiryNs);
  }

  protected override afterReset(): void {
    this.afterLoad();
  }

  private keepOffset(): void {
    const ns = Number(BigInt.asIntN(64, this.state.offsetNs));
    this.offset = Number.isSafeInteger(ns) ? ns : NaN;
  }

  private get isEnabled(): boolean {
    return (this.state.configuration & ENABLED) !== 0;
  }

  private get isLegacy(): boolean {
    return (this.state.configuration & LEGACY) !== 0;
  }

  private timer(number: number): HpetTimer {
    const { timer0, timer1, timer2 } = this.state;
    return number === 0 ? timer0 : number === 1 ? timer1 : timer2;
  }

  /** Of the counter as it is read. */
  private counterHalf(half: 0 | 1): number {
    const ns = this.clock.nowNs() + this.offset;
    if (!this.isEnabled || !(ns >= 0 && ns <= Number.MAX_SAFE_INTEGER))
      return halfOf(this.isEnabled ? this.ticks() : this.state.counter, half);
    const ticks = Math.floor(ns / NS_PER_TICK);
    return half === 0 ? ticks % 2 ** 32 : Math.floor(ticks / 2 ** 32);
  }

  /** What the timers compare with: it goes on while the counter stands. */
  private ticks(): bigint {
    return BigInt.asUintN(64, BigInt(this.clock.nowNs()) + this.state.offsetNs) / BigInt(NS_PER_TICK);
  }

  private readTimer(offset: number): number {
    const number = Math.floor(offset / TIMER_BYTES);
    if (number >= TIMERS) return 0;
    const timer = this.timer(number);
    const half = (offset >> 2) & 1;
    switch ((offset % TIMER_BYTES) - 4 * half) {
      case TimerOffset.CONFIGURATION:
        return half ? TIMER_LINES : timer.configuration;
      case TimerOffset.COMPARATOR:
        return halfOf(timer.comparator, half);
      case TimerOffset.MESSAGE:
        return halfOf(timer.message, half);
      default:
        return 0;
    }
  }

  private writeTimer(offset: number, value: number): void {
    const number = Math.floor(offset / TIMER_BYTES);
    if (number >= TIMERS) return;
    const timer = this.timer(number);
    const half = (offset >> 2) & 1;
    switch ((offset % TIMER_BYTES) - 4 * half) {
      case TimerOffset.CONFIGURATION:
        if (!half) this.configureTimer(number, value);
        return;
      case TimerOffset.COMPARATOR:
        this.compare(timer, half, value);
        if (this.isEnabled) this.begin(number);
        return;
      case TimerOffset.MESSAGE:
        timer.message = withHalf(timer.message, half, value);
    }
  }

  private configure(value: number): void {
    const { state } = this;
    const changed = state.configuration ^ value;
    if (changed & ENABLED && !(value & ENABLED)) state.counter = this.ticks();
    state.configuration = value;
    if (changed & ENABLED) this.run(this.isEnabled);
    if (!(changed & LEGACY)) return;
    const [interval, clock] = LEGACY_LINES;
    this.line(interval, false);
    this.wires.intervalTimer.set(!this.isLegacy);
    this.line(clock, !this.isLegacy && state.clock);
  }

  /** The counter begins, or stands; so do the timers. */
  private run(isOn: boolean): void {
    const { state } = this;
    if (isOn) {
      const ns = state.counter * BigInt(NS_PER_TICK) - BigInt(this.clock.nowNs());
      state.offsetNs = BigInt.asUintN(64, ns);
      this.keepOffset();
    }
    for (let n = 0; n < TIMERS; n++) {
      if (!isOn) this.stop(n);
      else if (this.timer(n).comparator !== NEVER) this.begin(n);
    }
  }

  private configureTimer(number: number, value: number): void {
    const timer = this.timer(number);
    const changed = timer.configuration ^ value;
    if (changed & value & TIMER_MESSAGES) this.drive(number, false);
    timer.configuration = (value & TIMER_WRITABLE) | TIMER_CAPABILITIES;
    if (width(timer) === 32) {
      timer.comparator = BigInt.asUintN(32, timer.comparator);
      timer.period = BigInt.asUintN(32, timer.period);
    }
    if (!(changed & TIMER_ENABLED)) return;
    if (!(value & TIMER_ENABLED)) this.stop(number);
    else if (this.isEnabled) this.begin(number);
  }

  /** A half of the comparator; in periodic mode of the period, and of the comparator only if that was asked for. */
  private compare(timer: HpetTimer, half: number, value: number): void {
    const sets = !isPeriodic(timer) || (timer.configuration & TIMER_SET_VALUE) !== 0;
    if (sets) timer.comparator = withHalf(timer.comparator, half, value);
    if (isPeriodic(timer) && !(half && sets))
      timer.period = withHalf(timer.period, half, width(timer) === 32 ? value & 0x7fff_ffff : value);
    timer.configuration &= ~TIMER_SET_VALUE;
  }

  private begin(number: number): void {
    const timer = this.timer(number);
    begin(timer, this.ticks(), this.clock.nowNs());
    this.clock.setDeadline(this.expiries[number]!, timer.expiryNs);
  }

  private stop(number: number): void {
    this.timer(number).expiryNs = undefined;
    this.clock.setDeadline(this.expiries[number]!, undefined);
    this.drive(number, false);
  }

  private expire(number: number): void {
    const timer = this.timer(number);
    proceed(timer, this.ticks(), this.clock.nowNs());
    this.clock.setDeadline(this.expiries[number]!, timer.expiryNs);
    this.drive(number, true);
  }

  /** A timer's interrupt. */
  private drive(number: number, level: boolean): void {
    const { state } = this;
    const { configuration, message } = this.timer(number);
    const isLegacy = this.isLegacy && number < LEGACY_LINES.length;
    const line = isLegacy ? LEGACY_LINES[number]! : (configuration >> TIMER_ROUTE_SHIFT) & TIMER_ROUTE;
    const byMessage = (configuration & TIMER_MESSAGES) !== 0;
    const isActive = level && (configuration & TIMER_ENABLED) !== 0 && this.isEnabled;
    const isLevel = isActive && !byMessage && (configuration & TIMER_LEVEL) !== 0;
    if (isLevel) state.status |= 1 << number;
    else if (!isActive || !byMessage) state.status &= ~(1 << number);
    if (byMessage) {
      if (isActive) this.wires.message(halfOf(message, 1), halfOf(message, 0));
      return;
    }
    if (isActive) this.line(line, true);
    if (!isLevel) this.line(line, false);
  }

  private line(number: number, level: boolean): void {
    this.wires.lines[number]?.set(level);
  }
}

function halfOf(value: bigint, half: number): number {
  return Number(BigInt.asUintN(32, half ? value >> 32n : value));
}

function withHalf(value: bigint, half: number, to: number): bigint {
  const [low, high] = half ? [halfOf(value, 0), to] : [to, halfOf(value, 1)];
  return (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0);
}
