import { expect, it } from "vitest";
import { MemoryStore } from "../storage/index.ts";
import { openSession } from "./factories.ts";
import { readRecording } from "./log/reader.ts";
import { FakeHost } from "./testing/fake-host.ts";
import { Random } from "./testing/random.ts";
import { machine, recordTo, text } from "./testing/sessions.ts";
import type { TravelSession } from "./travel-session.ts";

const end = 60_000;
const ramBytes = 70 * 4096;

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await Promise.resolve();
}

/** Begins a motion, and perhaps ends it somewhere on its way. */
async function perhapsInterrupted(session: TravelSession, motion: Promise<unknown>, random: Random): Promise<void> {
  if (random.between(0, 1) === 0) {
    await turns(random.between(0, 60));
    session.interrupt();
  }
  await motion;
}

const actions: readonly ((session: TravelSession, random: Random) => Promise<unknown>)[] = [
  async (session, random) => {
    const physicalAddress = random.between(0, ramBytes - 4096);
    expect(session.edit({ kind: "write-memory", physicalAddress, bytes: text("other") })).toBe(true);
    expect(session.branchedAt).toBeDefined();
  },
  (session, random) => {
    const { branchedAt, position } = session;
    const until = position + random.between(1, end / 2);
    return perhapsInterrupted(
      session,
      session.run({ until: branchedAt === undefined ? Math.min(until, end) : until }),
      random,
    );
  },
  async (session, random) => {
    const address = BigInt(random.between(0, ramBytes - 4096));
    session.setWatchpoints(random.between(0, 1) === 0 ? [] : [{ kind: "write", address, length: 8 }]);
    await perhapsInterrupted(session, session.runBack(), random);
    session.setWatchpoints([]);
  },
  async (session) => {
    for (let count = 0; count < 10; count++) await session.stepBack();
  },
  async (session) => {
    for (let count = 0; count < 10; count++) await session.step();
  },
  async (session) => session.branchedAt !== undefined && session.endBranch(),
  (session, random) => session.lastWrite(random.between(0, ramBytes - 4096), 4),
  async (session) => void session.keep(),
  (session, random) => perhapsInterrupted(session, session.seek(random.between(0, session.end)), random),
];

it(
  "throw-away branches, wherever they begin and end, leave recorded history as it was",
  { timeout: 120_000 },
  async () => {
    for (let seed = 1; seed <= 3; seed++) {
      const random = new Random(seed);
      const store = new MemoryStore();
      const recorder = await recordTo(store, 0);
      for (let count = 1; count <= 12; count++) {
        recorder.sendSerial(0, text("key"));
        await recorder.run({ until: (count * end) / 12 });
      }
      const hashes = new Map<number, string>();
      for (let count = 0; count < 12; count++) {
        await recorder.seek(random.between(0, end));
        hashes.set(recorder.position, recorder.stateHash());
      }
      await recorder.quit();
      await store.cache("x").clear();
      const session = await openSession({
        ...{
          machine: machine(),
          host: new FakeHost(5),
          name: "x",
          recording: readRecording(await store.read("x")),
          store,
        },
        limits: { snapshotInterval: 1024, hashInterval: 4096, keyframeInterval: 4096, memoryBytes: 3 * ramBytes },
        keep: true,
      });
      for (let count = 0; count < 150; count++) {
        await random.pick(actions)(session, random);
        const [position, hash] = random.pick([...hashes]);
        if (random.between(0, 2) > 0 || position > session.end) continue;
        await session.seek(position);
        if (session.branchedAt === undefined) expect([seed, count, session.stateHash()]).toEqual([seed, count, hash]);
      }
      await session.dispose();
    }
  },
);
