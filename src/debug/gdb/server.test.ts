import { describe, expect, it } from "vitest";
import { CODE, COUNTER, FakeSession, LOOP } from "../testing/fake-session.ts";
import { GdbClient } from "../testing/gdb-client.ts";
import { fromHex, encodePacket, PACKET_BYTES } from "./wire.ts";

const STOP = "T05thread:01;";
const INTERRUPTED = "T02thread:01;";
const hex = (address: bigint) => address.toString(16);
const pc = (position: number) => {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, CODE + BigInt(4 * (position % LOOP)), true);
  return Array.from(bytes, (b) => b.toString(16).padStart(2, "0")).join("");
};

describe("the conversation", () => {
  it("answers qSupported as QEMU does", async () => {
    const gdb = new GdbClient(new FakeSession());
    expect(await gdb.ask("qSupported")).toBe(
      "PacketSize=4000;qXfer:features:read+;ReverseStep+;ReverseContinue+;vContSupported+;multiprocess+",
    );
  });

  it("answers the unknown with nothing", async () => {
    const gdb = new GdbClient(new FakeSession());
    for (const packet of [
      "vMustReplyEmpty",
      "qTStatus",
      "qOffsets",
      "",
      "garbage",
      "bcx",
      "?x",
      "Z9,0,0",
      "!",
      "vFile:",
      "qqemu.sstepbitsX",
      "qqemu.sstepX",
      "qqemu.PhyMemMode1",
    ]) {
      expect(await gdb.ask(packet), packet).toBe("");
    }
  });

  it("acknowledges, asks again and repeats", async () => {
    const gdb = new GdbClient(new FakeSession());
    gdb.raw("$?#00");
    expect(gdb.signs).toEqual(["nak"]);
    expect(await gdb.ask("?")).toBe(STOP);
    expect(gdb.signs).toEqual(["nak", "ack"]);
    gdb.raw("-");
    expect(await gdb.next()).toBe(STOP);
    expect(await gdb.ask("QStartNoAckMode")).toBe("OK");
    gdb.signs.length = 0;
    expect(await gdb.ask("?")).toBe(STOP);
    expect(gdb.signs).toEqual([]);
  });

  it("does not repeat an older answer when gdb runs out of patience with a long command", async () => {
    const gdb = new GdbClient(new FakeSession());
    expect(await gdb.ask("m1000,4")).not.toBe("");
    gdb.send("qRcmd,696e666f207265706c6179");
    gdb.raw("-");
    expect(await gdb.next()).toMatch(/^O/);
    expect(await gdb.next()).toBe("OK");
  });

  it("speaks of process 1 to clients that know processes", async () => {
    const gdb = new GdbClient(new FakeSession());
    expect(await gdb.ask("qfThreadInfo")).toBe("m01");
    expect(await gdb.ask("qSupported:multiprocess+;swbreak+")).toContain("multiprocess+");
    expect(await gdb.ask("?")).toBe(`T05thread:p01.01;1f:0000000000000000;20:${pc(0)};`);
    expect(await gdb.ask("qfThreadInfo")).toBe("mp01.01");
    expect(await gdb.ask("qsThreadInfo")).toBe("l");
    expect(await gdb.ask("qC")).toBe("QCp01.01");
    expect(await gdb.ask("qAttached:1")).toBe("1");
    for (const thread of ["Hgp1.1", "Hc-1", "Hgp0.0", "Hcp1.-1", "Hg1", "Hg0", "T1", "Tp01.01"]) {
      expect(await gdb.ask(thread), thread).toBe("OK");
    }
    for (const thread of ["Hg2", "Hgp2.1", "Hgx", "T7", "Hx1"]) expect(await gdb.ask(thread), thread).toBe("E22");
  });

  it("says that it is QEMU's kind of stub", async () => {
    const gdb = new GdbClient(new FakeSession());
    expect(await gdb.ask("qqemu.sstepbits")).toBe("ENABLE=1,NOIRQ=2,NOTIMER=4");
    expect(await gdb.ask("qqemu.sstep")).toBe("0x7");
    // By this one GEF and pwndbg know that it is QEMU.
    expect(await gdb.ask("Qqemu.sstepbits")).toBe("ENABLE=1,NOIRQ=2,NOTIMER=4");
    expect(await gdb.ask("Qqemu.sstep")).toBe("0x7");
    expect(await gdb.ask("qOffsets")).toBe("");
    expect(await gdb.ask("Qqemu.sstep=0x1")).toBe("OK");
    expect(await gdb.ask("qqemu.sstep")).toBe("0x1");
    expect(await gdb.ask("Qqemu.sstep=5")).toBe("OK");
    for (const wrong of ["0xff", "zz", "", "-1"]) expect(await gdb.ask(`Qqemu.sstep=${wrong}`), wrong).toBe("E22");
    expect(await gdb.ask("qqemu.sstep")).toBe("0x5");
    for (const thread of ["1", "p01.01"])
      expect(Buffer.from(await gdb.ask(`qThreadExtraInfo,${thread}`), "hex").toString()).toBe("CPU#0 [running]");
    expect(await gdb.ask("qThreadExtraInfo,2")).toBe("E22");
  });

  it("serves the target description in pieces", async () => {
    const gdb = new GdbClient(new FakeSession());
    const whole = await gdb.ask("qXfer:features:read:target.xml:0,ffb");
    expect(whole).toMatch(/^l<\?xml.*aarch64/);
    let text = "";
    for (;;) {
      const piece = await gdb.ask(`qXfer:features:read:target.xml:${text.length.toString(16)},20`);
      text += piece.slice(1);
      if (piece[0] === "l") break;
    }
    expect("l" + text).toBe(whole);
    expect(await gdb.ask("qXfer:features:read:aarch64-core.xml:0,ffb")).toContain('name="x0"');
    expect(await gdb.ask("qXfer:features:read:none.xml:0,ffb")).toBe("E00");
    expect(await gdb.ask("qXfer:features:read:target.xml:fffff,ffb")).toBe("E00");
  });

  it("stops the machine and keeps the moment of attaching", async () => {
    const session = new FakeSession(10, true);
    session.mode = "record";
    const running = session.run();
    const gdb = new GdbClient(session);
    expect(await gdb.ask("?")).toBe(STOP);
    expect(await running).toEqual({ kind: "interrupted" });
    expect(session.snapshots().map((s) => s.name)).toEqual(["start_debugging"]);
    const second = new GdbClient(session);
    await second.ask("?");
    expect(session.snapshots()).toHaveLength(1);
  });

  it("detaches and lets the machine run, without its breakpoints", async () => {
    const session = new FakeSession();
    const gdb = new GdbClient(session);
    await gdb.ask(`Z0,${hex(CODE + 4n)},4`);
    expect(await gdb.ask("D")).toBe("OK");
    expect(gdb.closed).toBe(true);
    expect(gdb.host.calls).toEqual(["resume"]);
    expect(await session.run()).toEqual({ kind: "history-end" });
  });

  it("detaches and kills process 1 only, and from clients that know processes", async () => {
    const gdb = new GdbClient(new FakeSession());
    expect(await gdb.ask("D;1")).toBe("E22");
    await gdb.ask("qSupported:multiprocess+");
    for (const packet of ["D;2", "D;", "D;x", "vKill;2", "vKill;"]) expect(await gdb.ask(packet), packet).toBe("E22");
    expect(await gdb.ask("D1")).toBe("");
    expect([gdb.closed, gdb.host.calls]).toEqual([false, []]);
    expect(await gdb.ask("D;1")).toBe("OK");
    expect([gdb.closed, gdb.host.calls]).toEqual([true, ["resume"]]);
  });

  it("kills", async () => {
    const gdb = new GdbClient(new FakeSession());
    expect(await gdb.ask("vKill;1")).toBe("OK");
    expect(gdb.host.calls).toEqual(["quit"]);
    expect(gdb.closed).toBe(true);
  });

  it("hangs up on a flood", () => {
    const gdb = new GdbClient(new FakeSession());
    for (let i = 0; i < 100; i++) gdb.send("?");
    expect(gdb.closed).toBe(true);
  });
});

