import fc from "fast-check";
import { assert, crc32c } from "../../base/index.ts";
import type { HitKind, WatchHit, Watchpoint } from "../../machine/index.ts";
import type { TravelStop } from "../session/session.ts";
import type { TravelSession } from "../session/travel-session.ts";
import { Random } from "./random.ts";
import { anyNumber, between, walkAtRandom, type WalkOptions } from "./walks.ts";

/** What a walk may set. */
export interface Pools {
  readonly breakpoints: readonly bigint[];
  readonly watchpoints: readonly Watchpoint[];
  /** The same RAM has several addresses here, so that it changes without an access to the watched ones. */
  readonly aliases?: true;
}

/** All that can happen in one step, found by single steps forward and nothing else. */
interface ModelStep {
  readonly pc: bigint;
  /** Of registers and devices before the step. */
  readonly state: number;
  readonly breakpoint: boolean;
  readonly hits: readonly WatchHit[];
}

/** The naive model of a stretch of history: every step from `from` to `end`, made one by one. */
export class Model {
  private readonly steps: ModelStep[] = [];

  private constructor(
    readonly from: number,
    readonly pools: Pools,
  ) {}

  get end(): number {
    return this.from + this.steps.length;
  }

  /** From where the session stands; its machine is moved past it. */
  static make({ machine }: TravelSession, end: number, pools: Pools): Model {
    const model = new Model(machine.position, pools);
    machine.setBreakpoints(new Set(pools.breakpoints));
    machine.setWatchpoints(pools.watchpoints);
    const written = pools.watchpoints.filter(({ kind }) => kind !== "read");
    const contents = (): string => written.map((w) => machine.readVirtual(w.address, w.length)).join("|");
    let before = contents();
    for (let position = machine.position; position < end; position++) {
      let breakpoint = false;
      const hits: WatchHit[] = [];
      const [pc, state] = [machine.pc, crc32c(machine.save())];
      machine.run(position + 1, {
        kind: "collect",
        onHit: (at, hit) => {
          assert(at === position, "a hit of another step");
          if (hit) hits.push(hit);
          else breakpoint = true;
        },
      });
      const after = contents();
      if (!pools.aliases && after !== before && !hits.some(({ access }) => access === "write"))
        assert(!isChange(before, after), `step ${position} changed what is watched, unseen`);
      before = after;
      model.steps.push({ pc, state, breakpoint, hits });
    }
    machine.setBreakpoints(new Set());
    machine.setWatchpoints([]);
    return model;
  }

  at(position: number): ModelStep | undefined {
    return this.steps[position - this.from];
  }
}

/** Bytes that became readable or unreadable by another translation are no writes. */
function isChange(before: string, after: string): boolean {
  const [old, now] = [before.split("|"), after.split("|")];
  return old.some((bytes, index) => bytes !== "" && now[index] !== "" && bytes !== now[index]);
}

/** What is done: some of it more often. */
const actions = [
  ...["seek", "step", "step back", "run", "run", "run", "run back", "run back", "run back", "choose", "evict"],
] as const;

interface Move {
  readonly what: (typeof actions)[number];
  readonly by: number;
  /** Of what there is to choose from. */
  readonly breakpoints: number;
  readonly watchpoints: number;
  /** A step tells of hits; a run is short. */
  readonly mindful: boolean;
}

const anyMove: fc.Arbitrary<Move> = fc.record({
  what: fc.constantFrom(...actions),
  by: anyNumber,
  breakpoints: anyNumber,
  watchpoints: anyNumber,
  mindful: fc.boolean(),
});

/** Walks at random through a modelled stretch of history; `open` makes the session that walks, each time anew. */
export function walkModel(options: WalkOptions, model: Model, open: () => Promise<TravelSession>): Promise<void> {
  return walkAtRandom(anyMove, options, async (moves) => new Walker(await open(), model).walk(moves));
}

/** A session that walks at random through a modelled stretch of history, and every stop compared with the model's. */
class Walker {
  private breakpoints = new Set<bigint>();
  private watchpoints: readonly Watchpoint[] = [];
  /** As the session keeps them: what was reported where it stands, and whether it stands behind a reported access. */
  private told: readonly HitKind[] = [];
  private behindHit = false;
  /** What was done, for the message of a failure. */
  private readonly done: string[] = [];

  constructor(
    private readonly session: TravelSession,
    private readonly model: Model,
  ) {}

  async walk(moves: readonly Move[]): Promise<void> {
    await this.session.seek(this.model.from);
    for (const move of moves) {
      const { position } = this.session;
      if (position < this.model.from || position >= this.model.end) await this.seek(move.by);
      await this.make(move);
    }
  }

  private async make({ what, by, breakpoints, watchpoints, mindful }: Move): Promise<void> {
    switch (what) {
      case "seek":
        return this.seek(by);
      case "step":
        return this.step(mindful);
      case "step back":
        return this.stepBack(mindful);
      case "run":
        return this.run(by, mindful);
      case "run back":
        return this.runBack(by);
      case "choose":
        return this.choose(breakpoints, watchpoints);
      case "evict":
        return this.session.machine.evictCaches();
    }
  }

