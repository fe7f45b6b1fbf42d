import type { Machine } from "../../machine/index.ts";
import type { LastWrite } from "../session/session.ts";
import type { Timeline } from "../session/timeline.ts";
import { lastHit } from "./last-hit.ts";
import { fromHere, type Travel } from "./travel.ts";
import type { Traveller } from "./traveller.ts";

/** RAM begins at a multiple of this. */
const ramAlignment = 2 ** 20;

/** Who wrote to these bytes of RAM last before here. The machine comes back to where it stands. */
export function lastWrite(
  travel: Travel,
  address: number,
  length: number,
): Promise<LastWrite | "none" | "interrupted"> {
  const { timeline, traveller, hits } = travel;
  return fromHere(travel, (here) =>
    hits.aside(async () => {
      try {
        return await findLastWrite(timeline, traveller, address, length);
      } finally {
        timeline.restore(here);
      }
    }),
  );
}

/** Leaves the machine anywhere in history, with its own watchpoint. */
async function findLastWrite(
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
  const found = await lastHit(timeline, traveller, { from: 0, to: machine.position }, false, async (high) => {
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
