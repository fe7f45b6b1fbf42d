import type { Timer, VirtualClock } from "../../clock.ts";
import type { AccessSize, Line, MmioDevice } from "../../device.ts";
import { StatefulDevice } from "../../state/index.ts";
import { readTime, secondsToAlarm, writeTime } from "./calendar.ts";
import {
  A_DIVIDER,
  A_DIVIDER_RESET,
  A_DIVIDER_RUNS,
  A_RATE,
  A_UIP,
  B_ALARM,
  B_PERIODIC,
  B_SET,
  B_SQUARE_WAVE,
  B_UPDATE,
  C_EVENTS,
  C_IRQ,
  Port,
  Register,
  RTC_HZ,
  UPDATE_IN_PROGRESS_NS,
} from "./registers.ts";
import { type Mc146818State, mc146818State } from "./state.ts";

const NS_PER_SECOND = 1e9;

/** What firmware leaves in byte 0Fh when it sleeps: it outlives a reset. */
const RESUMES = 0xfe;

/**
 * Real-time clock and CMOS memory of a PC (Motorola MC146818), ports 70h and 71h: bytes, see `bytewise`. It counts virtual time from a
 * time of day that is set once, at power-on.
 */
export class Mc146818 extends StatefulDevice<Mc146818State> implements MmioDevice {
  private readonly updateTimer: Timer = { expire: () => this.endUpdate() };
  private readonly periodicTimer: Timer = { expire: () => this.tick() };

  constructor(
    private readonly clock: VirtualClock,
    private readonly irq: Line,
    /** The alarm rings, and interrupts. */
    private readonly rings = (): void => {},
  ) {
    super(mc146818State);
  }

  /** The machine is suspended: firmware resumes it after the next reset. */
  suspend(): void {
    this.state.cmos[Register.SHUTDOWN] = RESUMES;
  }

  /** Seconds since 1970, now. */
  setTime(seconds: number): void {
    this.count(BigInt(Math.floor(seconds)), 0);
    writeTime(this.state.cmos, Math.floor(seconds));
    this.awaitUpdate();
  }

  /** What a board keeps in the CMOS memory: pairs of a byte's index and its value. */
  fill(contents: Iterable<readonly [index: number, value: number]>): void {
    for (const [index, value] of contents) this.state.cmos[index] = value;
  }

  read(offset: number, _size: AccessSize): number {
    const { state } = this;
    if (offset === Port.INDEX) return 0xff;
    if (state.index === Register.PS2_CENTURY) state.index = Register.CENTURY;
    if (isTime(state.index) && this.runs) this.writeTime();
    const value = state.cmos[state.index]!;
    if (state.index === Register.A) return this.updateInProgress() ? value | A_UIP : value;
    if (state.index === Register.C) this.clearEvents();
    return value;
  }

  /** Times are brought up to date, register A latches UIP, register C is cleared. */
  changesByRead(offset: number): boolean {
    const { index } = this.state;
    const changes = isTime(index) || index === Register.PS2_CENTURY || index === Register.A || index === Register.C;
    return offset !== Port.INDEX && changes;
  }

  write(offset: number, _size: AccessSize, value: number): void {
    const { state } = this;
    if (offset === Port.INDEX) {
      state.index = value & 0x7f;
      return;
    }
    if (state.index === Register.PS2_CENTURY) state.index = Register.CENTURY;
    switch (state.index) {
      case Register.A:
        return this.writeA(value & 0xff);
      case Register.B:
        return this.writeB(value & 0xff);
      case Register.C:
      case Register.D:
        return;
    }
    state.cmos[state.index] = value;
    if (isAlarm(state.index)) this.awaitUpdate();
    else if (isTime(state.index) && this.runs) {
      this.readTime();
      this.awaitUpdate();
    }
  }

  protected override afterLoad(): void {
    this.clock.setDeadline(this.updateTimer, this.state.updateNs);
    this.clock.setDeadline(this.periodicTimer, this.state.periodicNs);
  }

