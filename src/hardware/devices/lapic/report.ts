import { hexDigits } from "../../../base/index.ts";
import {
  Delivery,
  DELIVERY_SHIFT,
  ICR_ASSERT,
  ICR_LEVEL,
  ICR_LOGICAL,
  ICR_SHORTHAND_SHIFT,
  Lvt,
  LVT_LEVEL,
  LVT_MASKED,
  LVT_PERIODIC,
  Model,
  SVR_ENABLED,
} from "./registers.ts";
import type { LapicState } from "./state.ts";
import { has } from "./vectors.ts";

const LVT_PENDING = 1 << 12;
const LVT_ACTIVE_LOW = 1 << 13;
const SVR_FOCUS = 1 << 9;
const DELIVERY_NAMES = ["Fixed", "LowPri", "SMI", "...", "NMI", "INIT", "SIPI", "ExtINT"];
const SHORTHAND_NAMES = ["no-shorthand", "self", "all-self", "all"];
/** In the order in which they are shown. */
const ENTRIES = [
  ["LVT0", Lvt.LINT0],
  ["LVT1", Lvt.LINT1],
  ["LVTPC", Lvt.PERFORMANCE],
  ["LVTERR", Lvt.ERROR],
  ["LVTTHMR", Lvt.THERMAL],
  ["LVTT", Lvt.TIMER],
] as const;

/** Computed of the state and the time. */
interface Computed {
  readonly currentCount: number;
  readonly processorPriority: number;
}

/** What QEMU's `info lapic` shows. */
export function report(state: LapicState, { currentCount, processorPriority }: Computed): string {
  const { divide, esr, icr, initialCount, isr, irr, logicalId, lvt, model, svr, tmr, tpr } = state;
  const by = 2 ** (((divide & 3) + ((divide & 8) >> 1) + 1) & 7);
  const hex = (value: number, digits: number): string => `0x${hexDigits(value, digits)}`;
  return [
    "dumping local APIC state for CPU 0 \n",
    ...ENTRIES.map(([name, entry]) => `${name}\t ${describeEntry(lvt[entry]!, entry === Lvt.TIMER)}`),
    `Timer\t DCR=0x${divide.toString(16)} (divide by ${by}) initial_count = ${initialCount} current_count = ${currentCount}`,
    `SPIV\t ${hex(svr, 8)} APIC ${svr & SVR_ENABLED ? "enabled" : "disabled"}, focus=${svr & SVR_FOCUS ? "on" : "off"}, spurious vec ${svr & 0xff}`,
    `ICR\t ${hex(icr[0]!, 8)} ${describeCommand(icr[0]!)}`,
    `ICR2\t ${hex(icr[1]!, 8)}${describeTarget(icr[0]!, icr[1]!, model === Model.FLAT)}`,
    `ESR\t ${hex(esr, 8)}`,
    `ISR\t ${vectorsIn(isr, tmr)}`,
    `IRR\t ${vectorsIn(irr, tmr)}`,
    "",
    `APR 0x00 TPR ${hex(tpr, 2)} DFR ${hex(model, 2)} LDR ${hex(logicalId, 2)} PPR ${hex(processorPriority, 2)}\n`,
  ].join("\n");
}

function describeEntry(entry: number, isTimer: boolean): string {
  const delivery = (entry >> DELIVERY_SHIFT) & 7;
  const words = [
    `0x${hexDigits(entry, 8)}`,
    entry & LVT_ACTIVE_LOW ? "active-lo" : "active-hi",
    (entry & LVT_LEVEL ? "level" : "edge").padEnd(5),
    (entry & LVT_MASKED ? "masked" : "").padEnd(6),
    (entry & LVT_PENDING ? "pending" : "").padEnd(7),
    (isTimer ? (entry & LVT_PERIODIC ? "periodic" : "one-shot") : "").padEnd(12),
    DELIVERY_NAMES[delivery]!.padEnd(6),
    ...(delivery === Delivery.NMI ? [] : [`(vec ${entry & 0xff})`]),
  ];
  return words.join(" ");
}

function describeCommand(low: number): string {
  return [
    low & ICR_LOGICAL ? "logical" : "physical",
    low & ICR_LEVEL ? "level" : "edge",
    low & ICR_ASSERT ? "assert" : "de-assert",
    SHORTHAND_NAMES[(low >> ICR_SHORTHAND_SHIFT) & 3]!,
  ].join(" ");
}

/** Whom a command without a shorthand names. */
function describeTarget(low: number, high: number, isFlat: boolean): string {
  const target = high >>> 24;
  const mask = (value: number, bits: number): string => value.toString(2).padStart(bits, "0");
  if ((low >> ICR_SHORTHAND_SHIFT) & 3) return "";
  if (!(low & ICR_LOGICAL)) return ` cpu ${target} (APIC ID)`;
  return isFlat
    ? ` mask ${mask(target, 8)} (APIC ID)`
    : ` cluster ${target >> 4} mask ${mask(target & 15, 4)} (APIC ID)`;
}

function vectorsIn(set: Uint32Array, levels: Uint32Array): string {
  const vectors = Array.from({ length: 256 }, (_, vector) => vector).filter((vector) => has(set, vector));
  return vectors.length === 0
    ? "(none)"
    : vectors.map((vector) => `${vector}${has(levels, vector) ? " (level)" : ""} `).join("");
}