describe("registers and memory", () => {
  it("reads registers by gdb's numbers", async () => {
    const gdb = new GdbClient(new FakeSession());
    await gdb.ask("s");
    expect(await gdb.ask("p20")).toBe(pc(1));
    expect(await gdb.ask("p0")).toBe("0100000000000000");
    expect(await gdb.ask("p21")).toBe("00000000");
    expect(await gdb.ask("p99")).toBe("E14");
    expect(await gdb.ask("pzz")).toBe("E14");
    const all = await gdb.ask("g");
    expect(all).toHaveLength(2 * (33 * 8 + 4));
    expect(all.slice(32 * 16, 33 * 16)).toBe(pc(1));
  });

  it("reads and writes system registers one by one, also in the past, but not those that cannot be written", async () => {
    const session = new FakeSession(0);
    session.mode = "record";
    const gdb = new GdbClient(session);
    expect(await gdb.ask("pc290")).toBe("0000000000000000");
    expect(await gdb.ask("Pc290=1122334455667788")).toBe("OK");
    expect(session.edits.at(-1)).toMatchObject({ kind: "write-register", register: 0xc290 });
    expect(await gdb.ask("Pc000=1122334455667788")).toBe("E.register MIDR_EL1 can only be read");
    expect(session.edits).toHaveLength(1);
  });

  it("reads memory, and says E14 where there is none", async () => {
    const gdb = new GdbClient(new FakeSession());
    expect(await gdb.ask("m40000000,4")).toBe("1f2003d5");
    expect(await gdb.ask("m40002fff,2")).toBe("E14");
    expect(await gdb.ask("mffffffffffffffff,8")).toBe("E14");
    expect(await gdb.ask("m0,4")).toBe("E14");
    expect(await gdb.ask(`m40000000,${(PACKET_BYTES / 2 + 1).toString(16)}`)).toBe("E22");
    expect(await gdb.ask("m40000000")).toBe("E22");
    expect(await gdb.ask("m,")).toBe("E22");
  });

  it("reads physical memory in PhyMemMode", async () => {
    const gdb = new GdbClient(new FakeSession());
    expect(await gdb.ask("qqemu.PhyMemMode")).toBe("0");
    expect(await gdb.ask("m40003000,1")).toBe("E14");
    expect(await gdb.ask("Qqemu.PhyMemMode:1")).toBe("OK");
    expect(await gdb.ask("qqemu.PhyMemMode")).toBe("1");
    expect(await gdb.ask("m40003000,1")).toBe("00");
  });

  it("writes at the live end as host edits, page by page", async () => {
    const session = new FakeSession(0);
    session.mode = "record";
    const gdb = new GdbClient(session);
    expect(await gdb.ask("M40000ffe,4:01020304")).toBe("OK");
    expect(await gdb.ask("X40000000,3:}\x03*")).toBe("OK");
    expect(await gdb.ask("X40000000,0:")).toBe("OK");
    expect(await gdb.ask("P0=1122334455667788")).toBe("OK");
    expect(session.edits.slice(0, 3)).toEqual([
      { kind: "write-memory", physicalAddress: 0x40000ffe, bytes: Uint8Array.of(1, 2) },
      { kind: "write-memory", physicalAddress: 0x40001000, bytes: Uint8Array.of(3, 4) },
      { kind: "write-memory", physicalAddress: 0x40000000, bytes: Uint8Array.of(0x7d, 3, 0x2a) },
    ]);
    expect(session.edits.at(-1)).toEqual({
      kind: "write-register",
      register: 0,
      bytes: Uint8Array.of(0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88),
    });
    expect(await gdb.ask("M40002ffe,4:01020304")).toBe("E14");
    expect(await gdb.ask("M40000000,4:0102")).toBe("E22");
    expect(await gdb.ask("P0=11")).toBe("E22");
  });

  it("writes with G only what differs", async () => {
    const session = new FakeSession(0);
    session.mode = "record";
    const gdb = new GdbClient(session);
    const all = await gdb.ask("g");
    expect(await gdb.ask("G" + all)).toBe("OK");
    expect(session.edits).toEqual([]);
    for (const part of ["", all.slice(0, 2), all.slice(0, 18)]) expect(await gdb.ask("G" + part)).toBe("E22");
    expect(await gdb.ask("G" + all.slice(0, 32))).toBe("OK");
    expect(await gdb.ask("G" + all.slice(0, 16) + "0100000000000000" + all.slice(32))).toBe("OK");
    expect(session.edits).toHaveLength(1);
  });

  it("refuses to change the past, with one clear line", async () => {
    const gdb = new GdbClient(new FakeSession());
    expect(await gdb.ask("M40000000,1:00")).toMatch(/^E\./);
    expect(await gdb.ask("P0=1122334455667788")).toMatch(/^E\.register x0 not written/);
    expect(gdb.host.calls).toHaveLength(2);
  });
});

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

