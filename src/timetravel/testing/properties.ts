import fc from "fast-check";
import { assert } from "../../base/index.ts";
import type { Door } from "../../hardware/index.ts";
import type { Machine } from "../../machine/index.ts";
import { MemoryStore, readWhole } from "../../storage/index.ts";
import { openSession, recordSession } from "../session/factories.ts";
import { readRecording } from "../log/reader.ts";
import type { TravelLimits } from "../session/chronicle.ts";
import type { TravelSession } from "../session/travel-session.ts";
import { FakeHost } from "./fake-host.ts";
import { Random } from "./random.ts";
import { anyNumber, between, once, walkAtRandom } from "./walks.ts";

/** The subject of the properties: a machine at power-on, always the same but for what comes through the door. */
export type MachineFactory = () => Machine;

export interface PropertyOptions {
  readonly seed: number;
  /** Instructions to record. */
  readonly length: number;
  /** Random motions through each history. */
  readonly motions: number;
  readonly limits?: Partial<TravelLimits>;
}

/** A recorded run that nothing disturbed but its inputs, with its hash chain. */
export interface Reference {
  readonly file: Uint8Array;
  readonly end: number;
  /** State hashes by position, ascending. */
  readonly chain: ReadonlyMap<number, string>;
  readonly output: Uint8Array;
}

/** A door for a machine that is powered on by its session later. */
export const closedDoor: Door = {
  entropy: (_, length) => new Uint8Array(length),
  realTime: () => 0,
  nextInput: () => Infinity,
  takeInputs: () => [],
  idle: () => ({ kind: "wait" }),
};

/** Pokes a motion that may wait for ever, until it ends. */
async function untilDone(motion: Promise<unknown>, poke: () => void): Promise<void> {
  let done = false;
  const settled = motion.finally(() => (done = true));
  for (let turns = 1; !done; turns++) {
    await Promise.resolve();
    if (turns % 300 === 0 && !done) poke();
  }
  await settled;
}

/** Records a run with typed input, and hashes states on the way. Resolves to the session at its live end, too. */
export async function record(
  factory: MachineFactory,
  options: PropertyOptions,
): Promise<Reference & { session: TravelSession }> {
  const random = new Random(options.seed);
  const store = new MemoryStore();
  const machine = factory();
  const session = await recordSession({
    machine,
    host: new FakeHost(options.seed),
    store,
    name: "reference",
    header: { configuration: machine.configuration, images: [], created: 0, version: "test" },
    ...(options.limits ? { limits: options.limits } : {}),
  });
  const chain = new Map([[0, session.stateHash()]]);
  while (session.position < options.length) {
    if (random.between(0, 3) === 0)
      session.send(
        0,
        Uint8Array.from({ length: random.between(1, 30) }, () => random.between(32, 126)),
      );
    const run = session.run({ until: session.position + random.between(1, Math.ceil(options.length / 50)) });
    await untilDone(run, () => {
      if (random.between(0, 1)) session.interrupt();
      else session.send(0, Uint8Array.of(random.between(32, 126)));
    });
    chain.set(session.position, session.stateHash());
  }
  const file = await readWhole(store, "reference");
  return { session, file, end: session.position, chain, output: session.outputUntil(0, Infinity) };
}

/** What is done: every way to move, and what drops caches in between. */
const actions = [
  ...["seek known", "seek", "run", "run to known", "step back", "step", "save", "load", "evict", "edit", "interrupt"],
] as const;

interface Move {
  readonly what: (typeof actions)[number];
  readonly by: number;
  readonly length: number;
  readonly back: boolean;
  readonly also: boolean;
  readonly evict: boolean;
}

const anyMove: fc.Arbitrary<Move> = fc.record({
  what: fc.constantFrom(...actions),
  by: anyNumber,
  length: anyNumber,
  back: fc.boolean(),
  also: fc.boolean(),
  evict: once(4),
});

/** Moves through history, and compares with what is known of it. */
class Wanderer {
  private readonly positions: readonly number[];
  /** Of a debugger's writes, wherever RAM begins. */
  private readonly physicalAddress: number;

  constructor(
    private readonly session: TravelSession,
    private readonly reference: Reference,
    private readonly options: PropertyOptions,
  ) {
    this.positions = [...reference.chain.keys()];
    this.physicalAddress = [0, 0x40000000].find((address) => session.machine.readPhysical(address, 3))!;
  }

