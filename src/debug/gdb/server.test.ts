import { describe, expect, it } from "vitest";
import { FakeSession } from "../testing/fake-session.ts";
import { GdbClient, pcAt as pc } from "../testing/gdb-client.ts";
import { encodePacket } from "./wire.ts";

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
