import { describe, expect, it } from "vitest";
import { FakeSession } from "../testing/fake-session.ts";
import { GdbClient, pcAt as pc } from "../testing/gdb-client.ts";
import { PACKET_BYTES } from "./wire.ts";

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
