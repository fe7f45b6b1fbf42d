import { hex } from "../../base/index.ts";
import { instructionAt, type Machine } from "../../machine/index.ts";
import type { Replay } from "./replay.ts";

/** One step that two replays make differently. */
export interface Difference {
  /** Their states are equal here, and differ one step later. */
  readonly position: number;
  readonly pc: bigint;
  /** The instruction at pc, where it can be read. */
  readonly instruction: string | undefined;
  /** One line for each register, page or device state that differs afterwards: "x3: 01… / 02…". */
  readonly differences: readonly string[];
}

const mostPages = 8;

/**
 * The first step in good..bad after which two replays differ, by halving; undefined when they are equal at `bad` too.
 * They are equal at `good`. A replay that gets no further counts as different.
 */
export async function firstDifference(
  one: Replay,
  other: Replay,
  good: number,
  bad: number,
): Promise<Difference | undefined> {
  const differ = async (position: number): Promise<boolean> =>
    (await one.hashAt(position)) !== (await other.hashAt(position));
  if (bad <= good || !(await differ(bad))) return undefined;
  while (bad - good > 1) {
    const middle = good + Math.floor((bad - good) / 2);
    if (await differ(middle)) bad = middle;
    else good = middle;
  }
  await Promise.all([one.failure(good), other.failure(good)]);
  const { pc, debug } = one.chronicle.machine;
  const { text: instruction } =
    instructionAt(debug, pc, (at, length) => one.chronicle.machine.readVirtual(at, length)) ?? {};
  await one.failure(bad);
  await other.failure(bad);
  return {
    position: good,
    pc,
    instruction,
    differences: differences(one.chronicle.machine, other.chronicle.machine),
  };
}

function differences(a: Machine, b: Machine): string[] {
  if (a.position !== b.position) return [`position: ${a.position} / ${b.position}`];
  const found: string[] = [];
  for (const { name, number } of a.debug.registers) {
    const [left, right] = [a, b].map(({ debug }) => hex(debug.readRegister(number).slice().reverse()));
    if (left !== right) found.push(`${name}: ${left} / ${right}`);
  }
  if (found.length === 0 && hex(a.save()) !== hex(b.save())) found.push("system registers or devices");
  for (let page = 0, pages = 0; page < a.pages.count && pages < mostPages; page++) {
    const [left, right] = [a.pages.view(page), b.pages.view(page)];
    const at = left.findIndex((byte, index) => byte !== right[index]);
    if (at < 0) continue;
    pages++;
    const bytes = [left, right].map((view) => hex(view.slice(at, at + 16)));
    found.push(`RAM + 0x${(page * a.pages.pageBytes + at).toString(16)}: ${bytes.join(" / ")}`);
  }
  return found;
}
