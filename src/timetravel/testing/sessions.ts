import type { MemoryStore } from "../../storage/index.ts";
import { openSession, plainSession, recordSession, type SessionOptions } from "../session/factories.ts";
import type { Recording } from "../log/reader.ts";
import type { TravelSession } from "../session/travel-session.ts";
import { SEMANTICS } from "../versions.ts";
import { FakeHost } from "./fake-host.ts";
import { FakeMachine } from "./fake-machine.ts";
import { closedDoor } from "./properties.ts";

const configuration = {
  board: "fake",
  cpu: "toy",
  ramBytes: 70 * 4096,
  shift: 2,
  append: "",
  reboot: true,
  randomness: true,
  semantics: SEMANTICS,
};
export const machine = (append = ""): FakeMachine => new FakeMachine({ ...configuration, append }, closedDoor);
export const limits = { snapshotInterval: 1024, hashInterval: 4096 };
export const plain = (append = "", options: Partial<SessionOptions> = {}): TravelSession =>
  plainSession({ machine: machine(append), host: new FakeHost(), limits, ...options });

export const text = (value: string): Uint8Array => new TextEncoder().encode(value);

export function replay(
  recording: Recording,
  store?: MemoryStore,
  append = "",
  host = new FakeHost(9),
  name = "x",
): Promise<TravelSession> {
  return openSession({ machine: machine(append), host, limits, name, recording, ...(store ? { store } : {}) });
}

export async function recordTo(
  store: MemoryStore,
  length: number,
  append = "",
  options: Partial<SessionOptions> = {},
  name = "x",
): Promise<TravelSession> {
  const subject = machine(append);
  const header = { configuration: subject.configuration, images: [], created: 0, version: "test" };
  const common = { machine: subject, host: new FakeHost(3), limits, ...options };
  const session = await recordSession({ ...common, store, name, header });
  if (length > 0) await session.run({ until: length });
  return session;
}

/** Instructions that the machine runs, in whatever motion, while `motion` is under way. */
export async function instructionsRun({ machine }: TravelSession, motion: () => Promise<unknown>): Promise<number> {
  let ran = 0;
  const { run } = machine;
  machine.run = (until, hits) => {
    const from = machine.position;
    const stop = run.call(machine, until, hits);
    ran += machine.position - from;
    return stop;
  };
  await motion();
  machine.run = run;
  return ran;
}
