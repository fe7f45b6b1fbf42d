import type { Machine } from "../../machine/index.ts";
import type { LastWrite } from "../session/session.ts";
import type { Chronicle } from "../session/chronicle.ts";
import { lastHit } from "./last-hit.ts";
import { fromHere, type Travel } from "./travel.ts";
import type { Traveller } from "./traveller.ts";

/** Who wrote to these bytes of RAM last before here. The machine comes back to where it stands. */
export function lastWrite(
  travel: Travel,
  address: number,
  length: number,
): Promise<LastWrite | "none" | "interrupted"> {
  const { chronicle, traveller, hits } = travel;
  return fromHere(travel, (here) =>
    hits.aside(async () => {
      try {
        return await findLastWrite(chronicle, traveller, address, length);
      } finally {
        chronicle.restore(here);
      }
    }),
  );
}

/** Leaves the machine anywhere in history, with its own watchpoint. */
async function findLastWrite(
  chronicle: Chronicle,
  traveller: Traveller,
  address: number,
  length: number,
): Promise<LastWrite | "none" | "interrupted"> {
  const { machine, memory, history } = chronicle;
  const pages = pagesOf(machine, address, length);
  machine.setBreakpoints(new Set());
  machine.setWatchpoints([{ kind: "write", physical: true, address: BigInt(address), length }]);
  const { snapshots } = chronicle;
  const found = await lastHit(
    chronicle,
    traveller,
    { from: 0, to: machine.position },
    { pass: false, reported: false },
    async (high) => {
      await traveller.warm(high - 1);
      const [from, to] = [snapshots.nearest(high - 1), snapshots.at(high)];
      return !to || pages.some((page) => !memory.unwritten(page, from.root, to.root)) ? high : from.position;
    },
  );
  if (found === "none" || found === "interrupted") return found;
  const position = found.position - 1;
  const motion = await traveller.goTo(position);
  if (motion.kind !== "position") return "interrupted";
  const [pc, before] = [machine.pc, machine.readPhysical(address, length)!];
  await chronicle.ready(found.position);
  chronicle.advance(found.position, { kind: "ignore" });
  const edited = history.inputsAt(position).some(({ input }) => input.kind === "write-memory");
  const by = !found.hit?.byHost ? "instruction" : edited ? "debugger" : "device";
  return { position, pc, by, before, after: machine.readPhysical(address, length)! };
}

/** The pages of memory that bytes of RAM are in, as it is mapped now. */
function pagesOf(machine: Machine, address: number, length: number): number[] {
  const { pageBytes } = machine.pages;
  const pages = new Set<number>();
  for (let at = address - (address % pageBytes); at < address + length; at += pageBytes) {
    const page = machine.pageOf(at);
    if (page !== undefined) pages.add(page);
  }
  return [...pages];
}