  /** Sets about one in four of the breakpoints, and one in three of the watchpoints. */
  private choose(ofBreakpoints: number, ofWatchpoints: number): void {
    const { breakpoints, watchpoints } = this.model.pools;
    const some = <T>(of: readonly T[], by: number, share: number): T[] => {
      const random = new Random(by);
      return of.filter(() => random.between(0, share) === 0);
    };
    this.breakpoints = new Set(some(breakpoints, ofBreakpoints, 3));
    this.watchpoints = some(watchpoints, ofWatchpoints, 2);
    this.session.setBreakpoints(this.breakpoints);
    this.session.setWatchpoints(this.watchpoints);
    this.done.push(`choose ${[...this.breakpoints].map((b) => b.toString(16)).join()}`);
  }

  private async seek(by: number): Promise<void> {
    const target = between(by, this.model.from, this.model.end - 1);
    if (target !== this.session.position) this.leaveHit();
    this.done.push(`seek ${target}`);
    await this.session.seek(target);
    this.expect(target);
  }

  private async step(hits: boolean): Promise<void> {
    const { position } = this.session;
    const { told } = this;
    const watched = hits && !told.includes("watchpoint") && this.watched(position);
    this.leaveHit();
    this.done.push(`step${hits ? " with hits" : ""}`);
    const stop = await this.session.step({ hits });
    this.expect(watched ? position : position + 1);
    if (watched) this.expectHit(stop, position, true);
    if (watched) this.told = [...told, "watchpoint"];
  }

  private async stepBack(hits: boolean): Promise<void> {
    const target = this.session.position - 1;
    if (target < this.model.from) return;
    const watched = hits && !this.behindHit && this.watched(target);
    this.leaveHit();
    this.done.push(`step back${hits ? " with hits" : ""}`);
    const stop = await this.session.stepBack({ hits });
    this.expect(watched ? target + 1 : target);
    if (watched) this.expectHit(stop, target, true);
    this.behindHit = watched;
  }

  /** Forward to a hit, or to a random position before. */
  private async run(by: number, shortly: boolean): Promise<void> {
    const { position, machine } = this.session;
    const until = between(by, position, shortly ? Math.min(this.model.end, position + 99) : this.model.end);
    const told = this.breakpoints.has(machine.pc) ? [...this.told, "breakpoint" as const] : this.told;
    const tells = (kind: HitKind, at: number): boolean => at !== position || !told.includes(kind);
    const stopsAt = (at: number): boolean =>
      (tells("breakpoint", at) && this.stopsBefore(at)) || (tells("watchpoint", at) && this.watched(at));
    let target = position;
    while (target < until && !stopsAt(target)) target++;
    target = Math.max(position, Math.min(target, until));
    this.leaveHit();
    this.done.push(`run to ${until}`);
    const stop = await this.session.run({ until });
    this.expect(target);
    if (target === until) this.assert(stop.kind === "position", `run ended by ${stop.kind}`);
    else this.expectHit(stop, target, false);
    const kind = tells("breakpoint", target) && this.stopsBefore(target) ? "breakpoint" : "watchpoint";
    if (target < until) {
      this.assert(stop.kind === kind, `run ended by ${stop.kind}, not ${kind}`);
      this.told = target === position ? [...told, kind] : [kind];
    }
  }

  private async runBack(by: number): Promise<void> {
    const { position } = this.session;
    let target = position;
    let kind: "breakpoint" | "watchpoint" | undefined;
    for (; target > this.model.from && kind === undefined; kind ?? target--) {
      // At equal stops the breakpoint comes first: it is later in history than the access.
      if (target < position && this.stopsBefore(target)) kind = "breakpoint";
      else if (!(target === position && this.behindHit) && this.watched(target - 1)) kind = "watchpoint";
    }
    if (kind === undefined && target < position && this.stopsBefore(target)) kind = "breakpoint";
    this.leaveHit();
    this.done.push("run back");
    const stop = await this.session.runBack();
    if (kind === undefined) {
      this.assert(this.session.position <= this.model.from, `run back stopped at ${this.session.position}`);
      await this.seek(by);
      return;
    }
    this.expect(target);
    this.assert(stop.kind === kind, `run back ended by ${stop.kind}, not ${kind}`);
    if (kind === "watchpoint") this.expectHit(stop, target - 1, true);
    this.told = kind === "breakpoint" ? ["breakpoint"] : [];
    this.behindHit = kind === "watchpoint";
  }

  private stopsBefore(position: number): boolean {
    const step = this.model.at(position);
    return step !== undefined && step.breakpoint && this.breakpoints.has(step.pc);
  }
  private watched(position: number): boolean {
    return this.model.at(position)?.hits.some(({ watchpoint }) => this.watchpoints.includes(watchpoint)) ?? false;
  }

  private expectHit(stop: TravelStop, position: number, access: boolean): void {
    const step = this.model.at(position)!;
    if (stop.kind === "breakpoint" && !access) return this.assert(this.stopsBefore(position), "no such breakpoint");
    this.assert(stop.kind === "watchpoint", `a ${stop.kind} at a watched access`);
    const { hit } = stop as { hit: WatchHit };
    const known = step.hits.some(
      (one) => one.watchpoint === hit.watchpoint && one.address === hit.address && one.access === hit.access,
    );
    this.assert(known, `the access at ${hit.address.toString(16)} was not made`);
  }

  private expect(position: number): void {
    this.assert(this.session.position === position, `at ${this.session.position}, not ${position}`);
    const step = this.model.at(position);
    if (step) this.assert(crc32c(this.session.machine.save()) === step.state, `another state at ${position}`);
  }

  private assert(condition: boolean, message: string): void {
    assert(condition, `${message}, after ${this.done.slice(-12).join("; ")}`);
  }

  private leaveHit(): void {
    this.told = [];
    this.behindHit = false;
  }
}
