import { describe, expect, it } from "vitest";
import { CODE, COUNTER, FakeSession, LOOP } from "../testing/fake-session.ts";
import { GdbClient } from "../testing/gdb-client.ts";
import { fromHex } from "./wire.ts";

const STOP = "T05thread:01;";
const INTERRUPTED = "T02thread:01;";
const hex = (address: bigint) => address.toString(16);

describe("motion", () => {
  it("steps exactly one, both ways", async () => {
    const session = new FakeSession();
    const gdb = new GdbClient(session);
    expect(await gdb.ask("s")).toBe(STOP);
    expect(await gdb.ask("vCont;s:1;c")).toBe(STOP);
    expect(session.position).toBe(2);
    expect(await gdb.ask("bs")).toBe(STOP);
    expect(session.position).toBe(1);
    expect(await gdb.ask("vCont?")).toBe("vCont;c;C;s;S");
    expect(await gdb.ask("vCont;s:2")).toBe("E22");
    expect(await gdb.ask("vCont;t")).toBe("E22");
    expect(await gdb.ask("s40000004")).toBe(STOP);
    expect(await gdb.ask("s40000004")).toBe("E22");
    expect(session.position).toBe(2);
  });

  it("says where history begins and ends", async () => {
    const gdb = new GdbClient(new FakeSession(3));
    expect(await gdb.ask("bs")).toBe(STOP + "replaylog:begin;");
    expect(await gdb.ask("bc")).toBe(STOP + "replaylog:begin;");
    expect(await gdb.ask("c")).toBe(STOP + "replaylog:end;");
    expect(await gdb.ask("s")).toBe(STOP + "replaylog:end;");
    expect(await gdb.ask("?")).toBe(STOP + "replaylog:end;");
  });

  it("runs to breakpoints, both ways, whatever their length", async () => {
    const session = new FakeSession();
    const gdb = new GdbClient(session);
    expect(await gdb.ask(`Z1,${hex(CODE + 8n)},1`)).toBe("OK");
    expect(await gdb.ask("c")).toBe(STOP);
    expect(session.position).toBe(2);
    expect(await gdb.ask("vCont;c:p1.-1")).toBe(STOP);
    expect(session.position).toBe(10);
    expect(await gdb.ask("bc")).toBe(STOP);
    expect(session.position).toBe(2);
    expect(await gdb.ask(`z1,${hex(CODE + 8n)},1`)).toBe("OK");
    expect(await gdb.ask("c")).toBe(STOP + "replaylog:end;");
  });

  it("keeps a software breakpoint when the hardware one at its address is removed", async () => {
    const session = new FakeSession();
    const gdb = new GdbClient(session);
    const at = `${hex(CODE + 8n)},4`;
    for (const packet of [`Z0,${at}`, `Z1,${at}`, `z1,${at}`]) expect(await gdb.ask(packet)).toBe("OK");
    expect(await gdb.ask("c")).toBe(STOP);
    expect(session.position).toBe(2);
    expect(await gdb.ask(`z0,${at}`)).toBe("OK");
    expect(await gdb.ask("c")).toBe(STOP + "replaylog:end;");
  });

  it("stops before a watched access going forward, after it going back, and does not report it again", async () => {
    const session = new FakeSession();
    const gdb = new GdbClient(session);
    const watch = `${STOP}watch:${hex(COUNTER)};`;
    expect(await gdb.ask(`Z2,${hex(COUNTER)},8`)).toBe("OK");
    expect(await gdb.ask("c")).toBe(watch);
    expect(session.position).toBe(3);
    expect(await gdb.ask("c")).toBe(watch);
    expect(session.position).toBe(11);
    expect(await gdb.ask("bc")).toBe(watch);
    expect(session.position).toBe(4);
    expect(await gdb.ask("bc")).toBe(STOP + "replaylog:begin;");
    expect(await gdb.ask(`z2,${hex(COUNTER)},8`)).toBe("OK");
    expect(await gdb.ask(`Z3,${hex(COUNTER + 4n)},2`)).toBe("OK");
    expect(await gdb.ask("c")).toBe(`${STOP}rwatch:${hex(COUNTER + 4n)};`);
    expect(session.position).toBe(5);
    expect(await gdb.ask(`Z4,${hex(COUNTER)},8`)).toBe("OK");
    expect(await gdb.ask("c")).toBe(`${STOP}awatch:${hex(COUNTER)};`);
    expect(await gdb.ask("Z2,0,0")).toBe("E22");
    expect(await gdb.ask("Z2,0,ffffffff")).toBe("E.a watched range has at most 65536 bytes, not 4294967295");
    expect(gdb.host.calls.at(-1)).toContain("at most 65536 bytes");
  });

  it("watches what exists of a range that ends behind the last address, and says so", async () => {
    const session = new FakeSession();
    let watched: readonly unknown[] = [];
    session.setWatchpoints = (all) => (watched = all);
    const gdb = new GdbClient(session);
    expect(await gdb.ask("Z2,fffffffffffffffc,8")).toBe("OK");
    expect(watched).toEqual([{ kind: "write", address: 0xfffffffffffffffcn, length: 4 }]);
    gdb.send("s");
    const text = fromHex((await gdb.next()).slice(1))!;
    expect(new TextDecoder().decode(text)).toContain("the 4 bytes up to the last address are watched");
    expect(await gdb.next()).toBe(STOP);
    expect(await gdb.ask("z2,fffffffffffffffc,8")).toBe("OK");
    expect(watched).toEqual([]);
  });

  it("stops at replay_break with SIGINT", async () => {
    const session = new FakeSession();
    const gdb = new GdbClient(session);
    expect(await gdb.monitor("replay_break 100")).toBe("");
    expect(await gdb.ask("c")).toBe(INTERRUPTED);
    expect(session.position).toBe(100);
  });

  it("is interrupted by Ctrl-C, however early it comes", async () => {
    const session = new FakeSession(10, true);
    session.mode = "record";
    const gdb = new GdbClient(session);
    await gdb.ask("?");
    gdb.send("c");
    gdb.raw("\x03");
    expect(await gdb.next()).toBe(INTERRUPTED);
    gdb.send("c");
    while (!session.atEnd) await Promise.resolve();
    gdb.raw("\x03");
    expect(await gdb.next()).toBe(INTERRUPTED);
    gdb.raw("\x03\x03");
    await gdb.ask("qfThreadInfo");
    expect(await gdb.ask("s")).toBe(STOP + "replaylog:end;");
  });

  it("is interrupted by a Ctrl-C that comes before the packets of the continue that it is meant for", async () => {
    const session = new FakeSession();
    const gdb = new GdbClient(session);
    await gdb.ask("qfThreadInfo");
    gdb.raw("\x03");
    await gdb.ask(`m${hex(COUNTER)},8`);
    await gdb.ask("vCont?");
    expect(await gdb.ask("vCont;c:p1.-1")).toBe(INTERRUPTED);
    expect(session.position).toBe(0);
    expect(await gdb.ask("s")).toBe(STOP);
  });

  it("keeps no Ctrl-C that a command of the monitor's heard", async () => {
    const session = new FakeSession();
    const gdb = new GdbClient(session);
    gdb.send(`qRcmd,${Buffer.from("info replay").toString("hex")}`);
    gdb.raw("\x03");
    while ((await gdb.next()) !== "OK");
    expect(await gdb.ask("s")).toBe(STOP);
  });

  it("tells gdb's user of a branch that a motion dropped", async () => {
    const session = new FakeSession();
    const gdb = new GdbClient(session);
    await gdb.ask("?");
    session.position = 10;
    const { runBack } = session;
    session.runBack = async () => {
      const stop = await runBack.call(session);
      session.branchesDropped.emit({ from: 8, end: 12, names: [] });
      return stop;
    };
    gdb.send("bc");
    const text = await gdb.next();
    expect(text.startsWith("O")).toBe(true);
    expect(Buffer.from(text.slice(1), "hex").toString()).toMatch(/^the throw-away branch that began at position 8 /);
    expect(await gdb.next()).toBe(STOP + "replaylog:begin;");
    expect(gdb.host.calls).toHaveLength(1);
  });

  describe("between two resumes, where gdb looks whether a condition holds", () => {
    /** At a breakpoint, the fourth instruction of each round. */
    const atBreakpoint = async () => {
      const session = new FakeSession();
      const gdb = new GdbClient(session);
      await gdb.ask(`Z0,${hex(CODE + 12n)},4`);
      expect(await gdb.ask("c")).toBe(STOP);
      return { session, gdb };
    };

    for (const [who, stop] of [
      ["Ctrl-C", (gdb: GdbClient) => gdb.raw("\x03")],
      ["another party's stop", (gdb: GdbClient) => void gdb.target.control.halt()],
    ] as const) {
      it(`keeps ${who} for the next one`, async () => {
        const { session, gdb } = await atBreakpoint();
        stop(gdb);
        await gdb.ask(`m${hex(COUNTER)},8`);
        expect(await gdb.ask("vCont;c")).toBe(INTERRUPTED);
        expect(session.position).toBe(3);
        // Once.
        expect(await gdb.ask("c")).toBe(STOP);
        expect(session.position).toBe(3 + LOOP);
      });

      it(`forgets ${who} when gdb shows its user the stop after all`, async () => {
        const { session, gdb } = await atBreakpoint();
        stop(gdb);
        expect(await gdb.ask("qfThreadInfo")).toBe("m01");
        expect(await gdb.ask("c")).toBe(STOP);
        expect(session.position).toBe(3 + LOOP);
      });
    }

    it("does not lose a Ctrl-C to the breakpoint that was hit first", async () => {
      const { session, gdb } = await atBreakpoint();
      gdb.send("c");
      while (!session.running) await Promise.resolve();
      // The motion is over before it is heard.
      session.interrupt = () => undefined;
      gdb.raw("\x03");
      expect(await gdb.next()).toBe(STOP);
      expect(await gdb.ask("c")).toBe(INTERRUPTED);
    });
  });

  it("hears of a stop by another party", async () => {
    const session = new FakeSession(10, true);
    session.mode = "record";
    const gdb = new GdbClient(session);
    await gdb.ask("?");
    gdb.send("c");
    while (!session.atEnd) await Promise.resolve();
    await gdb.target.control.halt();
    expect(await gdb.next()).toBe(INTERRUPTED);
  });

  it("stops moving when gdb is gone", async () => {
    const session = new FakeSession(10, true);
    session.mode = "record";
    const gdb = new GdbClient(session);
    await gdb.ask(`Z0,${hex(CODE + 400n)},4`);
    gdb.send("c");
    while (!session.atEnd) await Promise.resolve();
    gdb.server.dispose();
    await gdb.target.control.halt();
    expect(session.running).toBe(false);
    expect(gdb.target.hits.owner().breakpoints.size).toBe(0);
  });

  it("reports a power-off as the process's end only where there is no history", async () => {
    const session = new FakeSession(3);
    session.mode = "none";
    const gdb = new GdbClient(session);
    expect(await gdb.ask("c")).toBe("W00");
    session.mode = "record";
    expect(await gdb.ask("c")).toBe(STOP + "replaylog:end;");
  });
});