  /** Wherever the chain has a hash, the state must have it. Throws an AssertionError naming the position. */
  async wander(moves: readonly Move[]): Promise<void> {
    const { session, reference } = this;
    for (const move of moves) {
      await this.make(move);
      this.check();
      if (move.evict) session.machine.evictCaches();
    }
    await session.seek(reference.end);
    this.check();
    const output = session.outputUntil(0, Infinity);
    assert(
      output.length === reference.output.length && output.every((byte, i) => byte === reference.output[i]),
      "another output",
    );
  }

  private check(): void {
    const { session, reference } = this;
    const expected = reference.chain.get(session.position);
    if (expected === undefined) return;
    assert(session.stateHash() === expected, `another state at position ${session.position}`);
  }

  private async make(move: Move): Promise<unknown> {
    const { session, positions } = this;
    const { what, by, length, also } = move;
    const { end } = this.reference;
    switch (what) {
      case "seek known":
        return session.seek(positions[between(by, 0, positions.length - 1)]!);
      case "seek":
        return session.seek(between(by, 0, end));
      case "run":
        return session.run({ until: Math.min(end, session.position + between(length, 0, this.options.length >> 2)) });
      case "run to known":
        return session.run({ until: positions.find((position) => position > session.position) ?? end });
      case "step back":
        for (let steps = between(length, 1, 40); steps > 0; steps--) await session.stepBack();
        return;
      case "step":
        for (let steps = between(length, 1, 10); steps > 0 && session.position < end; steps--) await session.step();
        return;
      case "save":
        return session.saveSnapshot(`s${between(by, 0, 5)}`);
      case "load": {
        const snapshot = session.snapshots()[0];
        // At the live end to load is to begin a branch: see load-snapshot.test.ts.
        if (snapshot && (also || session.atEnd)) return session.deleteSnapshot(snapshot.name);
        return snapshot && session.loadSnapshot(snapshot.name);
      }
      case "evict":
        return session.machine.evictCaches();
      case "edit":
        return this.edit(move);
      case "interrupt": {
        const motion = session.seek(between(by, 0, end));
        session.interrupt();
        return motion;
      }
    }
  }

  /** Begins a throw-away branch, goes on in it, and leaves it. */
  private async edit({ by, length, back, also }: Move): Promise<void> {
    const { session, physicalAddress, reference } = this;
    const { position } = session;
    if (position === session.end) return;
    assert(session.edit({ kind: "write-memory", physicalAddress, bytes: Uint8Array.of(1, 2, 3) }), "no branch");
    if (session.machine.ioPorts) {
      session.edit({ kind: "write-port", port: 0x70 + (by & 1), size: 1, value: by & 0xff });
      session.edit({ kind: "read-port", port: 0x71, size: 1 });
    }
    const until = position + between(length, 1, this.options.length >> 3);
    await untilDone(session.run({ until }), () => session.interrupt());
    if (back) await session.stepBack();
    if (also) await session.seek(between(by, 0, position));
    else if (session.branchedAt !== undefined) await session.endBranch();
    assert(session.branchedAt === undefined && session.end >= reference.end, "still in a branch");
  }
}

/** The property of everything here: however one moves through a history, every position has one state. */
export async function checkHistory(factory: MachineFactory, options: PropertyOptions): Promise<void> {
  const walk = { seed: options.seed, length: options.motions };
  let reference: Reference | undefined;
  await walkAtRandom(anyMove, walk, async (moves) => {
    const { session, ...recorded } = await record(factory, options);
    reference = recorded;
    await new Wanderer(session, recorded, options).wander(moves);
    const further = recorded.end + 1000;
    while (session.position < further) await untilDone(session.run({ until: further }), () => session.interrupt());
    assert(session.position === further, "recording does not go on after a return to the live end");
    await session.dispose();
  });

  const { file, end } = reference!;
  await walkAtRandom(anyMove, { ...walk, seed: options.seed + 1 }, async (moves) => {
    const replay = await openSession({
      machine: factory(),
      host: new FakeHost(options.seed + 2),
      name: "reference",
      recording: readRecording(file),
      ...(options.limits ? { limits: options.limits } : {}),
    });
    assert(replay.end === end, `the log ends at ${replay.end}, not ${end}`);
    await new Wanderer(replay, reference!, options).wander(moves);
    await replay.dispose();
  });
}
