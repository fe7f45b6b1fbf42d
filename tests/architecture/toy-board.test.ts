import { afterAll, beforeAll, expect, it } from "vitest";
import type { Disposable } from "../../src/base/index.ts";
import { parseOptions } from "../../src/cli/options.ts";
import { Monitor } from "../../src/debug/index.ts";
import { GdbClient } from "../../src/debug/testing/gdb-client.ts";
import { buildInterpreter } from "../../src/engine/interpreter/interpreter.ts";
import { asm, TRAP_VECTOR } from "../../src/engine/testing/toy-guest.ts";
import { pagedAsm } from "../../src/engine/testing/toy-paged.ts";
import { boards } from "../../src/machine/index.ts";
import { vectorAddress, vectoredToy } from "../../src/machine/testing/toy-board/guest.ts";
import { image, words } from "../../src/machine/testing/toy-board/programs.ts";
import { registerToyBoard, type ToyConfiguration, toyMap } from "../../src/machine/testing/toy-board/toy-board.ts";
import { plainSession } from "../../src/timetravel/index.ts";
import { decodeHeader, encodeHeader } from "../../src/timetravel/log/header.ts";
import { FakeHost } from "../../src/timetravel/testing/fake-host.ts";
import { checkHistory } from "../../src/timetravel/testing/properties.ts";
import { SEMANTICS } from "../../src/timetravel/versions.ts";

// A board that is a folder of its own: everything above takes it by its registration.

let registered: Disposable;
let interpreter: WebAssembly.Module;
beforeAll(() => {
  registered = registerToyBoard();
  interpreter = new WebAssembly.Module(buildInterpreter(vectoredToy, { optimize: false }).wasm.slice());
});
afterAll(() => registered.dispose());

const configuration: ToyConfiguration = {
  ...{ board: "toy", cpu: "toy", ramBytes: 0x2_0000, shift: 2, append: "" },
  ...{ reboot: true, randomness: false, semantics: SEMANTICS, startsInRom: false },
};

/** Rings, echoes what comes, moves its video memory about and draws in it, counts in a cell behind a port, and turns the ROM's shadow on and off. */
function busy() {
  const { windows, vectors, alarm, bell } = toyMap.devices;
  const again = [asm.li(0, toyMap.program + 4 * 12), asm.enable(), asm.jump(0)];
  const main = [
    ...[asm.li(1, vectors), asm.li(2, 6), asm.store(2, 1, 2), asm.li(3, alarm), asm.li(4, 90), asm.store(4, 3, 2)],
    // r2: page of the video memory as suggested.
    asm.li(2, toyMap.video.suggested >>> 16),
    ...Array.from({ length: 4 }, () => asm.add(2, 2, 2)),
    asm.enable(),
    // 12: from here on for ever.
    ...[asm.li(1, windows), asm.store(2, 1, 2, 4), asm.store(3, 6, 2, 0x20), asm.load(4, 6, 2, 0x20)],
    ...[asm.add(3, 3, 5), asm.store(3, 1, 2), asm.li(0, toyMap.rom.base), asm.store(3, 0, 2), asm.load(4, 0, 2)],
    ...[asm.store(4, 7, 2, 0x100), asm.li(0, 0), asm.store(0, 1, 2, 4)],
    ...[asm.li(0, toyMap.nvram + 1), pagedAsm.in(4, 0, 0), asm.add(4, 4, 5), pagedAsm.out(4, 0, 0)],
    ...[asm.wait(), asm.bnz(5, -17)],
  ];
  const ringing = [
    ...[asm.li(0, alarm), asm.store(5, 0, 2, 4), asm.li(1, 300), asm.store(1, 0, 2)],
    ...[asm.li(0, vectors), asm.li(1, 2), asm.store(1, 0, 2, 4), ...again],
  ];
  const ringer = [
    ...[asm.li(0, bell), asm.load(1, 0, 2), asm.store(1, 0, 2)],
    ...[asm.li(0, vectors), asm.li(1, 4), asm.store(1, 0, 2, 4)],
  ];
  const kernel = image([
    [Number(TRAP_VECTOR), again],
    // A vector has room for eight instructions.
    [vectorAddress(1), [asm.li(0, vectorAddress(3)), asm.jump(0)]],
    [vectorAddress(2), [...ringer, asm.li(0, Number(TRAP_VECTOR)), asm.jump(0)]],
    [vectorAddress(3), [...ringing]],
    [toyMap.program, main],
  ]);
  return boards.create({ configuration, images: { kernel, firmware: words([1, 2, 3]) }, interpreter });
}

it("its options and its recordings' headers are what it says", () => {
  expect(parseOptions(["-M", "toy"])).toMatchObject({ machine: "toy", cpu: "toy" });
  expect(() => parseOptions(["-M", "toy,gic-version=2"])).toThrow("the toy machine has no property 'gic-version'");
  expect(() => parseOptions(["-cpu", "cortex-a53", "-M", "toy"])).toThrow("there is toy");
  const header = { configuration, images: [], created: 0, version: "test" };
  const bytes = encodeHeader(header);
  expect(decodeHeader(bytes)).toEqual(header);
  expect(encodeHeader(decodeHeader(bytes))).toEqual(bytes);
  const damaged = { ...header, configuration: { ...configuration, startsInRom: 1 } };
  expect(() => decodeHeader(encodeHeader(damaged))).toThrow("the recording's configuration lacks 'startsInRom'");
});

