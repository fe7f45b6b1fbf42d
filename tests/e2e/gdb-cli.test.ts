import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { classicSession } from "./classic-session.ts";
import { freePort, guestOptions, hindsight, type Running } from "./command-line.ts";
import { Gdb, gdbExists, gdbSession } from "./gdb.ts";

const CTRL_A = "\x01";

describe("the command line", { timeout: 180_000 }, () => {
  let folder: string;
  const running: Running[] = [];
  const start = (...args: string[]): Running => {
    const process = hindsight(...args);
    running.push(process);
    return process;
  };
  const recording = (): string => join(folder, "session.rec");

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "hindsight-"));
    // The first start builds what is out of date, and says so.
    expect(await start("-version").exit).toBe(0);
  });
  afterEach(() => {
    for (const process of running.splice(0)) process.end();
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it("says what is wrong in one line, and lists what there is", async () => {
    const wrong = start("-foo");
    expect(await wrong.exit).toBe(1);
    expect(wrong.output).toBe("hindsight-system-aarch64: -foo: invalid option\n");
    const missing = start("-M", "virt", "-kernel", "/nonexistent");
    expect(await missing.exit).toBe(1);
    expect(missing.output).toMatch(/^hindsight-system-aarch64: could not load kernel '\/nonexistent': [^\n]*\n$/);
    const machines = start("-M", "help");
    expect(await machines.exit).toBe(0);
    expect(machines.output).toMatch(/^virt /m);
  });

  it("records a typed session, with the monitor on Ctrl-A c, until the guest powers off", async () => {
    const machine = start(...guestOptions(), "-icount", `shift=0,rr=record,rrfile=${recording()},rrsnapshot=init`);
    await machine.until("Hindsight guest ready");
    const at = await machine.until("~ # ");
    machine.type("echo $((6*7)) is the answer\r");
    await machine.until("42 is the answer", at);
    machine.type(`${CTRL_A}cinfo replay\r`);
    await machine.until(`Recording execution 'session.rec': instruction count = `);
    machine.type("savevm shell\rinfo snapshots\r");
    expect(await machine.until("\n--        shell")).toBeGreaterThan(0);
    machine.type(`${CTRL_A}cpoweroff -f\r`);
    expect(await machine.exit).toBe(0);
    expect(machine.output).toContain("reboot: Power down");
  });

  it("replays it to its end and exits by itself", async () => {
    const machine = start(
      "-M",
      "virt",
      "-nographic",
      "-icount",
      `shift=0,rr=replay,rrfile=${recording()},rrsnapshot=init`,
    );
    expect(await machine.exit).toBe(0);
    expect(machine.output).toContain("\n42 is the answer");
    expect(machine.output.trimEnd()).toMatch(/reboot: Power down$/);
  });

  it("refuses another kernel for a recording", async () => {
    const machine = start(
      "-M",
      "virt",
      "-nographic",
      "-kernel",
      "package.json",
      "-icount",
      `1,rr=replay,rrfile=${recording()}`,
    );
    expect(await machine.exit).toBe(1);
    expect(machine.output).toMatch(
      /^hindsight-system-aarch64: the recording was made with the kernel [^\n]*; -kernel [^\n]* is another file\n$/,
    );
  });

  describe.skipIf(!gdbExists)("with gdb", () => {
    const gdbPort = async (...args: string[]): Promise<number> => {
      const port = await freePort();
      start(...args, "-S", "-gdb", `tcp::${port}`);
      return port;
    };

    it("runs the classic session while recording", async () => {
      const file = join(folder, "classic.rec");
      const symbols = join(folder, "symbols.elf");
      const port = await gdbPort(...guestOptions(), "-icount", `shift=0,rr=record,rrfile=${file}`);
      const machine = running.at(-1)!;
      const gdb = await Gdb.attach(port);
      running.push(gdb);
      await classicSession({
        gdb,
        recording: /^classic\.rec$/,
        async symbols() {
          expect(await gdb.ask(`monitor symbols ${symbols}`)).toMatch(/^\d{5} symbols written/);
          return symbols;
        },
        ranOn: () => machine.until("Linux version"),
      });
    });

    it("interrupts a relocated guest with Ctrl-C, knows its symbols, and goes back from there", async () => {
      const file = join(folder, "interrupt.rec");
      const symbols = join(folder, "relocated.elf");
      const relocated = guestOptions("console=ttyAMA0 panic=-1");
      const port = await gdbPort(...relocated, "-icount", `shift=0,rr=record,rrfile=${file}`);
      const machine = running.at(-1)!;
      const gdb = Gdb.start(port);
      running.push(gdb);
      gdb.type("continue\n");
      await machine.until("KASLR enabled");
      gdb.interrupt();
      let at = await gdb.until("Program received signal SIGINT");
      gdb.type(`monitor symbols ${symbols}\nsymbol-file ${symbols}\ninfo symbol $pc\nx/i start_kernel\n`);
      at = await gdb.until("in section .text", at);
      at = await gdb.until("<start_kernel>:\tmov", at);
      gdb.type("monitor when\nreverse-stepi\nmonitor when\ndetach\nquit\n");
      at = await gdb.until("the live end", at);
      await gdb.until(", of ", at);
      expect(await gdb.exit).toBe(0);
      await machine.until("Hindsight guest ready");
      machine.process.kill("SIGTERM");
      expect(await machine.exit).toBe(0);
    });

    it("tells gdb when the process ends", async () => {
      const port = await gdbPort(...guestOptions());
      const machine = running.at(-1)!;
      const gdb = Gdb.start(port);
      running.push(gdb);
      gdb.type("continue\n");
      await machine.until("Linux version");
      machine.type(`${CTRL_A}x`);
      await gdb.until("exited normally");
      expect(await machine.exit).toBe(0);
    });

    it("debugs a replay from its end, as QEMU's own test does", async () => {
      const replay = ["-M", "virt", "-nographic", "-icount", `shift=0,rr=replay,rrfile=${recording()}`];
      const port = await gdbPort(...replay);
      const machine = running.at(-1)!;
      const answers = await gdbSession(port, [
        "monitor replay_break 100000",
        "continue",
        "monitor info replay",
        "continue",
        "monitor when",
        "reverse-stepi",
        "reverse-stepi",
        "monitor when",
        "detach",
      ]);
      expect(answers[1]).toContain("SIGINT");
      expect(answers[2]).toBe("Replaying execution 'session.rec': instruction count = 100000\n");
      expect(answers[3]).toContain("No more reverse-execution history");
      const end = Number(/^position (\d+), the end/.exec(answers[4]!)?.[1]);
      expect(end).toBeGreaterThan(100_000_000);
      expect(answers[7]).toContain(`position ${end - 2}, of ${end}`);
      // Detached, the replay goes on to the power-off that it recorded.
      expect(await machine.exit).toBe(0);
    });

    it("turns a second gdb away and keeps the first", async () => {
      const port = await gdbPort(...guestOptions());
      const first = Gdb.start(port);
      running.push(first);
      await first.until("0x0000000040000000 in");
      const second = Gdb.start(port);
      running.push(second);
      await second.until("another debugger is attached here");
      first.type("stepi\n");
      await first.until("0x0000000040000004 in");
    });
  });
});
