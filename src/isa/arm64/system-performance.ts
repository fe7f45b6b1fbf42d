import type { Routine, Value } from "../index.ts";
import type { A64 } from "./emitter.ts";
import { state, type SystemSlot } from "./state.ts";
import { bitOf, readSystem, selectLevel, systemBit, writeSystem } from "./system-state.ts";
import type { Encoding, Gate, SystemRegister } from "./system-registers.ts";

/**
 * PMUv3 with 6 event counters and the cycle counter (Arm ARM, chapter D7), counting what is deterministic: cycles are
 * virtual nanoseconds (1 GHz), instructions are the position. A counter that runs is kept as the difference to what it
 * counts; whatever starts or stops it converts. An overflow is noticed at the next change of anything here; where it
 * interrupts, the board is told how long that is from now at most, and calls `countersDue` then.
 */
const EVENT_COUNTERS = 6;
const CYCLE_COUNTER = 31;
/** Bit of each counter in the masks of PMCNTEN, PMOVS, PMINTEN. */
const COUNTER_MASK = 0x8000_003fn;
const EVENT_TYPE_MASK = 0xfe00_ffffn;

const EVENT_INCREMENT = 0x00;
const EVENT_INSTRUCTIONS = 0x08;
const EVENT_CYCLES = 0x11;
/** SW_INCR, INST_RETIRED, CPU_CYCLES. */
const COMMON_EVENTS = 0x2_0101n;

const PMCR_RESET = 0x4103_3000n;
const PMCR_WRITABLE = 0xf9n;
const PMCR_RESET_EVENTS = 1;
const PMCR_RESET_CYCLES = 2;
const PMCR_DIVIDE = 3;
const PMCR_LONG_CYCLES = 6;

/** Bits of PMEVTYPERn and PMCCFILTR: not counted at EL1, at EL0. */
const FILTERS = 0xc000_0000n;
const FILTER_EL0 = 30;

/** PMUSERENR_EL0.EN, or another bit of it that is enough for this access. */
const user =
  (...bits: number[]): Gate =>
  (e) =>
    [0, ...bits].map((bit) => systemBit(e, "PMUSERENR_EL0", bit)).reduce((a, b) => e.or(32, a, b));
const userCycles = user(2);
const userEvents = user(3);

interface Counter {
  readonly bit: number;
  readonly value: SystemSlot;
  readonly type: SystemSlot;
}
const eventCounters = Array.from({ length: EVENT_COUNTERS }, (_, n): Counter => ({
  bit: n,
  value: `PMEVCNTR${n}_EL0` as SystemSlot,
  type: `PMEVTYPER${n}_EL0` as SystemSlot,
}));
const cycleCounter: Counter = { bit: CYCLE_COUNTER, value: "PMCCNTR_EL0", type: "PMCCFILTR_EL0" };
const counters = [...eventCounters, cycleCounter];

const isCycles = ({ bit }: Counter): boolean => bit === CYCLE_COUNTER;

/** PMCR_EL0.D counts every 64th cycle, in the short counter alone: how far to shift (i64). */
function divider(e: A64): Value {
  const long = systemBit(e, "PMCR_EL0", PMCR_LONG_CYCLES);
  return e.select(e.and(32, systemBit(e, "PMCR_EL0", PMCR_DIVIDE), e.eqz(32, long)), e.i64(6), e.i64(0));
}

const counts = (e: A64, { type }: Counter, event: number): Value =>
  e.eq(64, e.and(64, readSystem(e, type), e.i64(0xffff)), e.i64(event));

/** How much later than the beginning of the step in execution: i64. */
interface Later {
  readonly ns: Value;
  readonly instructions: Value;
}

/** What a running counter counts, as a total since power-on (i64). */
function total(e: A64, counter: Counter, later?: Later): Value {
  const ns = later ? e.add(64, e.virtualTimeNs(), later.ns) : e.virtualTimeNs();
  if (isCycles(counter)) return e.shrU(64, ns, divider(e));
  const instructions = later ? e.add(64, e.position(), later.instructions) : e.position();
  const cycles = e.select(counts(e, counter, EVENT_CYCLES), ns, e.i64(0));
  return e.select(counts(e, counter, EVENT_INSTRUCTIONS), instructions, cycles);
}

/** Whether a counter is on, at whatever level (i32). */
const enabled = (e: A64, { bit }: Counter): Value =>
  e.and(32, systemBit(e, "PMCR_EL0", 0), systemBit(e, "PMCNTEN", bit));

function running(e: A64, counter: Counter): Value {
  const filter = e.add(64, e.zeroExtend(64, e.read(state.el)), e.i64(FILTER_EL0));
  const filtered = e.wrap(e.and(64, e.shrU(64, readSystem(e, counter.type), filter), e.i64(1)));
  return e.and(32, enabled(e, counter), e.eqz(32, filtered));
}