  protected override afterReset(): void {
    const { cmos } = this.state;
    if (cmos[Register.SHUTDOWN] !== RESUMES) cmos[Register.SHUTDOWN] = 0;
    cmos[Register.B]! &= ~(B_PERIODIC | B_ALARM | B_SQUARE_WAVE);
    cmos[Register.C] = 0;
    this.awaitUpdate();
    this.irq.set(false);
  }

  private get runs(): boolean {
    const { cmos } = this.state;
    return !(cmos[Register.B]! & B_SET) && (cmos[Register.A]! & A_DIVIDER) <= A_DIVIDER_RUNS;
  }

  /** Nanoseconds since 1970, modulo 2^64: years beyond 2554 wrap. */
  private timeNs(): bigint {
    const { seconds, setNs, fractionNs } = this.state;
    return BigInt.asUintN(64, seconds * BigInt(NS_PER_SECOND) + BigInt(this.clock.nowNs() - setNs + fractionNs));
  }

  private fraction(): number {
    return Number(this.timeNs() % BigInt(NS_PER_SECOND));
  }

  /** The time goes on from here. */
  private count(seconds: bigint, fractionNs = this.state.fractionNs): void {
    this.state.seconds = BigInt.asUintN(64, seconds);
    this.state.setNs = this.clock.nowNs();
    this.state.fractionNs = fractionNs;
  }

  /** The guest has set the time; of the fraction the one before stays. */
  private readTime(fractionNs?: number): void {
    this.count(BigInt(readTime(this.state.cmos)), fractionNs);
  }

  private writeTime(): void {
    const { cmos } = this.state;
    if (cmos[Register.B]! & B_SET) return;
    writeTime(cmos, Number(BigInt.asIntN(64, this.timeNs()) / BigInt(NS_PER_SECOND)));
  }

  private writeA(value: number): void {
    const { cmos } = this.state;
    const before = cmos[Register.A]!;
    const period = this.period();
    const resets = (value & A_DIVIDER_RESET) === A_DIVIDER_RESET;
    const starts = (before & A_DIVIDER_RESET) === A_DIVIDER_RESET && (value & A_DIVIDER) <= A_DIVIDER_RUNS;
    if (resets && this.runs) this.writeTime();
    // The first update is half a second after the divider is let go.
    if (starts && !(cmos[Register.B]! & B_SET)) this.readTime(NS_PER_SECOND / 2);
    cmos[Register.A] = (value & ~A_UIP) | (resets || starts ? 0 : before & A_UIP);
    if ((before ^ value) & A_RATE) this.awaitTick(this.clock.nowNs(), period);
    this.awaitUpdate();
  }

  private writeB(value: number): void {
    const { cmos } = this.state;
    const before = cmos[Register.B]!;
    const period = this.period();
    if (value & B_SET) {
      if (this.runs) this.writeTime();
      cmos[Register.A]! &= ~A_UIP;
      value &= ~B_UPDATE;
    } else if (before & B_SET && (cmos[Register.A]! & A_DIVIDER) <= A_DIVIDER_RUNS) {
      this.readTime(this.fraction());
    }
    // An event that has happened interrupts when that is enabled.
    const asks = (value & cmos[Register.C]! & C_EVENTS) !== 0;
    if (asks) cmos[Register.C]! |= C_IRQ;
    else cmos[Register.C]! &= ~C_IRQ;
    this.irq.set(asks);
    cmos[Register.B] = value;
    if ((before ^ value) & B_PERIODIC) this.awaitTick(this.clock.nowNs(), period);
    this.awaitUpdate();
  }

  /** Where an update is waited for, UIP stays up until it has ended. */
  private updateInProgress(): boolean {
    const { state } = this;
    if (!this.runs) return false;
    if (state.updateNs !== undefined && this.clock.nowNs() >= state.updateNs - UPDATE_IN_PROGRESS_NS) {
      state.cmos[Register.A]! |= A_UIP;
      return true;
    }
    return this.fraction() >= NS_PER_SECOND - UPDATE_IN_PROGRESS_NS;
  }

  private clearEvents(): void {
    const { cmos } = this.state;
    const before = cmos[Register.C]!;
    this.irq.set(false);
    cmos[Register.C] = 0;
    if (before & (B_UPDATE | B_ALARM)) this.awaitUpdate();
  }

