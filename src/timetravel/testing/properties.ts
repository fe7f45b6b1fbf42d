import { assert } from "../../base/index.ts";
import type { Door } from "../../hardware/index.ts";
import type { Machine } from "../../machine/index.ts";
import { MemoryStore, readWhole } from "../../storage/index.ts";
import { openSession, recordSession } from "../session/factories.ts";
import { readRecording } from "../log/reader.ts";
import type { TravelLimits } from "../session/timeline.ts";
import type { TravelSession } from "../session/travel-session.ts";
import { FakeHost } from "./fake-host.ts";
import { Random } from "./random.ts";

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
      session.sendSerial(
        0,
        Uint8Array.from({ length: random.between(1, 30) }, () => random.between(32, 126)),
      );
    const run = session.run({ until: session.position + random.between(1, Math.ceil(options.length / 50)) });
    await untilDone(run, () => {
      if (random.between(0, 1)) session.interrupt();
      else session.sendSerial(0, Uint8Array.of(random.between(32, 126)));
    });
    chain.set(session.position, session.stateHash());
  }
  const file = await readWhole(store, "reference");
  return { session, file, end: session.position, chain, output: session.outputUntil(0, Infinity) };
}

/**
 * Moves through history at random, in every way there is, dropping every cache in between: wherever the chain has a
 * hash, the state must have it. Throws an AssertionError naming seed and position.
 */
export async function wander(session: TravelSession, reference: Reference, options: PropertyOptions): Promise<void> {
  const random = new Random(options.seed + 1);
  const positions = [...reference.chain.keys()];
  // Of a debugger's writes, wherever RAM begins.
  const physicalAddress = [0, 0x40000000].find((address) => session.machine.readPhysical(address, 3))!;
  const check = (): void => {
    const expected = reference.chain.get(session.position);
    if (expected === undefined) return;
    assert(session.stateHash() === expected, `seed ${options.seed}: another state at position ${session.position}`);
  };
  const moves: readonly (() => Promise<unknown>)[] = [
    () => session.seek(random.pick(positions)),
    () => session.seek(random.between(0, reference.end)),
    () => session.run({ until: Math.min(reference.end, session.position + random.between(0, options.length >> 2)) }),
    () => session.run({ until: positions.find((position) => position > session.position) ?? reference.end }),
    async () => {
      for (let steps = random.between(1, 40); steps > 0; steps--) await session.stepBack();
    },
    async () => {
      for (let steps = random.between(1, 10); steps > 0 && session.position < reference.end; steps--)
        await session.step();
    },
    () => session.saveSnapshot(`s${random.between(0, 5)}`),
    async () => {
      const snapshot = session.snapshots()[0];
      // At the live end to load is to begin a branch: see load-snapshot.test.ts.
      if (snapshot && (random.between(0, 1) || session.atEnd)) await session.deleteSnapshot(snapshot.name);
      else if (snapshot) await session.loadSnapshot(snapshot.name);
    },
    async () => session.machine.evictCaches(),
    async () => {
      const { position } = session;
      if (position === session.end) return;
      assert(session.edit({ kind: "write-memory", physicalAddress, bytes: Uint8Array.of(1, 2, 3) }), "no branch");
      const length = random.between(1, options.length >> 3);
      await untilDone(session.run({ until: position + length }), () => session.interrupt());
      if (random.between(0, 1)) await session.stepBack();
      if (random.between(0, 1)) await session.seek(random.between(0, position));
      else if (session.branchedAt !== undefined) await session.endBranch();
      assert(session.branchedAt === undefined && session.end >= reference.end, "still in a branch");
    },
    async () => {
      const motion = session.seek(random.between(0, reference.end));
      session.interrupt();
      await motion;
    },
  ];
  for (let count = 0; count < options.motions; count++) {
    await random.pick(moves)();
    check();
    if (random.between(0, 3) === 0) session.machine.evictCaches();
  }
  await session.seek(reference.end);
  check();
  const output = session.outputUntil(0, Infinity);
  assert(
    output.length === reference.output.length && output.every((byte, i) => byte === reference.output[i]),
    "another output",
  );
}

/** The property of everything here: however one moves through a history, every position has one state. */
export async function checkHistory(factory: MachineFactory, options: PropertyOptions): Promise<void> {
  const reference = await record(factory, options);
  await wander(reference.session, reference, options);
  while (reference.session.position < reference.end + 1000)
    await untilDone(reference.session.run({ until: reference.end + 1000 }), () => reference.session.interrupt());
  assert(
    reference.session.position === reference.end + 1000,
    "recording does not go on after a return to the live end",
  );
  await reference.session.dispose();

  const replay = await openSession({
    machine: factory(),
    host: new FakeHost(options.seed + 2),
    name: "reference",
    recording: readRecording(reference.file),
    ...(options.limits ? { limits: options.limits } : {}),
  });
  assert(replay.end === reference.end, `the log ends at ${replay.end}, not ${reference.end}`);
  await wander(replay, reference, options);
  await replay.dispose();
}
