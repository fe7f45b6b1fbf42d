import { expect, it } from "vitest";
import { Random } from "../testing/random.ts";
import { plain, text } from "../testing/sessions.ts";

it("seekTime goes to the first position at which so much time has passed", async () => {
  const session = plain("", { sleep: false });
  await session.run({ until: 20_000 });
  const times = [0];
  const naive = plain("", { sleep: false });
  for (let at = 1; at <= 20_000; at++) {
    await naive.step();
    times.push(naive.machine.nowNs);
  }
  const random = new Random(3);
  for (let count = 0; count < 40; count++) {
    const ns = random.between(0, times.at(-1)!);
    await session.seekTime(ns);
    expect(session.position).toBe(times.findIndex((time) => time >= ns));
  }
  // Live, and in the past: it stands where it stood.
  for (const from of [20_000, 1234]) {
    await session.seek(from);
    const hash = session.stateHash();
    await expect(session.seekTime(times.at(-1)! + 1)).rejects.toThrow(/history ends before that/);
    expect([session.position, session.stateHash()]).toEqual([from, hash]);
    expect(session.send(0, text("x"))).toBe(from === 20_000);
  }
});
