import { describe, expect, it } from "vitest";
import type { TravelStop } from "../timetravel/index.ts";
import { FakeHost } from "../timetravel/testing/fake-host.ts";
import type { SessionOptions } from "../timetravel/session/factories.ts";
import { plain } from "../timetravel/testing/sessions.ts";
import { RunControl } from "./control.ts";

/** A session that would run for ever, and its control. */
function build(options: Partial<SessionOptions> = {}) {
  const host = new FakeHost();
  host.giveWay = () => new Promise((resolve) => setImmediate(resolve));
  const session = plain("", { host, ...options });
  const control = new RunControl(session);
  const stops: TravelStop["kind"][] = [];
  control.onStop(({ kind }) => stops.push(kind));
  const run = (): Promise<TravelStop> => control.move((s) => s.run());
  /** When a motion begins. */
  const begun = (activity: string): Promise<void> =>
    new Promise((resolve) => {
      const listening = session.onChange(() => {
        if (session.activity !== activity) return;
        listening.dispose();
        resolve();
      });
    });
  const past = async (position: number): Promise<void> => {
    while (session.position < position) await new Promise((resolve) => setImmediate(resolve));
  };
  return { session, control, stops, run, past, begun };
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

  it("takes turns in the order of asking, and begins nothing that somebody behind it would end at once", async () => {
    const { session, control, past, run } = build();
    const order: number[] = [];
    const all = [1, 2, 3].map((n) =>
      control.move((s) => {
        order.push(n);
        return s.run();
      }),
    );
    const stops = await Promise.all([...all.slice(0, 2), control.halt()]);
    expect([stops[0], stops[1], order]).toEqual([{ kind: "interrupted" }, { kind: "interrupted" }, []]);
    const last = control.exclusive(async () => {
      order.push(4);
      await session.seek(0);
    });
    await Promise.all([...all, last]);
    expect([order, session.position, session.running]).toEqual([[4], 0, false]);
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

  describe("whose motions add up", () => {
    /** In the past, in front of a long way back. */
    const inThePast = async () => {
      const built = build({ limits: { snapshotInterval: 2 ** 20, hashInterval: 2 ** 20 } });
      const running = built.run();
      await built.past(60_000);
      await built.control.halt();
      await running;
      const stepBack = (): Promise<TravelStop> => built.control.move((s) => s.stepBack());
      const step = (): Promise<TravelStop> => built.control.move((s) => s.step());
      const seek = (position: number): Promise<TravelStop> =>
        built.control.moveTo(async (s) => {
          await s.seek(position);
          return { kind: s.position === position ? "position" : "interrupted" };
        });
      return { ...built, end: built.session.position, stepBack, step, seek };
    };

    it("makes thirty steps back of thirty that come faster than they are made", async () => {
      const { session, end, stepBack } = await inThePast();
      await Promise.all(Array.from({ length: 30 }, stepBack));
      expect(session.position).toBe(end - 30);
      await session.dispose();
    });

    it("meets the start of history and its end on the way, and stays there", async () => {
      const { session, end, stepBack, step, seek } = await inThePast();
      const all = [seek(2), stepBack(), stepBack(), stepBack(), step()];
      expect((await Promise.all(all)).map(({ kind }) => kind)).toEqual(
        ["position", "position", "position", "history-start", "position"], // prettier-ignore
      );
      expect(session.position).toBe(1);
      // At the live end a step goes on.
      await Promise.all([seek(end), step(), step()]);
      expect([session.position, session.end]).toEqual([end + 2, end + 2]);
      await session.dispose();
    });

    it("counts a step from where the motion in progress was going", async () => {
      const { session, control, begun, stepBack, step, seek } = await inThePast();
      const going = seek(30_001);
      await begun("seek");
      await Promise.all([stepBack(), stepBack(), step()]);
      expect((await going).kind).toBe("position");
      expect(session.position).toBe(30_000);
      // The same for a place that is not known yet.
      await seek(20_000);
      session.setBreakpoints(new Set([session.machine.pc]));
      await control.move((s) => s.runBack());
      const hit = session.position;
      await seek(20_000);
      const runBack = control.move((s) => s.runBack());
      await begun("run back");
      await stepBack();
      expect([(await runBack).kind, session.position]).toEqual(["breakpoint", hit - 1]);
      await session.dispose();
    });

    it("lets the last place asked for overtake all that came before", async () => {
      const { session, stepBack, step, seek } = await inThePast();
      const all = [seek(50_000), stepBack(), stepBack(), seek(7), step()];
      expect((await Promise.all(all)).map(({ kind }) => kind)).toEqual(
        ["interrupted", "interrupted", "interrupted", "position", "position"], // prettier-ignore
      );
      expect(session.position).toBe(8);
      await session.dispose();
    });

    it("drops what was asked for before a halt, and counts from where that left the machine", async () => {
      const { session, begun, stepBack, seek, control } = await inThePast();
      const asked = [seek(50_000), stepBack()];
      await begun("seek");
      await control.halt();
      expect((await Promise.all(asked)).map(({ kind }) => kind)).toEqual(["interrupted", "interrupted"]);
      const stoppedAt = session.position;
      await stepBack();
      expect(session.position).toBe(Math.max(0, stoppedAt - 1));
      await session.dispose();
    });

    it("keeps a snapshot of where the machine was going", async () => {
      const { session, begun, control, seek } = await inThePast();
      const going = seek(50_000);
      await begun("seek");
      await control.pause(() => session.saveSnapshot("there"));
      expect([(await going).kind, session.snapshots()[0]?.position]).toEqual(["position", 50_000]);
      await session.dispose();
    });

    it("ends a run at the first step, and makes the others behind it", async () => {
      const { session, run, past, control, step } = await inThePast();
      const running = run();
      await past(90_000);
      const first = step();
      await Promise.all([first, step(), step()]);
      expect((await running).kind).toBe("interrupted");
      expect(session.running).toBe(false);
      const at = session.position;
      await control.move((s) => s.stepBack());
      expect(session.position).toBe(at - 1);
      await session.dispose();
    });
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