/** The total while the counter runs, else 0: what its slot is relative to. */
function origin(e: A64, counter: Counter, later?: Later): Value {
  return e.select(running(e, counter), total(e, counter, later), e.i64(0));
}

/** The value with what has overflowed and was not noticed yet: event counters have 32 bits. */
const wideValue = (e: A64, counter: Counter, later?: Later): Value =>
  e.add(64, readSystem(e, counter.value), origin(e, counter, later));

function readCounter(e: A64, counter: Counter): Value {
  const value = wideValue(e, counter);
  return isCycles(counter) ? value : e.and(64, value, e.i64(0xffff_ffff));
}

function writeCounter(e: A64, counter: Counter, value: Value): void {
  const narrow = isCycles(counter) ? value : e.and(64, value, e.i64(0xffff_ffff));
  writeSystem(e, counter.value, e.sub(64, narrow, origin(e, counter)));
  if (isCycles(counter)) writeSystem(e, "PMCCSEEN", narrow);
}

/** (): notices overflows, in PMOVS. */
const countersOverflow: Routine<A64> = {
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
export function updateCounterFilter(e: A64): void {
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
const countersChanged: Routine<A64> = {
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
export const countersDue: Routine<A64> = {
  name: "countersDue",
  params: [],
  result: undefined,
  body(e) {
    e.call(countersOverflow);
    e.call(countersChanged);
  },
};

/** (level i32, retires i32): moves to an exception level while counters are filtered by it. */
const countersChangeLevel: Routine<A64> = {
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
export function changeLevel(e: A64, level: Value, retires: boolean): void {
  e.if(e.read(state.countersFiltered), () => e.call(countersChangeLevel, level, e.i32(retires ? 1 : 0)));
  selectLevel(e, level);
}

/** Changes what decides about counting, keeping the values of the counters. */
function reconfigure(e: A64, affected: readonly Counter[], change: () => void): void {
  e.call(countersOverflow);
  const values = affected.map((counter) => readCounter(e, counter));
  change();
  affected.forEach((counter, i) => writeCounter(e, counter, values[i]!));
  e.call(countersChanged);
}

/** Changes counters, or what is done about their overflow. */
function update(e: A64, change: () => void): void {
  reconfigure(e, [], change);
}

function writeControl(e: A64, value: Value): void {
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

/** A pair of registers that set and clear bits of one mask. */
function setAndClear(
  slot: "PMCNTEN" | "PMINTEN" | "PMOVS",
  set: readonly [string, Encoding],
  clear: readonly [string, Encoding],
  gate?: Gate,
): SystemRegister[] {
  const change = (e: A64, next: (old: Value) => Value): void => {
    const write = (): void => writeSystem(e, slot, next(readSystem(e, slot)));
    reconfigure(e, slot === "PMCNTEN" ? counters : [], write);
  };
  const access = gate && { el0Read: gate, el0Write: gate };
  const read = (e: A64): Value => {
    if (slot === "PMOVS") e.call(countersOverflow);
    return readSystem(e, slot);
  };
  const valid = (e: A64, value: Value): Value => e.and(64, value, e.i64(COUNTER_MASK));
  return [
    {
      name: set[0],
      encoding: set[1],
      ...access,
      read,
      write: (e, v) => change(e, (old) => e.or(64, old, valid(e, v))),
    },
    {
      name: clear[0],
      encoding: clear[1],
      ...access,
      read,
      write: (e, v) => change(e, (old) => e.and(64, old, e.not(64, valid(e, v)))),
    },
  ];
}

function writeType(e: A64, counter: Counter, value: Value): void {
  const mask = counter.bit === CYCLE_COUNTER ? 0xfc00_0000n : EVENT_TYPE_MASK;
  reconfigure(e, [counter], () => writeSystem(e, counter.type, e.and(64, value, e.i64(mask))));
}

function eventRegister(n: number): SystemRegister[] {
  const counter = eventCounters[n]!;
  return [
    {
      name: counter.value,
      encoding: [3, 3, 14, 8, n],
      el0Read: userEvents,
      el0Write: user(),
      read: (e) => readCounter(e, counter),
      write: (e, value) => update(e, () => writeCounter(e, counter, value)),
    },
    {
      name: counter.type,
      encoding: [3, 3, 14, 12, n],
      el0Read: user(),
      el0Write: user(),
      read: (e) => readSystem(e, counter.type),
      write: (e, value) => writeType(e, counter, value),
    },
  ];
}

/** Does something with the counter that PMSELR_EL0 selects. */
function selected(e: A64, choices: readonly Counter[], act: (counter: Counter) => void): void {
  const selection = readSystem(e, "PMSELR_EL0");
  for (const counter of choices) e.if(e.eq(64, selection, e.i64(counter.bit)), () => act(counter));
}

function readSelected(e: A64, choices: readonly Counter[], read: (counter: Counter) => Value): Value {
  const value = e.variable(e.i64(0));
  selected(e, choices, (counter) => e.set(value, read(counter)));
  return e.get(value);
}

/** SW_INCR: every running counter of event 0 in the mask goes up. */
function softwareIncrement(e: A64, mask: Value): void {
  update(e, () => {
    for (const counter of eventCounters) {
      const chosen = e.and(32, bitOf(e, mask, counter.bit), running(e, counter));
      // The 33rd bit is an overflow, to be noticed.
      e.if(e.and(32, chosen, counts(e, counter, EVENT_INCREMENT)), () =>
        writeSystem(e, counter.value, e.add(64, readSystem(e, counter.value), e.i64(1))),
      );
    }
    e.call(countersOverflow);
  });
}

export const performanceRegisters: readonly SystemRegister[] = [
  {
    name: "PMCR_EL0",
    encoding: [3, 3, 9, 12, 0],
    slot: "PMCR_EL0",
    reset: PMCR_RESET,
    el0Read: user(),
    el0Write: user(),
    read: (e) => readSystem(e, "PMCR_EL0"),
    write: writeControl,
  },
  ...setAndClear("PMCNTEN", ["PMCNTENSET_EL0", [3, 3, 9, 12, 1]], ["PMCNTENCLR_EL0", [3, 3, 9, 12, 2]], user()),
  ...setAndClear("PMOVS", ["PMOVSSET_EL0", [3, 3, 9, 14, 3]], ["PMOVSCLR_EL0", [3, 3, 9, 12, 3]], user()),
  ...setAndClear("PMINTEN", ["PMINTENSET_EL1", [3, 0, 9, 14, 1]], ["PMINTENCLR_EL1", [3, 0, 9, 14, 2]]),
  { name: "PMSWINC_EL0", encoding: [3, 3, 9, 12, 4], el0Write: user(1), write: softwareIncrement },
  {
    name: "PMSELR_EL0",
    encoding: [3, 3, 9, 12, 5],
    slot: "PMSELR_EL0",
    el0Read: userEvents,
    el0Write: userEvents,
    read: (e) => readSystem(e, "PMSELR_EL0"),
    write: (e, value) => writeSystem(e, "PMSELR_EL0", e.and(64, value, e.i64(0x1f))),
  },
  { name: "PMCEID0_EL0", encoding: [3, 3, 9, 12, 6], el0Read: user(), read: (e) => e.i64(COMMON_EVENTS) },
  { name: "PMCEID1_EL0", encoding: [3, 3, 9, 12, 7], el0Read: user(), read: (e) => e.i64(0) },
  {
    name: "PMCCNTR_EL0",
    encoding: [3, 3, 9, 13, 0],
    el0Read: userCycles,
    el0Write: user(),
    read: (e) => readCounter(e, cycleCounter),
    write: (e, value) => update(e, () => writeCounter(e, cycleCounter, value)),
  },
  {
    name: "PMXEVTYPER_EL0",
    encoding: [3, 3, 9, 13, 1],
    el0Read: user(),
    el0Write: user(),
    read: (e) => readSelected(e, counters, (counter) => readSystem(e, counter.type)),
    write: (e, value) => selected(e, counters, (counter) => writeType(e, counter, value)),
  },
  {
    name: "PMXEVCNTR_EL0",
    encoding: [3, 3, 9, 13, 2],
    el0Read: userEvents,
    el0Write: user(),
    read: (e) => readSelected(e, eventCounters, (counter) => readCounter(e, counter)),
    write: (e, value) => update(e, () => selected(e, eventCounters, (counter) => writeCounter(e, counter, value))),
  },
  {
    name: "PMUSERENR_EL0",
    encoding: [3, 3, 9, 14, 0],
    slot: "PMUSERENR_EL0",
    el0Read: (e) => e.i32(1),
    read: (e) => readSystem(e, "PMUSERENR_EL0"),
    write: (e, value) => writeSystem(e, "PMUSERENR_EL0", e.and(64, value, e.i64(0xf))),
  },
  ...Array.from({ length: EVENT_COUNTERS }, (_, n) => eventRegister(n)).flat(),
  {
    name: "PMCCFILTR_EL0",
    encoding: [3, 3, 14, 15, 7],
    el0Read: user(),
    el0Write: user(),
    read: (e) => readSystem(e, "PMCCFILTR_EL0"),
    write: (e, value) => writeType(e, cycleCounter, value),
  },
];
