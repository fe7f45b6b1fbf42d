import { describe, expect, it } from "vitest";
import { hex } from "../../base/index.ts";
import type { Door, IdleEnd, Input } from "../../hardware/index.ts";
import type { HitPolicy, Machine, Stop, WatchHit, Watchpoint } from "../../machine/index.ts";

/** A machine to be examined. Its guest runs for ever, prints, idles, and takes what is typed. */
export interface Subject {
  /** At power-on; always the same but for what comes through the door. */
  make(door: Door): Machine;
  /** Physical address of RAM that the guest works on, where virtual addresses are physical ones. */
  readonly ram: number;
  /** Something typed. */
  readonly typed: Input;
}

const ignore: HitPolicy = { kind: "ignore" };
const length = 3000;

/** A door whose inputs are known, and that lets idles end as a function of where they are. */
class KnownDoor implements Door {
  inputs: readonly { readonly position: number; readonly input: Input }[] = [];
  /** Inputs, by the position at which they were taken. */
  readonly taken: number[] = [];
  idleEnd: (nowNs: number, deadlineNs: number | undefined) => IdleEnd = (nowNs, deadlineNs) =>
    deadlineNs === undefined ? { kind: "at", ns: nowNs + 100 } : { kind: "deadline" };

  entropy(position: number, length: number): Uint8Array {
    return Uint8Array.from({ length }, (_, at) => position + at + 1);
  }
  realTime(): number {
    return 1_700_000_000;
  }
  nextInput(position: number): number {
    const next = this.inputs.find((known) => known.position >= position && !this.taken.includes(known.position));
    return next?.position ?? Infinity;
  }
  takeInputs(position: number): readonly Input[] {
    const now = this.inputs.filter((known) => known.position === position);
    this.taken.push(...now.map(() => position));
    return now.map(({ input }) => input);
  }
  idle(_position: number, nowNs: number, deadlineNs: number | undefined): IdleEnd {
    return this.idleEnd(nowNs, deadlineNs);
  }
}

/** All that is state: registers and devices, time, RAM. */
function stateOf(machine: Machine): string {
  const { pages } = machine;
  const hashes = Array.from({ length: pages.count }, (_, page) => (pages.isZero(page) ? "" : pages.hash(page).join()));
  return [machine.position, machine.nowNs, hex(machine.save()), hashes.join(";")].join(" ");
}

const same = (a: Uint8Array, b: Uint8Array): boolean => a.every((byte, at) => byte === b[at]);
const copyOf = ({ pages }: Machine): Uint8Array[] =>
  Array.from({ length: pages.count }, (_, page) => pages.view(page).slice());