  /** An event; it interrupts if it is new, and enabled. */
  private happened(events: number): void {
    const { cmos } = this.state;
    const asks = events & ~cmos[Register.C]! & cmos[Register.B]!;
    cmos[Register.C]! |= events;
    if (!asks) return;
    cmos[Register.C]! |= C_IRQ;
    this.irq.set(true);
  }

  private endUpdate(): void {
    const { state } = this;
    state.updateNs = undefined;
    this.writeTime();
    state.cmos[Register.A]! &= ~A_UIP;
    const rings = state.alarmNs !== undefined && this.clock.nowNs() >= state.alarmNs;
    if (rings && state.cmos[Register.B]! & B_ALARM) this.rings();
    this.happened(rings ? B_UPDATE | B_ALARM : B_UPDATE);
    this.awaitUpdate();
  }

  /** Updates are not looked at where they can change no flag, but for one whose UIP was seen. */
  private awaitUpdate(): void {
    const { state } = this;
    const { cmos } = state;
    const events = cmos[Register.C]!;
    let at: number | undefined;
    if ((cmos[Register.A]! & A_DIVIDER_RESET) !== A_DIVIDER_RESET) {
      at = this.clock.nowNs() + NS_PER_SECOND - this.fraction();
      this.writeTime();
      state.alarmNs = time(at + (secondsToAlarm(cmos) - 1) * NS_PER_SECOND);
      if (!(cmos[Register.A]! & A_UIP) && events & B_UPDATE) {
        at = cmos[Register.B]! & B_SET || events & B_ALARM ? undefined : state.alarmNs;
      }
    }
    state.updateNs = time(at);
    this.clock.setDeadline(this.updateTimer, state.updateNs);
  }

  /** Ticks of the oscillator between periodic events; 0: none. */
  private period(): number {
    const { cmos } = this.state;
    const rate = cmos[Register.A]! & A_RATE;
    if (!(cmos[Register.B]! & B_PERIODIC) || rate === 0) return 0;
    return 1 << (rate <= 2 ? rate + 6 : rate - 1);
  }

  private tick(): void {
    this.awaitTick(this.state.periodicNs!);
    const { cmos } = this.state;
    // QEMU drives the line at each of them.
    cmos[Register.C]! |= B_PERIODIC;
    if (!(cmos[Register.B]! & B_PERIODIC)) return;
    cmos[Register.C]! |= C_IRQ;
    this.irq.set(true);
  }

  /** Ticks of a period that has become another count for the new one. */
  private awaitTick(nowNs: number, oldPeriod = 0): void {
    const { state } = this;
    const period = this.period();
    const now = ticksIn(nowNs);
    const gone = oldPeriod && state.periodicNs !== undefined ? now + oldPeriod - ticksIn(state.periodicNs) : 0;
    state.periodicNs = period === 0 ? undefined : time(nsOf(now + period - Math.min(gone, period)) + 1);
    this.clock.setDeadline(this.periodicTimer, state.periodicNs);
  }
}

function isTime(index: number): boolean {
  return (index <= Register.YEAR && !isAlarm(index)) || index === Register.CENTURY;
}

function isAlarm(index: number): boolean {
  return index === Register.SECONDS_ALARM || index === Register.MINUTES_ALARM || index === Register.HOURS_ALARM;
}

/** Whole ticks of the oscillator in so many nanoseconds: products stay below 2^45. */
function ticksIn(ns: number): number {
  return Math.floor(ns / NS_PER_SECOND) * RTC_HZ + Math.floor(((ns % NS_PER_SECOND) * RTC_HZ) / NS_PER_SECOND);
}

/** Nanoseconds of so many ticks, rounded down. */
function nsOf(ticks: number): number {
  return Math.floor(ticks / RTC_HZ) * NS_PER_SECOND + Math.floor(((ticks % RTC_HZ) * NS_PER_SECOND) / RTC_HZ);
}

/** Beyond what virtual time can be, it is never. */
function time(ns: number | undefined): number | undefined {
  return Number.isSafeInteger(ns) && ns! >= 0 ? ns : undefined;
}
