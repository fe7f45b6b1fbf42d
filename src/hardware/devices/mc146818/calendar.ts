import { B_24_HOURS, B_BINARY, PM, Register } from "./registers.ts";

const SECONDS_PER_DAY = 86_400;
/** 400 years. */
const DAYS_PER_CYCLE = 146_097;

/** As register B has it: a number 0 to 99 in a byte, hours with a bit for the afternoon. */
function encoded(cmos: Uint8Array, value: number): number {
  return cmos[Register.B]! & B_BINARY ? value : (Math.trunc(value / 10) << 4) | (value % 10);
}

/** -1: the two upper bits say that any will do. */
function decoded(cmos: Uint8Array, byte: number): number {
  if ((byte & 0xc0) === 0xc0) return -1;
  return cmos[Register.B]! & B_BINARY ? byte : (byte >> 4) * 10 + (byte & 0x0f);
}

/** An hour to 24, of what was decoded; QEMU takes the half of the day from the time's own hour, for the alarm's, too. */
function hourOf(cmos: Uint8Array, hour: number): number {
  if (cmos[Register.B]! & B_24_HOURS) return hour;
  return (hour % 12) + (cmos[Register.HOURS]! & PM ? 12 : 0);
}

/** Seconds since 1970 of the time in the registers; of fields out of range what the same formula gives. */
export function readTime(cmos: Uint8Array): number {
  const field = (register: number): number => decoded(cmos, cmos[register]!);
  const hour = hourOf(cmos, decoded(cmos, cmos[Register.HOURS]! & ~PM));
  const year = field(Register.YEAR) + 100 * field(Register.CENTURY);
  const days = daysTo(year, field(Register.MONTH), field(Register.DAY_OF_MONTH));
  return SECONDS_PER_DAY * days + 3600 * hour + 60 * field(Register.MINUTES) + field(Register.SECONDS);
}

/** Days from 1970 to a date of the Gregorian calendar; years are counted from March, so that leap days are last. */
function daysTo(year: number, month: number, day: number): number {
  const [y, m] = month < 3 ? [year - 1, month + 12] : [year, month];
  const leapDays = Math.trunc(y / 4) - Math.trunc(y / 100) + Math.trunc(y / 400);
  return day + Math.trunc((153 * m - 457) / 5) + 365 * y + leapDays - 719_469;
}

/** Into the registers. */
export function writeTime(cmos: Uint8Array, seconds: number): void {
  const set = (register: number, value: number): void => void (cmos[register] = encoded(cmos, value));
  const days = Math.floor(seconds / SECONDS_PER_DAY);
  const rest = seconds - SECONDS_PER_DAY * days;
  const hour = Math.floor(rest / 3600);
  set(Register.SECONDS, rest % 60);
  set(Register.MINUTES, Math.floor(rest / 60) % 60);
  if (cmos[Register.B]! & B_24_HOURS) set(Register.HOURS, hour);
  else cmos[Register.HOURS] = encoded(cmos, hour % 12 || 12) | (hour < 12 ? 0 : PM);
  const { year, month, day } = dateOf(days);
  // 1970 began on a Thursday, the 5th day of a week.
  set(Register.DAY_OF_WEEK, ((((days + 4) % 7) + 7) % 7) + 1);
  set(Register.DAY_OF_MONTH, day);
  set(Register.MONTH, month);
  set(Register.YEAR, year % 100);
  set(Register.CENTURY, Math.trunc(year / 100));
}

/** The date so many days from 1970: cycles of 400 years, in them years that begin in March. */
function dateOf(days: number): { year: number; month: number; day: number } {
  const fromMarch = days + 719_468;
  const cycle = Math.floor(fromMarch / DAYS_PER_CYCLE);
  const inCycle = fromMarch - cycle * DAYS_PER_CYCLE;
  const leapDays = Math.floor(inCycle / 1460) - Math.floor(inCycle / 36_524) + Math.floor(inCycle / 146_096);
  const yearInCycle = Math.floor((inCycle - leapDays) / 365);
  const inYear = inCycle - (365 * yearInCycle + Math.floor(yearInCycle / 4) - Math.floor(yearInCycle / 100));
  const monthFromMarch = Math.floor((5 * inYear + 2) / 153);
  const month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9;
  return {
    year: 400 * cycle + yearInCycle + (month < 3 ? 1 : 0),
    month,
    day: inYear - Math.floor((153 * monthFromMarch + 2) / 5) + 1,
  };
}

/**
 * Seconds from the time in the registers to the next one that the alarm matches, 1 to 86,400. A time that is all that the alarm asks for
 * now is a day away, as in QEMU, though it may ask for any hour or minute.
 */
export function secondsToAlarm(cmos: Uint8Array): number {
  const [h, m, s] = [Register.HOURS, Register.MINUTES, Register.SECONDS].map((at) => decoded(cmos, cmos[at]!));
  const now = [hourOf(cmos, h! & 0xff), m!, s!] as const;
  const wanted = (register: number): number | undefined => {
    const value = decoded(cmos, cmos[register]!);
    return value === -1 ? undefined : value;
  };
  const hour = wanted(Register.HOURS_ALARM);
  const alarm = {
    hour: hour === undefined ? undefined : hourOf(cmos, hour),
    minute: wanted(Register.MINUTES_ALARM),
    second: wanted(Register.SECONDS_ALARM),
  };
  const away = nextMatch(now, alarm) - (3600 * now[0] + 60 * now[1] + now[2]);
  return away <= 0 ? away + SECONDS_PER_DAY : away;
}

interface Alarm {
  readonly hour: number | undefined;
  readonly minute: number | undefined;
  readonly second: number | undefined;
}

/** The second of the day: later in this minute, else in a later minute of this hour, else in another hour. */
function nextMatch([h, m, s]: readonly [number, number, number], { hour, minute, second }: Alarm): number {
  const of = (hours: number, minutes = 0, seconds = 0): number => 3600 * hours + 60 * minutes + seconds;
  if ((hour ?? h) === h) {
    const isNow = (minute ?? m) === m && second === s;
    const inMinute = second ?? s + 1;
    if (isNow || ((minute ?? m) === m && inMinute > s && inMinute < 60)) return of(h, m, inMinute);
    const inHour = minute ?? m + 1;
    if (inHour > m && inHour < 60) return of(h, inHour, second);
  }
  return of((hour ?? h + 1) % 24, minute, second);
}
