import type { Disposable } from "../../src/base/index.ts";
import { DebugTarget } from "../../src/debug/index.ts";
import type { Machine } from "../../src/machine/index.ts";
import { openSession, readRecording, recordSession, type TravelSession } from "../../src/timetravel/index.ts";
import { MemoryStore } from "../../src/storage/index.ts";
import { FakeHost } from "../../src/timetravel/testing/fake-host.ts";
import { record } from "../../src/timetravel/testing/properties.ts";
import { loadInterpreter } from "../support/interpreter.ts";
import { smallMachine, smallProgram } from "../guests/programs/small.ts";

const RECORDED = 20_000;

/** The host's own clock, by which slices are measured, and its own turns. */
class PatientHost extends FakeHost {
  override nowMs(): number {
    return performance.now();
  }
  override after(ms: number, callback: () => void): Disposable {
    const timer = setTimeout(callback, ms);
    return { dispose: () => clearTimeout(timer) };
  }
  override giveWay(): Promise<void> {
    return new Promise((resolve) => setImmediate(resolve));
  }
}

/** What the debuggers debug: a real machine with the small program, replayed or recording. */
export class FuzzTargets {
  private constructor(
    private readonly make: () => Machine,
    private readonly recording: Uint8Array,
  ) {}

  static async create(): Promise<FuzzTargets> {
    const [kernel, interpreter] = [await smallProgram(), loadInterpreter()];
    const make = (): Machine => smallMachine(kernel, interpreter);
    const { file, session } = await record(make, { seed: 1, length: RECORDED, motions: 0 });
    await session.dispose();
    return new FuzzTargets(make, file);
  }

  async open(live: boolean): Promise<DebugTarget> {
    const session = await (live ? this.live() : this.replay());
    const target: DebugTarget = new DebugTarget(session, {
      version: "0.1.0",
      resume: () => void target.control.move((s) => s.run()).catch(() => {}),
      quit() {},
      message() {},
      writeFile: () => Promise.resolve(),
      realTimeMs: () => 0,
    });
    return target;
  }

  private replay(): Promise<TravelSession> {
    const recording = readRecording(this.recording);
    const limits = { snapshotInterval: 1024 };
    return openSession({ machine: this.make(), host: new PatientHost(), name: "x", recording, limits });
  }

  private async live(): Promise<TravelSession> {
    const machine = this.make();
    const header = { configuration: machine.configuration, images: [], created: 0, version: "test" };
    const common = { machine, host: new PatientHost(), limits: { snapshotInterval: 2 ** 20 } };
    const session = await recordSession({ ...common, store: new MemoryStore(), name: "x", header });
    await session.run({ until: 5000 });
    return session;
  }
}