describe("monitor", () => {
  it("is reached with qRcmd, and says when gdb's registers are stale", async () => {
    const gdb = new GdbClient(new FakeSession());
    expect(await gdb.monitor("info replay")).toBe("Replaying execution 'boot.rec': instruction count = 0\n");
    expect(await gdb.monitor("replay_seek 500")).toBe("run: maintenance flush register-cache\n");
    expect(await gdb.ask("p20")).toBe(pc(500));
    expect(await gdb.monitor("frobnicate")).toBe("unknown command: 'frobnicate'\n");
    expect(await gdb.ask("qRcmd,6")).toBe("E22");
  });

  it("quits after answering", async () => {
    const gdb = new GdbClient(new FakeSession());
    await gdb.monitor("quit");
    await Promise.resolve();
    expect(gdb.host.calls).toEqual(["quit"]);
  });
});

it("survives any packet", async () => {
  let x = 99;
  const random = (below: number) => (x = (Math.imul(x, 1664525) + 1013904223) >>> 0) % below;
  const seeds = [
    "m40000000,4",
    "qXfer:features:read:target.xml:0,ffb",
    "Z2,40001000,8",
    "z0,40000000,4",
    "vCont;s:p1.1",
  ];
  seeds.push(
    "P0=1122334455667788",
    "G00",
    "M40000000,2:0102",
    "X40000000,1:a",
    "bs",
    "s",
    "qRcmd,782f346920247063",
    "Hgp1.1",
  );
  const gdb = new GdbClient(new FakeSession());
  await gdb.ask("qSupported:multiprocess+");
  for (let round = 0; round < 3000 && !gdb.closed; round++) {
    const bytes = [...seeds[random(seeds.length)]!].map((c) => c.charCodeAt(0));
    for (let i = random(4); i > 0; i--) bytes[random(bytes.length)] = random(256);
    if (/^[kD]|^vKill/.test(String.fromCharCode(...bytes))) continue;
    gdb.server.receive(encodePacket(String.fromCharCode(...bytes)));
    expect(typeof (await gdb.next())).toBe("string");
  }
  expect(gdb.host.calls.filter((c) => /undefined|not a function|Cannot read/.test(c))).toEqual([]);
});
