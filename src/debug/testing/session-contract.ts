import { describe, expect, it } from "vitest";
import { UserError } from "../../base/index.ts";
import type { Watchpoint } from "../../machine/index.ts";
import type { Session } from "../../timetravel/index.ts";

/** A recording to be opened, of at least 200 steps, whose guest loops. */
export interface Subject {
  /** At its start; always the same. */
  open(): Promise<Session>;
  /** Something that an instruction writes now and then. */
  readonly watched: Watchpoint;
}

/** What `Session` promises of an opened recording, for every one that claims to be one: debuggers rely on nothing else. */
export function sessionContract(name: string, { open, watched }: Subject): void {
  /** The instruction address at each position. */
  async function walk(session: Session, until: number): Promise<bigint[]> {
    const pcs: bigint[] = [];
    for (;;) {
      pcs.push(session.machine.pc);
      if (session.position === until) return pcs;
      expect(await session.step()).toEqual({ kind: "position" });
    }
  }

  describe(`the contract of a session: ${name}`, () => {
    it("stands at the start of its history", async () => {
      const session = await open();
      const { mode, position, atEnd, running, activity, lastStop } = session;
      expect([mode, position, atEnd, running, activity, lastStop]).toEqual([
        ...["play", 0, false, false],
        ...[undefined, undefined],
      ]);
      expect(session.end).toBeGreaterThan(200);
    });

    it("is the same at a position, however one goes there", async () => {
      const session = await open();
      const pcs = await walk(session, 100);
      for (const position of [7, 99, 0, 100, 42]) {
        await session.seek(position);
        expect([session.position, session.machine.position, session.machine.pc]).toEqual([
          ...[position, position],
          pcs[position],
        ]);
      }
      expect(await session.stepBack()).toEqual({ kind: "position" });
      expect([session.position, session.machine.pc]).toEqual([41, pcs[41]]);
    });

    it("says where history begins and ends, and how the last motion did", async () => {
      const session = await open();
      expect(await session.stepBack()).toEqual({ kind: "history-start" });
      expect(await session.runBack()).toEqual({ kind: "history-start" });
      expect(await session.run()).toEqual({ kind: "history-end" });
      expect([session.atEnd, session.position, session.lastStop]).toEqual([true, session.end, { kind: "history-end" }]);
      expect(await session.step()).toEqual({ kind: "history-end" });
      await session.seek(5);
      expect(session.lastStop).toEqual({ kind: "position" });
    });

    it("runs to breakpoints, both ways, and not where it stands", async () => {
      const session = await open();
      const pcs = await walk(session, 200);
      const breakpoint = pcs.find((pc, at) => at > 0 && pcs.indexOf(pc, at + 1) > 0)!;
      const places = pcs.flatMap((pc, at) => (pc === breakpoint ? [at] : []));
      session.setBreakpoints(new Set([breakpoint]));
      await session.seek(places[0]!);
      for (const place of places.slice(1)) {
        expect(await session.run()).toEqual({ kind: "breakpoint" });
        expect(session.position).toBe(place);
      }
      for (const place of places.slice(0, -1).reverse()) {
        expect(await session.runBack()).toEqual({ kind: "breakpoint" });
        expect(session.position).toBe(place);
      }
      expect(await session.run({ ignoreHits: true, until: 190 })).toEqual({ kind: "position" });
      expect(session.position).toBe(190);
    });

    it("stops before a watched access, behind it on the way back, and tells of each once", async () => {
      const session = await open();
      session.setWatchpoints([watched]);
      const places: number[] = [];
      for (let count = 0; count < 3; count++) {
        expect(await session.run()).toMatchObject({ kind: "watchpoint", hit: { access: watched.kind } });
        places.push(session.position);
      }
      expect(places).toEqual([...new Set(places)].sort((a, b) => a - b));
      expect(await session.runBack()).toMatchObject({ kind: "watchpoint" });
      expect(session.position).toBe(places[1]! + 1);
      expect(await session.runBack()).toMatchObject({ kind: "watchpoint" });
      expect(session.position).toBe(places[0]! + 1);
      expect(await session.runBack()).toEqual({ kind: "history-start" });
    });

    it("makes one motion at a time, and says when one begins and ends", async () => {
      const session = await open();
      const seen: boolean[] = [];
      session.onChange(() => seen.push(session.running));
      const run = session.run({ until: 100 });
      await expect(session.step()).rejects.toThrow();
      expect(await run).toEqual({ kind: "position" });
      expect([session.position, seen.includes(true), seen.at(-1)]).toEqual([100, true, false]);
    });

    it("takes no input in the past, and nothing in a recording's end", async () => {
      const session = await open();
      for (const position of [10, session.end]) {
        await session.seek(position);
        expect([session.send(0, Uint8Array.of(65)), session.sendBreak(0)]).toEqual([false, false]);
      }
    });

    it("has snapshots by name", async () => {
      const session = await open();
      const names = (): string[] => session.snapshots().map((snapshot) => snapshot.name);
      await session.seek(50);
      await session.saveSnapshot("here");
      expect(session.snapshots().find((snapshot) => snapshot.name === "here")).toMatchObject({ position: 50 });
      await session.seek(10);
      await session.loadSnapshot("here");
      expect(session.position).toBe(50);
      await session.deleteSnapshot("here");
      expect(names()).not.toContain("here");
      await expect(session.loadSnapshot("here")).rejects.toThrow(UserError);
    });
  });
}