it("has one state at every position, however one goes there", { timeout: 120_000 }, async () => {
  const busiest = busy();
  const events: string[] = [];
  busiest.onEvent = (event) => events.push(event);
  const session = plainSession({ machine: busiest, host: new FakeHost(), sleep: false });
  session.send(0, words([0x41]).slice(0, 1));
  await session.run({ until: 2000 });
  // It is as busy as it should be.
  expect(new Set(events)).toEqual(new Set(["interrupt", "idle"]));
  expect(events.filter((event) => event === "interrupt").length).toBeGreaterThan(20);
  expect(session.outputUntil(0, 2000)).toEqual(Uint8Array.of(0x41));
  expect([0x20, 0x21].some((at) => busiest.pages.view(busiest.pages.count - 2)[at] !== 0)).toBe(true);

  const limits = { snapshotInterval: 512, hashInterval: 1024 };
  for (const seed of [1, 2]) await checkHistory(busy, { seed, length: 6000, motions: 40, limits });
});

it("has ports that the monitor reaches, gdb's too, and only in a branch where history is", async () => {
  const gdb = new GdbClient(plainSession({ machine: busy(), host: new FakeHost(), sleep: false }));
  const { session } = gdb;
  const say = async (line: string): Promise<string> => (await new Monitor(gdb.target).execute(line)).output;
  await session.run({ until: 1000 });
  expect([await say("o/b 0x70 5"), await say("o /b 0x71 0x1c3"), await say("i/b 0x71")]).toEqual([
    ...["", ""],
    "portb[0x0071] = 0xc3\n",
  ]);
  expect(await say("i/b 0x70.4")).toBe("portb[0x0071] = 0x00\n");
  expect(await say("i 0xffff")).toBe("portl[0xffff] = 0xffffffff\n");
  expect([session.position, session.branchedAt]).toEqual([1006, undefined]);
  const hash = session.stateHash();

  await session.seek(500);
  expect(await say("i/b 0x71")).toMatch(
    /^portb\[0x0071\] = 0x[0-9a-f]{2}\na throw-away branch goes on from position 500,/,
  );
  expect(await say("i/b 0x71")).toMatch(/^portb\[0x0071\] = 0x[0-9a-f]{2}\n$/);
  expect([session.position, session.branchedAt]).toEqual([502, 500]);
  await session.endBranch();
  await session.seek(1006);
  expect(session.stateHash()).toBe(hash);

  gdb.send(`qRcmd,${Buffer.from("i/b 0x70").toString("hex")}`);
  expect(await gdb.next()).toBe(`O${Buffer.from("portb[0x0070] = 0x04\n").toString("hex")}`);
});

it("stops debuggers on the far side of a watched access, whichever way they come, and has registers of 8 to 80 bits", async () => {
  const program = [asm.li(1, 0x200), asm.store(5, 1, 3), asm.li(2, 7), asm.store(2, 1, 2), asm.bnz(5, 0)];
  const kernel = image([[toyMap.program, program]]);
  const machine = boards.create({ configuration, images: { kernel, firmware: words([]) }, interpreter });
  const gdb = new GdbClient(plainSession({ machine, host: new FakeHost(), sleep: false }));
  const stop = /^T05thread:01;watch:200;/;
  const at = (): number[] => [gdb.session.position, Number(machine.pc - BigInt(toyMap.program)) / 4];
  await gdb.ask("Z2,200,4");
  expect(await gdb.ask("c")).toMatch(stop);
  expect(at()).toEqual([2, 2]);
  expect(await gdb.ask("c")).toMatch(stop);
  expect(at()).toEqual([4, 4]);
  // Coming back it stops before an access: gdb sees the old value.
  for (const before of [3, 1]) {
    expect(await gdb.ask("bc")).toMatch(stop);
    expect(at()).toEqual([before, before]);
  }
  expect(await gdb.ask("bc")).toMatch(/replaylog:begin/);
  expect(await gdb.ask("s")).toMatch(/^T05thread/);
  expect(await gdb.ask("s")).toMatch(stop);
  expect(at()).toEqual([2, 2]);

  expect((await gdb.ask("g")).length).toBe(2 * (8 * 8 + 8 + 2 + 1 + 10));
  expect(await gdb.ask("Pb=0102030405060708090a")).toBe("OK");
  expect(await gdb.ask("pb")).toBe("0102030405060708090a");
  expect(await gdb.ask("p5")).toBe("0102030405060708");
  expect((await gdb.ask("p6")).slice(0, 4)).toBe("090a");
  expect(await gdb.ask("P9=3412")).toBe("OK");
  expect([await gdb.ask("p9"), await gdb.ask("pa")]).toEqual(["3412", "00"]);
  expect(await gdb.ask("Pb=01020304")).toMatch(/^E/);
});
