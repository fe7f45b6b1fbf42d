import { expect, it } from "vitest";
import { MemoryStore, readWhole } from "../../storage/index.ts";
import type { HitPolicy, Machine, Stop } from "../../machine/index.ts";
import { readRecording, type Recording } from "../log/reader.ts";
import { FakeHost } from "../testing/fake-host.ts";
import { FakeMachine } from "../testing/fake-machine.ts";
import { machine, recordTo, text } from "../testing/sessions.ts";
import { verifyRecording, type Verdict } from "./verify.ts";

async function recording(): Promise<Recording> {
  const store = new MemoryStore();
  const session = await recordTo(store, 0);
  for (let count = 1; count <= 20; count++) {
    session.send(0, text("key"));
    await session.run({ until: count * 1000 });
  }
  await session.quit();
  return readRecording(await readWhole(store, "x"));
}

/** Does the step from one position wrongly, by one bit of RAM. */
class FaultyMachine extends FakeMachine {
  constructor(private readonly at: number) {
    const { configuration, door } = machine();
    super(configuration, door);
  }

  override run(until: number, hits: HitPolicy): Stop {
    if (this.position > this.at || until <= this.at) return super.run(until, hits);
    const stop = super.run(this.at + 1, hits);
    if (this.position <= this.at) return stop;
    this.pages.write(5000, this.pages.ram[5000]! ^ 4);
    return stop.kind === "position" ? super.run(until, hits) : stop;
  }
}

const verify = (
  recording: Recording,
  tested: () => Machine = machine,
  reference: () => Machine = machine,
): Promise<Verdict> => verifyRecording({ recording, host: new FakeHost(4), machine: tested, reference });

it("counts equal hashes and links them into one", async () => {
  const whole = await recording();
  const verdict = await verify(whole);
  expect(verdict).toEqual({
    kind: "equal",
    end: 20_000,
    hashes: whole.history.hashes.length,
    chain: expect.any(String),
  });
  expect(await verify(whole)).toEqual(verdict);
});

it("finds the step that one machine makes wrongly", async () => {
  for (const at of [9, 8192, 12_287, 13_000, 19_999]) {
    const verdict = await verify(await recording(), () => new FaultyMachine(at));
    expect(verdict).toMatchObject({ kind: "different", reference: "agrees with the recording" });
    if (verdict.kind !== "different") return;
    expect([verdict.good, verdict.bad]).toEqual([
      Math.floor(at / 4096) * 4096,
      Math.min(20_000, Math.ceil((at + 1) / 4096) * 4096),
    ]);
    expect(verdict.step?.position).toBe(at);
    expect(verdict.step?.differences).toEqual([expect.stringMatching(/^RAM \+ 0x1388: /)]);
  }
});

it("says when it is the recording that differs from both", async () => {
  const whole = await recording();
  whole.history.hashes[2]!.hash[3]! ^= 1;
  expect(await verify(whole)).toMatchObject({
    ...{ kind: "different", good: 8192, bad: 12_288 },
    ...{ reference: "differs in the same way", step: undefined },
  });
});

it("follows an input that was changed as far as the replay gets", async () => {
  const whole = await recording();
  const input = whole.history.inputs[10]!.input;
  if (input.kind === "arrival") input.bytes[0]! ^= 1;
  const verdict = await verify(whole);
  expect(verdict).toMatchObject({ kind: "different", good: 8192, reference: "differs in the same way" });
});
