import { expect, it } from "vitest";
import { MemoryStore, readWhole } from "../../storage/index.ts";
import { readRecording } from "../log/reader.ts";
import { FakeHost } from "../testing/fake-host.ts";
import { Random } from "../testing/random.ts";
import { plain, recordTo, replay, text } from "../testing/sessions.ts";

it("lastWrite is the last step that wrote, as single steps see it", async () => {
  const session = plain("", { sleep: false });
  await session.run({ until: 4000 });
  expect(session.edit({ kind: "write-memory", physicalAddress: 9000, bytes: text("by hand") })).toBe(true);
  await session.run({ until: 12_000 });
  const end = session.stateHash();
  const { machine } = session;
  const random = new Random(5);
  for (let count = 0; count < 60; count++) {
    const [address, length] = [random.between(0, 3 * 4096), 1 << random.between(0, 6)];
    const from = random.between(1, 12_000);
    await session.seek(from);
    const [breakpoints, hash] = [new Set([machine.pc]), session.stateHash()];
    session.setBreakpoints(breakpoints);
    const write = await session.lastWrite(address, length);
    expect([session.position, session.stateHash()]).toEqual([from, hash]);
    // Its bytes did not change since, and it is a write.
    if (write) {
      const now = machine.readPhysical(address, length)!;
      expect(write.after).toEqual(now);
      await session.seek(write.position);
      expect([machine.pc, machine.readPhysical(address, length)]).toEqual([write.pc, write.before]);
      for (let at = write.position + 1; at < Math.min(from, write.position + 400); at++) {
        await session.step();
        expect(machine.readPhysical(address, length)).toEqual(now);
      }
    }
    session.setBreakpoints(new Set());
  }
  await session.seek(5000);
  const edit = await session.lastWrite(9000, 7);
  expect(edit?.by).toBe(edit?.position === 4000 ? "debugger" : "instruction");
  await session.seek(4001);
  expect(await session.lastWrite(9003, 1)).toMatchObject({ position: 4000, by: "debugger" });
  expect(await session.lastWrite(60 * 4096, 8)).toBeUndefined();
  await session.seek(12_000);
  expect(session.stateHash()).toBe(end);
  await session.run({ until: 13_000 });
});

it("lastWrite finds the same while break- and watchpoints are set, which act afterwards", async () => {
  // Regression: it took hits of others for its own, and did not see its own.
  const host = new FakeHost();
  const session = plain("", { host, sleep: false });
  await session.run({ until: 40_000 });
  const expected = await session.lastWrite(300, 8);
  let disturbed = 0;
  host.onGiveWay = () => {
    disturbed++;
    session.setBreakpoints(new Set([400n]));
    session.setWatchpoints([{ kind: "write", address: 8192n, length: 4096 }]);
  };
  expect(await session.lastWrite(300, 8)).toEqual(expected);
  expect(disturbed).toBeGreaterThan(0);
  expect((await session.runBack()).kind).not.toBe("history-start");
});

it("lastWrite finds the same with stored keyframes, and in a fraction of the history", async () => {
  const store = new MemoryStore();
  const recorder = await recordTo(store, 60_000, "", { limits: { snapshotInterval: 1024, keyframeInterval: 4096 } });
  const expected = await recorder.lastWrite(4096, 200);
  expect(expected).toBeDefined();
  await recorder.keep();
  await recorder.dispose();
  const session = await replay(readRecording(await readWhole(store, "x")), store);
  await session.seek(session.end);
  expect(await session.lastWrite(4096, 200)).toEqual(expected);
});
