import { describe, expect, it } from "vitest";
import type { TravelStop } from "../timetravel/index.ts";
import { FakeHost } from "../timetravel/testing/fake-host.ts";
import { plain } from "../timetravel/testing/sessions.ts";
import { RunControl } from "./control.ts";

/** A session that would run for ever, and its control. */
function build() {
  const host = new FakeHost();
  host.giveWay = () => new Promise((resolve) => setImmediate(resolve));
  const session = plain("", { host });
  const control = new RunControl(session);
  const stops: TravelStop["kind"][] = [];
  control.onStop(({ kind }) => stops.push(kind));
  const run = (): Promise<TravelStop> => control.move((s) => s.run());
  const past = async (position: number): Promise<void> => {
    while (session.position < position) await new Promise((resolve) => setImmediate(resolve));
  };
  return { session, control, stops, run, past };
}

describe("a machine that several parties move", () => {
  it("ends the motion in progress for the next one", async () => {
    const { session, control, stops, run, past } = build();
    const running = run();
    await past(1000);
    await control.move((s) => s.step());
    expect(await running).toEqual({ kind: "interrupted" });
    expect([session.running, stops]).toEqual([false, ["interrupted", "position"]]);
    await session.dispose();
  });

  it("takes turns in the order of asking, each ending what is before", async () => {
    const { session, control, past, run } = build();
    const order: number[] = [];
    const all = [1, 2, 3].map((n) =>
      control.move((s) => {
        order.push(n);
        return s.run();
      }),
    );
    const last = control.exclusive(async () => {
      order.push(4);
      await session.seek(0);
    });
    await Promise.all([...all, last]);
    expect([order, session.position, session.running]).toEqual([[1, 2, 3, 4], 0, false]);
    const again = run();
    await past(1000);
    await control.halt();
    expect((await again).kind).toBe("interrupted");
    await session.dispose();
  });

  it("stays where it was stopped during a pause", async () => {
    const { session, control, run, past } = build();
    const running = run();
    await past(1000);
    const pause = control.pause(async () => {});
    await control.halt();
    await pause;
    expect(await running).toEqual({ kind: "interrupted" });
    expect(session.running).toBe(false);
    await session.dispose();
  });

  it("goes on after a pause, telling nobody", async () => {
    const { session, control, stops, run, past } = build();
    const running = run();
    await past(1000);
    const at = await control.pause(async () => {
      expect(session.running).toBe(false);
      await session.saveSnapshot("here");
      return session.position;
    });
    await past(at + 1000);
    expect([session.running, stops]).toEqual([true, []]);
    await control.halt();
    await running;
    expect(stops).toEqual(["interrupted"]);
    await session.dispose();
  });

  it("lets a motion within a pause come to its end", async () => {
    const { session, control, run, past } = build();
    const running = run();
    await past(30_000);
    const at = await control.pause(async () => {
      await session.seek(20_001);
      return session.position;
    });
    expect(at).toBe(20_001);
    await past(40_000);
    await control.halt();
    await running;
    await session.dispose();
  });

  it("waits for a motion that was started past it", async () => {
    const { session, control, past } = build();
    const foreign = session.run();
    await past(1000);
    await control.exclusive(async () => expect(session.running).toBe(false));
    expect((await foreign).kind).toBe("interrupted");
    await session.dispose();
  });

  it("goes on after a motion that failed", async () => {
    const { session, control, stops } = build();
    await expect(control.move((s) => s.seek(99).then(() => ({ kind: "position" })))).rejects.toThrow(/after the end/);
    expect(stops).toEqual([]);
    await control.move((s) => s.step());
    expect(session.position).toBe(1);
    await session.dispose();
  });
});
