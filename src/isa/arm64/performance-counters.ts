import type { Emitter, Routine, Value } from "../index.ts";
import { state, type SystemSlot } from "./state.ts";
import { bitOf, readSystem, selectLevel, systemBit, writeSystem } from "./system-state.ts";

/**
 * PMUv3 with 6 event counters and the cycle counter (Arm ARM, chapter D7), counting what is deterministic: cycles are
 * virtual nanoseconds (1 GHz), instructions are the position. A counter that runs is kept as the difference to what it
 * counts; whatever starts or stops it converts. An overflow is noticed at the next change of anything here; where it
 * interrupts, the board is told how long that is from now at most, and calls `countersDue` then.
 */
export const EVENT_COUNTERS = 6;
export const CYCLE_COUNTER = 31;
/** Bit of each counter in the masks of PMCNTEN, PMOVS, PMINTEN. */
export const COUNTER_MASK = 0x8000_003fn;

const EVENT_INSTRUCTIONS = 0x08;
const EVENT_CYCLES = 0x11;

export const PMCR_RESET = 0x4103_3000n;
const PMCR_WRITABLE = 0xf9n;
const PMCR_RESET_EVENTS = 1;
const PMCR_RESET_CYCLES = 2;
const PMCR_DIVIDE = 3;
const PMCR_LONG_CYCLES = 6;

/** Bits of PMEVTYPERn and PMCCFILTR: not counted at EL1, at EL0. */
const FILTERS = 0xc000_0000n;
const FILTER_EL0 = 30;

export interface Counter {
  readonly bit: number;
  readonly value: SystemSlot;
  readonly type: SystemSlot;
}
export const eventCounters = Array.from({ length: EVENT_COUNTERS }, (_, n): Counter => ({
  bit: n,
  value: `PMEVCNTR${n}_EL0` as SystemSlot,
  type: `PMEVTYPER${n}_EL0` as SystemSlot,
}));
export const cycleCounter: Counter = { bit: CYCLE_COUNTER, value: "PMCCNTR_EL0", type: "PMCCFILTR_EL0" };
export const counters = [...eventCounters, cycleCounter];

const isCycles = ({ bit }: Counter): boolean => bit === CYCLE_COUNTER;

/** PMCR_EL0.D counts every 64th cycle, in the short counter alone: how far to shift (i64). */
function divider(e: Emitter): Value {
  const long = systemBit(e, "PMCR_EL0", PMCR_LONG_CYCLES);
  return e.select(e.and(32, systemBit(e, "PMCR_EL0", PMCR_DIVIDE), e.eqz(32, long)), e.i64(6), e.i64(0));
}

export const counts = (e: Emitter, { type }: Counter, event: number): Value =>
  e.eq(64, e.and(64, readSystem(e, type), e.i64(0xffff)), e.i64(event));

/** How much later than the beginning of the step in execution: i64. */
interface Later {
  readonly ns: Value;
  readonly instructions: Value;
}

/** What a running counter counts, as a total since power-on (i64). */
function total(e: Emitter, counter: Counter, later?: Later): Value {
  const ns = later ? e.add(64, e.virtualTimeNs(), later.ns) : e.virtualTimeNs();
  if (isCycles(counter)) return e.shrU(64, ns, divider(e));
  const instructions = later ? e.add(64, e.position(), later.instructions) : e.position();
  const cycles = e.select(counts(e, counter, EVENT_CYCLES), ns, e.i64(0));
  return e.select(counts(e, counter, EVENT_INSTRUCTIONS), instructions, cycles);
}

/** Whether a counter is on, at whatever level (i32). */
const enabled = (e: Emitter, { bit }: Counter): Value =>
  e.and(32, systemBit(e, "PMCR_EL0", 0), systemBit(e, "PMCNTEN", bit));

export function running(e: Emitter, counter: Counter): Value {
  const filter = e.add(64, e.zeroExtend(64, e.read(state.el)), e.i64(FILTER_EL0));
  const filtered = e.wrap(e.and(64, e.shrU(64, readSystem(e, counter.type), filter), e.i64(1)));
  return e.and(32, enabled(e, counter), e.eqz(32, filtered));
}

/** The total while the counter runs, else 0: what its slot is relative to. */
function origin(e: Emitter, counter: Counter, later?: Later): Value {
  return e.select(running(e, counter), total(e, counter, later), e.i64(0));
}

/** The value with what has overflowed and was not noticed yet: event counters have 32 bits. */
const wideValue = (e: Emitter, counter: Counter, later?: Later): Value =>
  e.add(64, readSystem(e, counter.value), origin(e, counter, later));

export function readCounter(e: Emitter, counter: Counter): Value {
  const value = wideValue(e, counter);
  return isCycles(counter) ? value : e.and(64, value, e.i64(0xffff_ffff));
}

export function writeCounter(e: Emitter, counter: Counter, value: Value): void {
  const narrow = isCycles(counter) ? value : e.and(64, value, e.i64(0xffff_ffff));
  writeSystem(e, counter.value, e.sub(64, narrow, origin(e, counter)));
  if (isCycles(counter)) writeSystem(e, "PMCCSEEN", narrow);
}

