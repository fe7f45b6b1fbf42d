import { describe, expect, it } from "vitest";
import { UserError } from "../base/index.ts";
import { MemoryStore, readWhole } from "../storage/index.ts";
import { History } from "./log/history.ts";
import { readRecording, type Recording } from "./log/reader.ts";
import type { FakeMachine } from "./testing/fake-machine.ts";
import { plain, recordTo, replay, text } from "./testing/sessions.ts";
import type { TravelSession } from "./session/travel-session.ts";

describe("a divergence", () => {
  const tampered = async (change: (recording: Recording) => Recording | undefined): Promise<TravelSession> => {
    const store = new MemoryStore();
    const session = await recordTo(store, 0);
    for (let count = 1; count <= 20; count++) {
      session.send(0, text("k"));
      await session.run({ until: count * 1000 });
    }
    await session.quit();
    const recording = readRecording(await readWhole(store, "x"));
    return replay(change(recording) ?? recording);
  };
  const report = async (session: TravelSession): Promise<string> => {
    const messages: string[] = [];
    session.onDivergence((message) => messages.push(message));
    await expect(session.run()).rejects.toThrow(/differs/);
    expect(messages).toHaveLength(1);
    return messages[0]!;
  };

  it("of a state's hash is reported with the interval, and what follows is not shown", async () => {
    const session = await tampered(({ history }) => {
      history.hashes[2]!.hash[3]! ^= 1;
      return undefined;
    });
    expect(await report(session)).toMatch(/between positions 8192 and 12288/);
    expect(session.end).toBe(8192);
    expect(session.position).toBeLessThanOrEqual(8192);
    await expect(session.seek(9000)).rejects.toThrow(UserError);
    await session.seek(8000);
    expect(session.position).toBe(8000);
  });

  it("of an input is reported", async () => {
    const session = await tampered(({ history }) => {
      const input = history.inputs[10]!.input;
      if (input.kind === "arrival") input.bytes[0]! ^= 1;
      return undefined;
    });
    expect(await report(session)).toMatch(/between positions 8192 and 1[0-2]\d\d\d:/);
  });

  it("of entropy is reported at once", async () => {
    const without = (recording: Recording): Recording => {
      const history = new History();
      for (const record of recording.history.records()) if (record.kind !== "entropy") history.append(record);
      return { ...recording, history };
    };
    await expect(tampered(without)).rejects.toThrow(/entropy/);
  });

  it("of RAM alone is noticed where history was visited before", async () => {
    const session = plain();
    await session.run({ until: 5000 });
    await session.seek(3000);
    // Page 60 is hardly ever written.
    (session.machine as FakeMachine).pages.write(60 * 4096 + 7, 0xaa);
    await expect(session.run({ until: 4500 })).rejects.toThrow(/between positions 0 and 3072: page 60 of RAM differs/);
    await session.seek(3000);
    expect((session.machine as FakeMachine).pages.ram[60 * 4096 + 7]).not.toBe(0xaa);
  });
});
