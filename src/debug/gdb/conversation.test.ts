import { describe, expect, it } from "vitest";
import { CODE, FakeSession } from "../testing/fake-session.ts";
import { GdbClient, pcAt as pc } from "../testing/gdb-client.ts";

const STOP = "T05thread:01;";
const hex = (address: bigint) => address.toString(16);

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
