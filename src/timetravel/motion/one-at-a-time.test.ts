import { describe, expect, it } from "vitest";
import { UserError } from "../../base/index.ts";
import type { TravelStop } from "../session/session.ts";
import { OneAtATime } from "./one-at-a-time.ts";

/** Motions that last until they are interrupted, or let go. */
function build() {
  const log: string[] = [];
  let end: (stop: TravelStop) => void = () => {};
  const motions = new OneAtATime({
    interrupt: () => end({ kind: "interrupted" }),
    begins: () => log.push("begins"),
    changed: () => log.push("changed"),
    progress: (progress) => log.push(progress ? `${progress.task} ${progress.done}` : "no progress"),
  });
  const lasting = (): Promise<TravelStop> => new Promise((resolve) => (end = resolve));
  return { motions, log, lasting, arrive: () => end({ kind: "position" }) };
}
const arrived = async (): Promise<TravelStop> => ({ kind: "position" });
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("a session's motions", () => {
  it("are in progress from the call on, and over before their end is told", async () => {
    const { motions, log } = build();
    const motion = motions.make("seek", {}, arrived);
    expect([motions.running, motions.activity, motions.lastStop, log]).toEqual([true, "seek", undefined, ["begins"]]);
    await motion;
    expect([motions.running, motions.activity, motions.lastStop]).toEqual([false, undefined, { kind: "position" }]);
    expect(log).toEqual(["begins", "changed", "no progress", "changed"]);
  });

  it("refuse a second one, and what needs the machine to stand", async () => {
    const { motions, lasting, arrive } = build();
    const run = motions.make("run", {}, lasting);
    await expect(motions.make("seek", {}, arrived)).rejects.toThrow(UserError);
    await expect(motions.still(() => {})).rejects.toThrow("stop the machine first");
    arrive();
    expect((await run).kind).toBe("position");
  });

  it("do not begin when they are interrupted before", async () => {
    const { motions } = build();
    let begun = false;
    const motion = motions.make("seek", {}, () => ((begun = true), arrived()));
    motions.interrupt();
    expect([(await motion).kind, begun]).toEqual(["interrupted", false]);
    expect((await motions.make("seek", {}, arrived)).kind).toBe("position");
  });

  it("end indexing for anything else", async () => {
    const { motions, lasting } = build();
    const index = motions.make("index", {}, lasting);
    await turn();
    expect((await motions.make("seek", {}, arrived)).kind).toBe("position");
    expect((await index).kind).toBe("interrupted");
    const again = motions.make("index", {}, lasting);
    await turn();
    await motions.still(() => expect(motions.running).toBe(false));
    expect((await again).kind).toBe("interrupted");
  });

  it("wait for what is done alone", async () => {
    const { motions } = build();
    const order: string[] = [];
    const alone = motions.alone(async () => {
      await turn();
      order.push("alone");
    });
    await Promise.resolve();
    expect([motions.running, motions.busy]).toEqual([false, true]);
    await motions.make("seek", {}, async () => (order.push("seek"), { kind: "position" }));
    await alone;
    expect(order).toEqual(["alone", "seek"]);
  });

  it("have no last stop when they fail, and others go on", async () => {
    const { motions } = build();
    await motions.make("seek", {}, arrived);
    await expect(motions.make("seek", {}, () => Promise.reject(new Error("diverged")))).rejects.toThrow("diverged");
    expect([motions.running, motions.lastStop]).toEqual([false, undefined]);
    expect((await motions.make("seek", {}, arrived)).kind).toBe("position");
  });

  it("tell how far they are by their name", async () => {
    const { motions, log, lasting, arrive } = build();
    motions.tell({ done: 1, total: 9 });
    const told: number[] = [];
    const motion = motions.make("seek", { onProgress: ({ done }) => told.push(done) }, lasting);
    motions.tell({ done: 3, total: 9 });
    await turn();
    arrive();
    await motion;
    expect([told, log.filter((line) => line.startsWith("seek"))]).toEqual([[3], ["seek 3"]]);
  });

  it("end once, for good", async () => {
    const { motions, lasting } = build();
    const run = motions.make("run", {}, lasting);
    await turn();
    expect(await motions.close()).toBe(true);
    expect((await run).kind).toBe("interrupted");
    expect(await motions.close()).toBe(false);
    await expect(motions.make("run", {}, arrived)).rejects.toThrow("the session is closed");
  });
});
