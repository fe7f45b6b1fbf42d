import type { Value } from "../index.ts";
import type { A64 } from "./emitter.ts";
import { bitOf, readSystem, systemBit, writeSystem } from "./system-state.ts";
import type { Encoding, Gate, SystemRegister } from "./system-register.ts";
import {
  EVENT_COUNTERS,
  CYCLE_COUNTER,
  COUNTER_MASK,
  PMCR_RESET,
  type Counter,
  eventCounters,
  cycleCounter,
  counters,
  counts,
  running,
  readCounter,
  writeCounter,
  countersOverflow,
  reconfigure,
  update,
  writeControl,
} from "./performance-counters.ts";

const EVENT_TYPE_MASK = 0xfe00_ffffn;
const EVENT_INCREMENT = 0x00;
/** SW_INCR, INST_RETIRED, CPU_CYCLES. */
const COMMON_EVENTS = 0x2_0101n;

/** PMUSERENR_EL0.EN, or another bit of it that is enough for this access. */
const user =
  (...bits: number[]): Gate =>
  (e) =>
    [0, ...bits].map((bit) => systemBit(e, "PMUSERENR_EL0", bit)).reduce((a, b) => e.or(32, a, b));
const userCycles = user(2);
const userEvents = user(3);

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
