import type { Machine } from "../../machine/index.ts";
import type { LastWrite } from "../session/session.ts";
import type { Timeline } from "../session/timeline.ts";
import type { Motion, Traveller } from "./traveller.ts";

/** Shorter ways are run again as well. */
const instructionsWorthKeeping = 2 ** 16;
/** RAM begins at a multiple of this. */
const ramAlignment = 2 ** 20;

/** Goes to the first position up to `end` at which `ns` have passed, or to `end`. */
export async function goToTime(timeline: Timeline, traveller: Traveller, ns: number, end: number): Promise<Motion> {
  const { all } = timeline.snapshots;
  let low = all.findLast(({ virtualNs }) => virtualNs < ns)?.position ?? 0;
  let high = all.find(({ virtualNs }) => virtualNs >= ns)?.position ?? end;
  // Idle time passes within a step, so that halving is the only way.
  while (low < high) {
    const middle = low + Math.floor((high - low) / 2);
    const motion = await traveller.goTo(middle);
    if (motion.kind !== "position") return motion;
    if (timeline.machine.nowNs >= ns) high = middle;
    else {
      low = middle + 1;
      if (high - low > instructionsWorthKeeping) timeline.takeSnapshot();
    }
  }
  return traveller.goTo(low);
}

/** Who wrote to these bytes of RAM last before here. Leaves the machine anywhere in history, with its own watchpoint. */
export async function findLastWrite(
  timeline: Timeline,
  traveller: Traveller,
  address: number,
  length: number,
): Promise<LastWrite | "none" | "interrupted"> {
  const { machine, memory, history } = timeline;
  const offset = address - ramBase(machine);
  const first = Math.floor(offset / machine.pages.pageBytes);
  const last = Math.floor((offset + length - 1) / machine.pages.pageBytes);
  machine.setBreakpoints(new Set());
  machine.setWatchpoints([{ kind: "write", physical: true, address: BigInt(address), length }]);
  const { snapshots } = timeline;
  const found = await traveller.lastHit({ from: 0, to: machine.position }, false, async (high) => {
    await traveller.warm(high - 1);
    const [from, to] = [snapshots.nearest(high - 1), snapshots.at(high)];
    for (let page = first; page <= last; page++) if (!to || !memory.unwritten(page, from.root, to.root)) return high;
    return from.position;
  });
  if (found === "none" || found === "interrupted") return found;
  const position = found.position - 1;
  const motion = await traveller.goTo(position);
  if (motion.kind !== "position") return "interrupted";
  const [pc, before] = [machine.pc, machine.readPhysical(address, length)!];
  timeline.advance(found.position, { kind: "ignore" });
  const edited = history.inputsAt(position).some(({ input }) => input.kind === "write-memory");
  const by = !found.hit?.byHost ? "instruction" : edited ? "debugger" : "device";
  return { position, pc, by, before, after: machine.readPhysical(address, length)! };
}

/** Physical address of RAM's first page. */
function ramBase(machine: Machine): number {
  let base = 0;
  while (!machine.readPhysical(base, 1)) base += ramAlignment;
  return base;
}
