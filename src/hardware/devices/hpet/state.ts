import { describeState, flag, group, ns, optional, type StateOf, u16, u64, u8 } from "../../state/index.ts";
import { ENABLED, LEGACY, TIMER_CAPABILITIES, TIMER_WRITABLE } from "./registers.ts";

const timer = group({
  configuration: u16({ powerOn: TIMER_CAPABILITIES, mask: TIMER_WRITABLE | TIMER_CAPABILITIES }),
  comparator: u64(2n ** 64n - 1n),
  /** What a periodic comparator is moved by. */
  period: u64(),
  /** Address and data of its messages, the data lower. */
  message: u64(),
  /** The next expiry is the wrap of 32 bits, not the comparator's. */
  wraps: flag(),
  expiryNs: optional(ns(), { padded: true }),
});

export const hpetState = describeState(
  "hpet",
  1,
  group({
    configuration: u8({ mask: ENABLED | LEGACY }),
    /** A bit per timer whose level-triggered interrupt is active. */
    status: u8({ mask: 7 }),
    /** While it stands. */
    counter: u64(),
    /** While it counts, modulo 2^64: nanoseconds that it is before virtual time. */
    offsetNs: u64(),
    /** The level of the clock's interrupt, which legacy replacement cuts off. */
    clock: flag(),
    timer0: timer,
    timer1: timer,
    timer2: timer,
  }),
);
export type HpetState = StateOf<typeof hpetState>;
export type HpetTimer = HpetState["timer0"];