/** What `Machine` promises, for every one that claims to be one: sessions rely on nothing else. */
export function machineContract(name: string, { make, ram, typed }: Subject): void {
  const build = (): { machine: Machine; door: KnownDoor } => {
    const door = new KnownDoor();
    return { machine: make(door), door };
  };
  /** Where it was, and what it was told there, at each position. */
  const walk = (machine: Machine, until: number): { pcs: bigint[]; states: string[] } => {
    const [pcs, states]: [bigint[], string[]] = [[], []];
    for (;;) {
      pcs.push(machine.pc);
      if (machine.position % 100 === 0) states.push(stateOf(machine));
      if (machine.position === until) return { pcs, states };
      expect(machine.run(machine.position + 1, ignore)).toEqual({ kind: "position" });
    }
  };
  /** Some instruction address that comes again and again, and something that is written. */
  const places = (): { breakpoint: bigint; watchpoint: Watchpoint } => {
    const { machine } = build();
    const { pcs } = walk(machine, length);
    const counts = new Map<bigint, number>();
    for (const pc of pcs) counts.set(pc, (counts.get(pc) ?? 0) + 1);
    const [breakpoint] = [...counts].find(([, count]) => count > 3 && count < 1000)!;
    return { breakpoint, watchpoint: { kind: "write", address: BigInt(ram), length: 4096 } };
  };

  describe(`${name}, a machine`, () => {
    it("stands at 0 after power-on, each time in the same state", () => {
      const { machine } = build();
      const first = stateOf(machine);
      expect(machine.position).toBe(0);
      machine.run(length, ignore);
      machine.powerOn();
      expect(stateOf(machine)).toBe(first);
    });

    it("runs to exactly where it is told, and nowhere when it is there", () => {
      const { machine } = build();
      for (const until of [1, 2, 777, 778, length]) {
        expect(machine.run(until, ignore)).toEqual({ kind: "position" });
        expect(machine.position).toBe(until);
        const state = stateOf(machine);
        expect(machine.run(until, ignore)).toEqual({ kind: "position" });
        expect(stateOf(machine)).toBe(state);
      }
    });

    it("has one state at a position, however it came there and whatever is evicted", () => {
      const { states } = walk(build().machine, length);
      const { machine } = build();
      const again: string[] = [];
      for (let position = 0; position <= length; position += 100) {
        machine.run(position, ignore);
        if (position % 300 === 0) machine.evictCaches();
        again.push(stateOf(machine));
      }
      expect(again).toEqual(states);
    });

    it("goes on from a saved state, with its RAM, as it went on before", () => {
      const { machine } = build();
      machine.run(1000, ignore);
      const [state, bytes, ns] = [machine.save(), copyOf(machine), machine.nowNs];
      machine.run(length, ignore);
      const end = stateOf(machine);
      for (const [page, content] of bytes.entries()) machine.pages.replace(page, content);
      machine.load(state, 1000);
      expect([machine.position, machine.nowNs, hex(machine.save())]).toEqual([1000, ns, hex(state)]);
      machine.run(length, ignore);
      expect(stateOf(machine)).toBe(end);
    });

    it("tells of each page before it is written for the first time in an epoch, and of no other", () => {
      const { machine } = build();
      const { pages } = machine;
      pages.beginEpoch();
      const before = copyOf(machine);
      const told = new Map<number, boolean>();
      pages.onFirstWrite = (page) => {
        expect(told.has(page)).toBe(false);
        told.set(page, same(pages.view(page), before[page]!));
      };
      machine.run(length, ignore);
      const changed = copyOf(machine).flatMap((bytes, page) => (same(bytes, before[page]!) ? [] : [page]));
      expect([...told.values()].every(Boolean)).toBe(true);
      expect(changed.length).toBeGreaterThan(0);
      expect(changed.filter((page) => !told.has(page))).toEqual([]);
      const [page] = changed;
      told.clear();
      const written = pages.beginEpoch();
      expect(changed.filter((one) => !written.includes(one))).toEqual([]);
      before.splice(0, before.length, ...copyOf(machine));
      pages.replace(page!, new Uint8Array(4096));
      expect([[...told.keys()], pages.isZero(page!), pages.beginEpoch()]).toEqual([[page], true, [page]]);
    });

    it("applies inputs in the step from their position, once, and never before", () => {
      const { machine, door } = build();
      machine.run(500, ignore);
      const without = stateOf(machine);
      door.inputs = [{ position: 500, input: typed }];
      expect(machine.run(500, ignore)).toEqual({ kind: "position" });
      expect([stateOf(machine), door.taken]).toEqual([without, []]);
      const room = machine.ports[0]!.room();
      machine.run(501, ignore);
      expect([door.taken, machine.ports[0]!.room() <= room]).toEqual([[500], true]);
      machine.run(length, ignore);
      const other = build().machine;
      other.run(length, ignore);
      expect(stateOf(other)).not.toBe(stateOf(machine));
    });

    it("takes a write of the host as a step of its own", () => {
      const { machine, door } = build();
      machine.run(500, ignore);
      const [pc, bytes] = [machine.pc, Uint8Array.of(11, 12, 13)];
      door.inputs = [{ position: 500, input: { kind: "write-memory", physicalAddress: ram + 4090, bytes } }];
      machine.run(501, ignore);
      expect([machine.position, machine.pc, machine.readPhysical(ram + 4090, 3)]).toEqual([501, pc, bytes]);
      const edited = build().machine;
      edited.run(500, ignore);
      edited.applyEdit({ kind: "write-memory", physicalAddress: ram + 4090, bytes });
      expect(stateOf(edited)).toBe(stateOf(machine));
    });

    it("idles until its deadline, or until the host says", () => {
      const { machine, door } = build();
      door.idleEnd = () => ({ kind: "wait" });
      const stop = machine.run(1e6, ignore);
      expect(stop.kind).toBe("idle");
      const { deadlineNs } = stop as Extract<Stop, { kind: "idle" }>;
      const [now, position] = [machine.nowNs, machine.position];
      const early = deadlineNs === undefined ? now + 1000 : Math.floor((now + deadlineNs) / 2);
      machine.endIdle(early);
      expect([machine.nowNs, machine.position]).toEqual([early, position]);
      const other = build();
      other.door.idleEnd = (nowNs) => (nowNs === now ? { kind: "at", ns: early } : { kind: "wait" });
      other.machine.run(position, ignore);
      if (other.machine.position < position) other.machine.run(position, ignore);
      expect(stateOf(other.machine)).toBe(stateOf(machine));
    });

    it("says by which step each byte left it, and says so again", () => {
      const { machine } = build();
      const printed: string[] = [];
      machine.onOutput = (port, byte, position) => {
        printed.push(`${port} ${byte} ${position}`);
      };
      machine.run(length, ignore);
      const first = printed.splice(0);
      expect(first.length).toBeGreaterThan(3);
      machine.powerOn();
      for (let position = 1; position <= length; position++) machine.run(position, ignore);
      expect(printed).toEqual(first);
    });

    it("stops before a breakpoint's instruction, unless who runs was told of it", () => {
      const { breakpoint } = places();
      const { pcs } = walk(build().machine, length);
      const { machine } = build();
      machine.setBreakpoints(new Set([breakpoint]));
      const stops: number[] = [];
      for (let told: "breakpoint"[] = []; ; told = ["breakpoint"]) {
        const { kind } = machine.run(length, { kind: "stop", told });
        if (kind === "position") break;
        expect([kind, machine.pc]).toEqual(["breakpoint", breakpoint]);
        stops.push(machine.position);
      }
      expect(stops).toEqual(pcs.flatMap((pc, position) => (pc === breakpoint && position < length ? [position] : [])));
    });

    it("stops before a watched access, which has not been made", () => {
      const { watchpoint } = places();
      const { machine } = build();
      machine.setWatchpoints([watchpoint]);
      const stop = machine.run(length, { kind: "stop", told: [] });
      expect(stop.kind).toBe("watchpoint");
      const { hit } = stop as { hit: WatchHit };
      expect([hit.watchpoint, hit.access]).toEqual([watchpoint, "write"]);
      const { position } = machine;
      const before = stateOf(machine);
      expect(machine.run(length, { kind: "stop", told: [] })).toEqual(stop);
      expect(stateOf(machine)).toBe(before);
      expect(machine.run(position + 1, { kind: "stop", told: ["watchpoint"] })).toEqual({ kind: "position" });
    });

    it("collects the hits at which it would stop, and goes on", () => {
      const { breakpoint, watchpoint } = places();
      const collect = (machine: Machine, from: number, to: number): string[] => {
        const hits: string[] = [];
        machine.run(from, ignore);
        machine.setBreakpoints(new Set([breakpoint]));
        machine.setWatchpoints([watchpoint]);
        const onHit = (at: number, hit: WatchHit | undefined): void => {
          hits.push(`${at} ${hit ? "watchpoint" : "breakpoint"}`);
        };
        expect(machine.run(to, { kind: "collect", onHit })).toEqual({ kind: "position" });
        return hits;
      };
      const collected = collect(build().machine, 0, length);
      const { machine } = build();
      machine.setBreakpoints(new Set([breakpoint]));
      machine.setWatchpoints([watchpoint]);
      const stopped: string[] = [];
      let [told, at]: [("breakpoint" | "watchpoint")[], number] = [[], -1];
      for (;;) {
        const { kind } = machine.run(length, { kind: "stop", told });
        if (kind !== "breakpoint" && kind !== "watchpoint") break;
        told = machine.position === at ? [...told, kind] : [kind];
        at = machine.position;
        stopped.push(`${at} ${kind}`);
      }
      expect(stopped.length).toBeGreaterThan(3);
      expect([...new Set(collected)]).toEqual(stopped);
      const undisturbed = build().machine;
      undisturbed.run(length, ignore);
      expect(stateOf(machine)).toBe(stateOf(undisturbed));
    });

    it("denies nothing that it executed or touched", () => {
      const { breakpoint, watchpoint } = places();
      const { machine } = build();
      machine.setWatchpoints([{ ...watchpoint, kind: "access" }]);
      const touched: WatchHit[] = [];
      machine.run(1000, ignore);
      machine.beginFootprint();
      const pcs = new Set<bigint>();
      while (machine.position < length) {
        pcs.add(machine.pc);
        machine.run(machine.position + 1, { kind: "collect", onHit: (_, hit) => void (hit && touched.push(hit)) });
      }
      const saved = machine.loadFootprint(machine.footprint.save())!;
      const empty = build().machine;
      empty.beginFootprint();
      for (const footprint of [machine.footprint, saved, empty.footprint.union(saved)]) {
        for (const pc of pcs) expect(footprint.mayExecute(pc)).toBe(true);
        for (const { address, access } of touched) expect(footprint.mayAccess(address, 1, access)).toBe(true);
      }
      expect([machine.mayHaveExecuted(breakpoint), touched.length > 0]).toEqual([true, true]);
      machine.beginFootprint();
      expect([...pcs].some((pc) => machine.footprint.mayExecute(pc))).toBe(false);
    });

    it("shows RAM, and nothing where there is none", () => {
      const { machine } = build();
      machine.run(length, ignore);
      const bytes = machine.readPhysical(ram, 64)!;
      expect(machine.readVirtual(BigInt(ram), 64)).toEqual(bytes);
      expect(bytes).toHaveLength(64);
      expect(machine.readPhysical(2 ** 40, 1)).toBeUndefined();
    });
  });
}