/** (): notices overflows, in PMOVS. */
export const countersOverflow: Routine<Emitter> = {
  name: "countersOverflow",
  params: [],
  result: undefined,
  body(e) {
    const long = systemBit(e, "PMCR_EL0", PMCR_LONG_CYCLES);
    const high = (value: Value): Value => e.shrU(64, value, 32);
    for (const counter of counters) {
      const value = wideValue(e, counter);
      const seen = readSystem(e, "PMCCSEEN");
      const overflown = isCycles(counter)
        ? e.select(long, e.ltU(64, value, seen), e.ne(64, high(value), high(seen)))
        : e.ne(64, high(value), e.i64(0));
      e.if(overflown, () => {
        writeSystem(e, "PMOVS", e.or(64, readSystem(e, "PMOVS"), e.i64(1n << BigInt(counter.bit))));
        writeCounter(e, counter, value);
      });
      if (isCycles(counter)) writeSystem(e, "PMCCSEEN", value);
    }
  },
};

/** Nanoseconds that stand for never (i64). */
const NEVER = -1;
/** So far away that it need not be told: 2^51 counts. */
const FAR = 51;

/** `countersFiltered`, from the registers. */
export function updateCounterFilter(e: Emitter): void {
  const filtered = counters.map((counter) => {
    const filters = e.ne(64, e.and(64, readSystem(e, counter.type), e.i64(FILTERS)), e.i64(0));
    return e.and(32, enabled(e, counter), filters);
  });
  e.write(
    state.countersFiltered,
    filtered.reduce((a, b) => e.or(32, a, b)),
  );
}

/** (): tells the board the level of the interrupt, and how many cycles and instructions it is to the next overflow at least. */
const countersChanged: Routine<Emitter> = {
  name: "countersChanged",
  params: [],
  result: undefined,
  body(e) {
    const interrupting = readSystem(e, "PMINTEN");
    const cycles = e.variable(e.i64(NEVER));
    const instructions = e.variable(e.i64(NEVER));
    const atMost = (nearest: typeof cycles, left: Value): void => {
      // As unsigned numbers, never is the farthest; none left of 2^64 counts are 2^64.
      const near = e.and(32, e.ltU(64, left, e.i64(2 ** FAR)), e.ne(64, left, e.i64(0)));
      e.if(e.and(32, near, e.ltU(64, left, e.get(nearest))), () => e.set(nearest, left));
    };
    for (const counter of counters) {
      e.if(e.and(32, running(e, counter), bitOf(e, interrupting, counter.bit)), () => {
        const value = readCounter(e, counter);
        const short = e.sub(64, e.i64(2 ** 32), e.and(64, value, e.i64(0xffff_ffff)));
        if (isCycles(counter)) {
          const long = e.sub(64, e.i64(0), value);
          const left = e.select(systemBit(e, "PMCR_EL0", PMCR_LONG_CYCLES), long, short);
          const end = e.shl(64, e.add(64, total(e, counter), left), divider(e));
          atMost(cycles, e.sub(64, end, e.virtualTimeNs()));
          return;
        }
        e.if(counts(e, counter, EVENT_CYCLES), () => atMost(cycles, short));
        e.if(counts(e, counter, EVENT_INSTRUCTIONS), () => atMost(instructions, short));
      });
    }
    updateCounterFilter(e);
    const pending = e.ne(64, e.and(64, interrupting, readSystem(e, "PMOVS")), e.i64(0));
    const level = e.and(32, systemBit(e, "PMCR_EL0", 0), pending);
    e.host("countersChanged", level, e.get(cycles), e.get(instructions));
  },
};

/** (): an overflow may be due. */
export const countersDue: Routine<Emitter> = {
  name: "countersDue",
  params: [],
  result: undefined,
  body(e) {
    e.call(countersOverflow);
    e.call(countersChanged);
  },
};

/** (level i32, retires i32): moves to an exception level while counters are filtered by it. */
const countersChangeLevel: Routine<Emitter> = {
  name: "countersChangeLevel",
  params: ["i32", "i32"],
  result: undefined,
  body(e, level, retires) {
    e.call(countersOverflow);
    const instructions = e.zeroExtend(64, retires!);
    const later = { ns: e.mul(64, instructions, e.host("instructionNs")), instructions };
    const values = counters.map((counter) => wideValue(e, counter, later));
    e.write(state.el, level!);
    counters.forEach((counter, i) => writeSystem(e, counter.value, e.sub(64, values[i]!, origin(e, counter, later))));
    e.call(countersChanged);
  },
};

/** Moves to another exception level (i32, 0 or 1). An instruction that retires with that counts at the one it came from. */
export function changeLevel(e: Emitter, level: Value, retires: boolean): void {
  e.if(e.read(state.countersFiltered), () => e.call(countersChangeLevel, level, e.i32(retires ? 1 : 0)));
  selectLevel(e, level);
}

/** Changes what decides about counting, keeping the values of the counters. */
export function reconfigure(e: Emitter, affected: readonly Counter[], change: () => void): void {
  e.call(countersOverflow);
  const values = affected.map((counter) => readCounter(e, counter));
  change();
  affected.forEach((counter, i) => writeCounter(e, counter, values[i]!));
  e.call(countersChanged);
}

/** Changes counters, or what is done about their overflow. */
export function update(e: Emitter, change: () => void): void {
  reconfigure(e, [], change);
}

export function writeControl(e: Emitter, value: Value): void {
  reconfigure(e, counters, () =>
    writeSystem(e, "PMCR_EL0", e.or(64, e.and(64, value, e.i64(PMCR_WRITABLE)), e.i64(PMCR_RESET))),
  );
  update(e, () => {
    e.if(bitOf(e, value, PMCR_RESET_EVENTS), () =>
      eventCounters.forEach((counter) => writeCounter(e, counter, e.i64(0))),
    );
    e.if(bitOf(e, value, PMCR_RESET_CYCLES), () => writeCounter(e, cycleCounter, e.i64(0)));
  });
}
