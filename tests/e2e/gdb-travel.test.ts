import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DirectoryStore } from "../../src/storage/directory/index.ts";
import { describeImage, recordSession } from "../../src/timetravel/index.ts";
import { FakeHost } from "../../src/timetravel/testing/fake-host.ts";
import { smallMachine, smallProgram } from "../guests/programs/small.ts";
import { loadInterpreter } from "../support/interpreter.ts";
import { freePort, hindsight, hindsightCommand, type Running } from "./command-line.ts";
import { Gdb, gdbExists } from "./gdb.ts";

describe.skipIf(!gdbExists)("gdb in a replay", { timeout: 180_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), "hindsight-"));
  let machine: Running;
  let gdb: Gdb;

  beforeAll(async () => {
    const [kernel, path] = [await smallProgram(), join(folder, "small.elf")];
    writeFileSync(path, kernel);
    const subject = smallMachine(kernel, loadInterpreter());
    const { configuration } = subject;
    const header = { configuration, images: [describeImage("kernel", path, kernel)], created: 0, version: "test" };
    const session = await recordSession({
      ...{
        machine: subject,
        store: new DirectoryStore(folder),
        header,
        name: "r",
        host: new FakeHost(1),
        sleep: false,
      },
    });
    await session.run({ until: 100_000 });
    await session.quit();
    const port = await freePort();
    const options = "-M virt -display none -serial null -monitor none -S -gdb".split(" ");
    machine = hindsight(...options, `tcp::${port}`, "-icount", `rr=replay,rrfile=${join(folder, "r")}`);
    gdb = await Gdb.attach(port);
  });
  afterAll(() => {
    gdb.end();
    machine.end();
    rmSync(folder, { recursive: true });
  });

  const position = async (): Promise<number> => Number(/position (\d+)/.exec(await gdb.ask("monitor when"))?.[1]);
  const seek = async (to: number): Promise<void> => {
    await gdb.ask(`monitor seek ${to}`);
    await gdb.ask("maintenance flush register-cache");
  };
  /** Old and new value, and the address of the instruction shown. */
  const watched = (answer: string): { old: bigint; new: bigint; pc: string } => {
    const [, from, to, pc] = /Old value = (\d+)\n *New value = (\d+)\n *(0x[0-9a-f]+)/.exec(answer) ?? [];
    if (from === undefined) throw new Error(`no watchpoint in:\n${answer}`);
    return { old: BigInt(from), new: BigInt(to!), pc: pc! };
  };

  it("shows a watchpoint's values in both directions, and when a step makes the access", async () => {
    await seek(50_000);
    await gdb.ask("watch *(long *) 0x40100080");
    const first = watched(await gdb.ask("continue"));
    const behind = await position();
    const second = watched(await gdb.ask("continue"));
    expect([second.old, second.new, second.pc]).toEqual([first.new, first.new + 1n, first.pc]);
    const back = watched(await gdb.ask("reverse-continue"));
    expect([back.old, back.new]).toEqual([second.new, second.old]);
    const further = watched(await gdb.ask("reverse-continue"));
    expect([further.old, further.new]).toEqual([first.new, first.old]);
    expect(await position()).toBe(behind - 1);
    expect(watched(await gdb.ask("stepi"))).toEqual(first);
    expect(await position()).toBe(behind);
    expect(watched(await gdb.ask("reverse-stepi"))).toEqual(further);
    expect(await position()).toBe(behind - 1);
    await gdb.ask("delete");
    expect(await gdb.ask("stepi")).not.toContain("Old value");
    expect(await position()).toBe(behind);
  });

  it("finds conditional breakpoints and software watchpoints backwards", async () => {
    await seek(100_000);
    await gdb.ask("break *0x400800bc if $x23 == 3000");
    expect(await gdb.ask("reverse-continue")).toMatch(/Breakpoint \d+, 0x0*400800bc/);
    expect(await gdb.ask("print $x23")).toContain("= 3000");
    await gdb.ask("delete");
    await gdb.ask("set can-use-hw-watchpoints 0");
    await gdb.ask("watch $x23");
    expect(watched(await gdb.ask("reverse-continue"))).toMatchObject({ old: 3000n, new: 2999n });
    expect(watched(await gdb.ask("continue"))).toMatchObject({ old: 2999n, new: 3000n });
    await gdb.ask("set can-use-hw-watchpoints 1");
    await gdb.ask("delete");
    await gdb.ask("tbreak *0x400800bc");
    expect(await gdb.ask("continue")).toMatch(/Temporary breakpoint \d+, 0x0*400800bc/);
  });

  it("writes to a throw-away branch, says so, and finds history as it was", async () => {
    await seek(60_000);
    const before = await gdb.ask("print $x23");
    await gdb.ask("set $x23 = 7");
    expect(await gdb.ask("stepi")).toContain("register x23 was written in a throw-away branch from position 60000");
    expect(await gdb.ask("print $x23")).toContain("= 7");
    await gdb.ask("set *(long *) 0x40100600 = 4711");
    expect(await gdb.ask("stepi")).not.toContain("throw-away");
    expect(await gdb.ask("print *(long *) 0x40100600")).toContain("= 4711");
    expect(await gdb.ask("monitor last-write 0x40100600 8")).toContain("by a debugger");
    expect(await gdb.ask("monitor info branch")).toContain("throw-away branch of position 60000");
    expect(await gdb.ask("monitor branch_end")).toContain("back in recorded history, at position 60000");
    await gdb.ask("maintenance flush register-cache");
    expect((await gdb.ask("print $x23")).replace(/.*=/, "")).toBe(before.replace(/.*=/, ""));
    // Going back behind the branch's begin ends it too.
    await gdb.ask("set $x23 = 8");
    await gdb.ask("reverse-stepi 2");
    expect(await position()).toBe(59_999);
    expect(await gdb.ask("monitor info branch")).toContain("recorded history");
  });

  it("stops at both ends of history", async () => {
    expect(await gdb.ask("continue")).toContain("No more reverse-execution history");
    expect(await position()).toBe(100_000);
    expect(await gdb.ask("reverse-continue")).toContain("No more reverse-execution history");
    expect(await position()).toBe(0);
  });

  it("records another future from here, which is a recording like any other", async () => {
    await seek(40_000);
    expect(await gdb.ask("monitor branch other")).toContain("recording 'other' from position 40000");
    await gdb.ask("set $x23 = 9");
    await gdb.ask("stepi 5000");
    // gdb makes one step of an exclusive loop.
    const end = await position();
    expect(end).toBeGreaterThan(45_000);
    expect(await gdb.ask("monitor info replay")).toContain(`Recording execution 'other': instruction count = ${end}`);
    expect(await gdb.ask("monitor info branch")).toContain("branch of 'r' from position 40000");
    await gdb.ask("monitor seek 39000");
    expect(await gdb.ask("monitor when")).toContain(`position 39000, of ${end}`);
    expect(await gdb.ask("monitor branch r")).toContain("exists");
    await gdb.ask("kill");
    expect(await machine.exit).toBe(0);
    const verified = hindsightCommand("verify", join(folder, "other"));
    expect(await verified.exit).toBe(0);
    expect(verified.output).toContain(`in ${end} instructions`);
    const parent = hindsightCommand("verify", join(folder, "r"));
    expect(await parent.exit).toBe(0);
    expect(parent.output).toContain("in 100000 instructions");
  });
});
