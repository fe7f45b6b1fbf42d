import { afterEach, describe, expect, it } from "vitest";
import type { TranslationService } from "../../src/engine/index.ts";
import { Translator } from "../../src/engine/translator/index.ts";
import { arm64 } from "../../src/isa/arm64/index.ts";
import { boards, type Machine, registerNamed } from "../../src/machine/index.ts";
import { MemoryStore, readWhole } from "../../src/storage/index.ts";
import {
  openSession,
  readRecording,
  recordSession,
  type TravelSession,
  verifyRecording,
} from "../../src/timetravel/index.ts";
import { FakeHost } from "../../src/timetravel/testing/fake-host.ts";
import { Random } from "../../src/timetravel/testing/random.ts";
import { loadInterpreter } from "../support/interpreter.ts";
import { smallMachine, smallProgram } from "./programs/small.ts";

const interpreter = loadInterpreter();
const translator = new Translator(arm64);
const atOnce: TranslationService = { request: (requests, done) => done(translator.answer({ id: 0, requests })) };
const kernel = await smallProgram();
const { configuration } = smallMachine(kernel, interpreter);
const limits = { hashInterval: 512, snapshotInterval: 4096 };

const make = (translation?: TranslationService): Machine =>
  boards.create({ configuration, images: { kernel }, interpreter, ...(translation && { translation }) });

const little = (value: bigint): Uint8Array => {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, value, true);
  return bytes;
};
const read = (machine: Machine, name: string): bigint => {
  const bytes = machine.debug.readRegister(registerNamed(machine.debug, name)!.number);
  return new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true);
};
const write = (session: TravelSession, name: string, value: bigint): boolean => {
  const register = registerNamed(session.machine.debug, name)!.number;
  return session.edit({ kind: "write-register", register, bytes: little(value) });
};

async function record(store: MemoryStore, machine: Machine): Promise<TravelSession> {
  const header = { configuration, images: [], created: 0, version: "test" };
  return recordSession({ machine, store, header, limits, name: "edits", host: new FakeHost(1), sleep: false });
}

/** A guest whose timer was moved may wait for ever. */
async function runOrWait(session: TravelSession, until: number): Promise<void> {
  let done = false;
  const ended = session.run({ until }).finally(() => (done = true));
  for (let turns = 1; !done; turns++) {
    await Promise.resolve();
    if (turns % 300 === 0) session.interrupt();
  }
  await ended;
}

/** What was recorded is replayed, hash by hash. */
async function verified(file: Uint8Array, engines = [undefined, atOnce]): Promise<void> {
  for (const translation of engines) {
    const verdict = await verifyRecording({
      ...{ recording: readRecording(file), host: new FakeHost(2) },
      ...{ machine: () => make(translation), reference: () => make() },
    });
    expect(verdict).toMatchObject({ kind: "equal" });
  }
}

describe("system registers that a debugger writes", { timeout: 300_000 }, () => {
  const sessions: TravelSession[] = [];
  const kept = (session: TravelSession): TravelSession => (sessions.push(session), session);
  afterEach(async () => {
    for (const session of sessions.splice(0)) await session.dispose();
  });

  it("at the live end are recorded, do what MSR does, and are replayed", async () => {
    const store = new MemoryStore();
    const session = kept(await record(store, make(atOnce)));
    const { machine } = session;
    await session.run({ until: 20_000 });
    expect(write(session, "ESR_EL1", 0x5600_0000n)).toBe(true);
    expect(session.position).toBe(20_001);
    expect(read(machine, "ESR_EL1")).toBe(0x5600_0000n);
    write(session, "TPIDR_EL1", 0xffff_8000_1234_5678n);
    await session.run({ until: 25_000 });
    expect(read(machine, "TPIDR_EL1")).toBe(0xffff_8000_1234_5678n);
    // The timer is due much later: the program's next interrupts do not come, and its wait takes longer.
    write(session, "CNTP_CVAL_EL0", read(machine, "CNTPCT_EL0") + 5000n);
    await session.run({ until: 60_000 });
    // And the other table maps nothing: the program faults for ever.
    write(session, "TTBR0_EL1", 0x4030_0000n);
    await session.run({ until: 70_000 });
    expect(read(machine, "ESR_EL1") >> 26n).toBe(0x21n);
    await session.quit();
    const file = await readWhole(store, "edits");
    const edits = readRecording(file).history.inputs.filter(({ input }) => input.kind === "write-register");
    // By their encodings, whatever becomes of our table of them.
    expect(edits.map(({ position, input }) => [position, "register" in input && input.register])).toEqual([
      [20_000, 0xc290],
      [20_001, 0xc684],
      [25_000, 0xdf12],
      [60_000, 0xc100],
    ]);
    await verified(file);
  });

  it("are replayed by the other engine, whichever they are and whatever is written", async () => {
    const random = new Random(11);
    // Not by their second names, and one of six equal counters.
    const numbers = new Set<number>();
    const writable = make().debug.systemRegisters.filter(
      ({ readOnly, name, number }) =>
        !readOnly && !/^PMEV\w+[1-5]_EL0$/.test(name) && numbers.size < numbers.add(number & 0xffff).size,
    );
    expect(writable.length).toBeGreaterThan(40);
    for (const register of writable) {
      const store = new MemoryStore();
      const session = await record(store, make(atOnce));
      await session.run({ until: 3000 });
      const value = (BigInt(random.u32()) << 32n) | BigInt(random.u32());
      session.edit({ kind: "write-register", register: register.number, bytes: little(value) });
      await runOrWait(session, 6000);
      await session.quit();
      await session.dispose();
      await verified(await readWhole(store, "edits"), [undefined]);
    }
  });

  it("in the past make a throw-away branch, whose end undoes them", async () => {
    const store = new MemoryStore();
    const recorder = await record(store, make());
    await recorder.run({ until: 30_000 });
    await recorder.quit();
    await recorder.dispose();
    const file = await readWhole(store, "edits");
    const session = kept(
      await openSession({
        machine: make(),
        host: new FakeHost(3),
        name: "edits",
        recording: readRecording(file),
        limits,
      }),
    );
    const { machine } = session;
    await session.seek(10_000);
    const [hash, table] = [session.stateHash(), read(machine, "TTBR0_EL1")];
    expect(write(session, "TTBR0_EL1", 0x4030_0000n)).toBe(true);
    expect(session.branchedAt).toBe(10_000);
    write(session, "CNTP_CVAL_EL0", 1n);
    await session.run({ until: 11_000 });
    expect(read(machine, "ESR_EL1") >> 26n).toBe(0x21n);
    await session.endBranch();
    expect([session.position, session.stateHash()]).toEqual([10_000, hash]);
    expect(read(machine, "TTBR0_EL1")).toBe(table);
    await session.run({ until: 30_000 });
    expect(await readWhole(store, "edits")).toEqual(file);
  });
});
