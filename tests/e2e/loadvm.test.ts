import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { once } from "node:events";
import { createConnection } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { freePort, guestOptions, hindsight, hindsightCommand, type Running } from "./command-line.ts";
import { Gdb, gdbExists } from "./gdb.ts";

const TO_MONITOR = "\x01c";

/** What a QEMU user does with snapshots of a running machine, with the real kernel. */
describe("loadvm of a running machine", { timeout: 600_000 }, () => {
  let folder: string;
  const running: Running[] = [];
  const start = (...args: string[]): Running => {
    const process = hindsight(...guestOptions(), ...args);
    running.push(process);
    return process;
  };
  beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), "hindsight-loadvm-"))));
  afterEach(() => {
    for (const process of running.splice(0)) process.end();
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  /** A shell with `one` in a file; then `savevm s`, and `two` in it. */
  async function oneThenTwo(machine: Running): Promise<void> {
    await machine.until("Hindsight guest ready");
    await machine.until("~ # ");
    machine.type("echo one > a; echo written $((1))\r");
    let at = await machine.until("written 1");
    at = await machine.until("~ # ", at);
    machine.type(`${TO_MONITOR}savevm s\rinfo snapshots\r`);
    await machine.until("\n--        s ");
    machine.type(`${TO_MONITOR}echo two > a; cat a; echo written $((2))\r`);
    at = await machine.until("\ntwo", at);
    await machine.until("written 2", at);
  }
  /** What is in the file, as the shell says. */
  async function content(machine: Running, number: number): Promise<string> {
    const from = machine.output.length;
    machine.type(`echo "$(cat a) in $((${number}))"\r`);
    const end = await machine.until(` in ${number}`, from);
    return /(\w+) in \d+$/.exec(machine.output.slice(from, end))![1]!;
  }

  it("goes on from the snapshot with new input, and returns, where nothing is recorded", async () => {
    const machine = start();
    await oneThenTwo(machine);
    machine.type(`${TO_MONITOR}loadvm s\r`);
    await machine.until("not recorded; what came after is kept: 'branch_end' returns to it");
    machine.type(`info snapshots\r${TO_MONITOR}`);
    const listed = await machine.until("List of snapshots", machine.output.lastIndexOf("loadvm s"));
    await machine.until("\n--        s ", listed);
    expect(await content(machine, 11)).toBe("one");
    // Again: it is the same instant.
    machine.type("echo three > a; echo written $((3))\r");
    await machine.until("written 3");
    machine.type(`${TO_MONITOR}loadvm s\r${TO_MONITOR}`);
    expect(await content(machine, 12)).toBe("one");
    const from = machine.output.length;
    machine.type(`${TO_MONITOR}stop\rbranch_end\rseek end\rwhen\rc\r${TO_MONITOR}`);
    await machine.until("back in history, at position", from);
    await machine.until(", the live end;", from);
    expect(await content(machine, 13)).toBe("two");
    machine.type("\x01x");
    expect(await machine.exit).toBe(0);
  });

  it("records what it goes on with beside what it left, where it records", async () => {
    const file = join(folder, "typed.rec");
    const port = await freePort();
    const machine = start(
      ...["-icount", `shift=0,rr=record,rrfile=${file}`, "-qmp", `tcp:127.0.0.1:${port},server,nowait`],
      // With QMP, -nographic has no monitor of its own, as on QEMU.
      ...["-serial", "mon:stdio"],
    );
    await oneThenTwo(machine);
    machine.type(`${TO_MONITOR}loadvm s\r${TO_MONITOR}`);
    await machine.until("'typed.rec' is kept with all that came after: replay it to return");
    expect(await content(machine, 11)).toBe("one");
    // By QMP, whose jobs have no text: the console is told.
    const qmp = createConnection(port, "127.0.0.1");
    await once(qmp, "connect");
    const load = { execute: "snapshot-load", arguments: { "job-id": "j", tag: "s", vmstate: "d", devices: [] } };
    qmp.write(JSON.stringify({ execute: "qmp_capabilities" }) + JSON.stringify(load));
    await machine.until("recording 'typed-loadvm-2.rec' goes on from position");
    expect(await content(machine, 12)).toBe("one");
    qmp.destroy();
    machine.type(`${TO_MONITOR}info replay\rquit\r`);
    await machine.until("Recording execution 'typed-loadvm-2.rec'");
    expect(await machine.exit).toBe(0);

    // Nothing that was recorded is lost.
    for (const [name, said] of Object.entries({
      typed: "two",
      "typed-loadvm-1": "one in 11",
      "typed-loadvm-2": "one in 12",
    })) {
      expect(existsSync(join(folder, `${name}.rec`))).toBe(true);
      const replay = hindsight(
        "-M",
        "virt",
        "-nographic",
        "-icount",
        `shift=0,rr=replay,rrfile=${join(folder, name)}.rec`,
      );
      running.push(replay);
      expect(await replay.exit).toBe(0);
      expect(replay.output).toContain(`\n${said}`);
    }
    const verify = hindsightCommand("verify", file);
    expect(await verify.exit).toBe(0);
    expect(verify.output).toMatch(/: it was left for its branch 'typed-loadvm-1.rec', from position \d+\n/);
  });

  it.skipIf(!gdbExists)("stands in the branch when gdb holds the machine at the live end", async () => {
    const port = await freePort();
    const machine = start("-gdb", `tcp::${port}`);
    await oneThenTwo(machine);
    const gdb = await Gdb.attach(port);
    running.push(gdb);
    expect(await gdb.ask("monitor loadvm s")).toMatch(/^a branch goes on from position \d+, not recorded/);
    expect(await gdb.ask("monitor when")).toMatch(/^position (\d+), the live end, in a throw-away branch of \1;/);
    expect(await gdb.ask("monitor info status")).toContain("paused");
    gdb.type("detach\n");
    expect(await content(machine, 11)).toBe("one");
  });
});
