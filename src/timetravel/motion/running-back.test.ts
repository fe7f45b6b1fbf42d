import { describe, expect, it } from "vitest";
import type { WatchKind } from "../../machine/index.ts";
import type { TravelStop } from "../session/session.ts";
import { readRecording } from "../log/reader.ts";
import { FakeHost } from "../testing/fake-host.ts";
import { record } from "../testing/properties.ts";
import { limits, machine, plain, replay } from "../testing/sessions.ts";

describe("running back", () => {
  it("finds the last hit before, as a naive model does", async () => {
    for (let seed = 1; seed <= 5; seed++) {
      const length = 6000;
      const { file } = await record(() => machine(), { seed, length, motions: 0, limits });
      const session = await replay(readRecording(file));
      const breakpoints = new Set([BigInt((seed * 12) % 256) * 4n]);
      const kind: WatchKind = seed % 3 === 0 ? "read" : seed % 3 === 1 ? "write" : "access";
      const watchpoints = [{ kind, address: 4096n, length: 200 }];
      session.setBreakpoints(breakpoints);
      session.setWatchpoints(watchpoints);

      // Every stop that someone coming from the end may make, in order.
      const stops: { position: number; kind: string }[] = [];
      session.machine.run(session.end, {
        kind: "collect",
        onHit: (p, hit) =>
          stops.push(hit ? { position: p + 1, kind: "watchpoint" } : { position: p, kind: "breakpoint" }),
      });
      expect(stops.length).toBeGreaterThan(10);
      const fresh = await replay(readRecording(file));
      fresh.setBreakpoints(breakpoints);
      fresh.setWatchpoints(watchpoints);
      // An access in the step that ends here counts, unless this very stop told of it.
      const before = (position: number, reported: boolean): (typeof stops)[number] | undefined =>
        stops.findLast(
          (stop) => stop.position < position || (stop.kind === "watchpoint" && stop.position === position && !reported),
        );
      for (let from = session.end; from > 0; from -= 97 + seed) {
        await fresh.seek(from);
        const expected = before(from, false);
        const stop = await fresh.runBack();
        expect([fresh.position, stop.kind]).toEqual(
          expected ? [expected.position, expected.kind] : [0, "history-start"],
        );
        const further = before(fresh.position, stop.kind === "watchpoint");
        await fresh.runBack();
        expect(fresh.position).toBe(further?.position ?? 0);
      }
    }
  });

  it("stops at a replay_break behind, once, unless a hit comes first", async () => {
    const { file } = await record(() => machine(), { seed: 1, length: 6000, motions: 0, limits });
    const session = await replay(readRecording(file));
    session.setBreakpoints(new Set([48n]));
    // The last two hits.
    await session.seek(session.end);
    expect((await session.runBack()).kind).toBe("breakpoint");
    const last = session.position;
    expect((await session.runBack()).kind).toBe("breakpoint");
    const first = session.position;
    expect(first).toBeLessThan(last - 1);
    for (const position of [last - 1, first + 1]) {
      await session.seek(session.end);
      session.replayBreak = position;
      expect([(await session.runBack()).kind, session.position]).toEqual(["breakpoint", last]);
      expect(session.replayBreak).toBe(position);
      expect([await session.runBack(), session.position, session.replayBreak]).toEqual([
        { kind: "position" },
        position,
        undefined,
      ]);
      expect([(await session.runBack()).kind, session.position]).toEqual(["breakpoint", first]);
    }
    // Both at one place, the start among them, and where the machine stands.
    await session.seek(session.end);
    session.replayBreak = last;
    expect([(await session.runBack()).kind, session.position, session.replayBreak]).toEqual([
      "breakpoint",
      last,
      undefined,
    ]);
    session.setBreakpoints(new Set());
    session.replayBreak = 0;
    expect([await session.runBack(), session.position]).toEqual([{ kind: "position" }, 0]);
    await session.seek(100);
    session.replayBreak = 100;
    expect([await session.runBack(), session.position]).toEqual([{ kind: "position" }, 100]);
    expect([await session.runBack(), session.position]).toEqual([{ kind: "history-start" }, 0]);
    // One ahead is for the way forward.
    await session.seek(100);
    session.replayBreak = 200;
    expect((await session.runBack()).kind).toBe("history-start");
    expect([await session.run(), session.position]).toEqual([{ kind: "position" }, 200]);
  });

  it("and forward again stops at the same places, each once", async () => {
    const session = plain();
    session.setWatchpoints([{ kind: "write", address: 0n, length: 64 }]);
    const places: number[] = [];
    for (let count = 0; count < 8; count++) {
      expect((await session.run()).kind).toBe("watchpoint");
      places.push(session.position);
    }
    expect(new Set(places).size).toBe(8);
    // The stop is before the access; from just behind it, running back meets it, once.
    await session.step();
    expect((await session.runBack()).kind).toBe("watchpoint");
    expect(session.position).toBe(places[7]! + 1);
    await session.runBack();
    expect(session.position).toBe(places[6]! + 1);
    await session.stepBack();
    expect(session.position).toBe(places[6]);
    expect((await session.run()).kind).toBe("watchpoint");
    expect(session.position).toBe(places[6]);
    await session.run();
    expect(session.position).toBe(places[7]);
  });

  it("passes the access where watchpoints stop after it, in both directions", async () => {
    // Regression: running back stopped behind the access, where a debugger that passes it sees no change, and missed the next.
    const session = plain();
    Object.assign(session.machine.debug, { watchpoints: "after" });
    session.setWatchpoints([{ kind: "write", address: 0n, length: 64 }]);
    const stop = async (motion: Promise<TravelStop>): Promise<unknown[]> => [(await motion).kind, session.position];
    const behind: number[] = [];
    for (let count = 0; count < 8; count++) {
      expect((await session.run()).kind).toBe("watchpoint");
      behind.push(session.position);
    }
    for (const position of [...behind].reverse())
      expect(await stop(session.runBack())).toEqual(["watchpoint", position - 1]);
    for (const position of behind) expect(await stop(session.run())).toEqual(["watchpoint", position]);
    await session.run({ until: behind[7]! + 1, ignoreHits: true });
    await session.stepBack();
    const last = behind[7]!;
    expect(await stop(session.stepBack({ hits: true }))).toEqual(["watchpoint", last - 1]);
    expect(await stop(session.step({ hits: true }))).toEqual(["watchpoint", last]);
    await session.seek(last + 1);
    expect(await stop(session.stepBack({ hits: true }))).toEqual(["position", last]);
  });

  it("stops at a breakpoint in both directions without reporting it again", async () => {
    const session = plain();
    session.setBreakpoints(new Set([40n]));
    await session.run();
    const first = session.position;
    await session.run();
    const second = session.position;
    expect(second).toBeGreaterThan(first);
    expect((await session.runBack()).kind).toBe("breakpoint");
    expect(session.position).toBe(first);
    await session.run();
    expect(session.position).toBe(second);
    await session.seek(first + 1);
    expect((await session.run()).kind).toBe("breakpoint");
    expect(session.position).toBe(second);
  });

  it("tells of a watched access at a breakpoint, too, whether stepped or run, and of each once", async () => {
    // Regression: whoever had stopped at the breakpoint was not told of the access.
    const session = plain();
    session.setWatchpoints([{ kind: "write", address: 0n, length: 70 * 4096 }]);
    await session.run({ until: 100 });
    await session.run();
    const { position } = session;
    const { pc } = session.machine;
    for (const go of [() => session.run(), () => session.step({ hits: true })]) {
      session.setBreakpoints(new Set());
      await session.seek(position - 1);
      session.setBreakpoints(new Set([pc]));
      expect([(await session.run()).kind, session.position]).toEqual(["breakpoint", position]);
      expect([(await go()).kind, session.position]).toEqual(["watchpoint", position]);
      await go();
      expect(session.position).toBeGreaterThan(position);
    }
    await session.seek(position + 1);
    session.setWatchpoints([]);
    expect([(await session.runBack()).kind, session.position]).toEqual(["breakpoint", position]);
    session.setWatchpoints([{ kind: "write", address: 0n, length: 70 * 4096 }]);
    expect([(await session.step({ hits: true })).kind, session.position]).toEqual(["watchpoint", position]);
  });

  it("can be interrupted", async () => {
    const host = new FakeHost();
    const session = plain("", { host });
    await session.run({ until: 50_000 });
    session.setBreakpoints(new Set([1n]));
    host.onGiveWay = () => session.interrupt();
    expect((await session.runBack()).kind).toBe("interrupted");
    expect(session.position).toBeLessThanOrEqual(50_000);
    expect((await session.runBack()).kind).toBe("interrupted");
  });
});
