import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { smallProgram } from "../guests/programs/small.ts";
import { freePort, hindsight, type Running } from "./command-line.ts";
import { Gdb, gdbExists } from "./gdb.ts";

describe.skipIf(!gdbExists)("gdb at a hot breakpoint whose condition never holds", { timeout: 60_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), "hindsight-"));
  let machine: Running;
  let gdb: Gdb;
  let port: number;

  beforeAll(async () => {
    const path = join(folder, "small.elf");
    writeFileSync(path, await smallProgram());
    port = await freePort();
    const options = "-M virt -display none -serial null -monitor stdio -S -gdb".split(" ");
    machine = hindsight(...options, `tcp::${port}`, "-kernel", path);
    gdb = await Gdb.attach(port);
  });
  afterAll(() => {
    gdb.end();
    machine.end();
    rmSync(folder, { recursive: true });
  });

  /** Goes on, and does something once gdb has done so. */
  async function continuing(stop: () => void | Promise<void>): Promise<void> {
    const from = gdb.output.length;
    gdb.type("continue\n");
    await gdb.until("Continuing.", from);
    await stop();
    await gdb.until("received signal SIGINT", from);
    expect(await gdb.ask("print 6 * 7")).toContain("= 42");
  }

  /** Resolves when the machine has gone on; gdb's packets may be on their way yet. */
  async function machineRuns(): Promise<void> {
    const first = await position();
    while ((await position()) === first);
  }

  async function position(): Promise<string> {
    const from = machine.output.length;
    machine.type("when\n");
    const end = await machine.until("\n(qemu) ", from);
    return /position (\d+)/.exec(machine.output.slice(from, end))![1]!;
  }

  it("hears Ctrl-C, each time", async () => {
    await continuing(() => gdb.interrupt());
    await gdb.ask("break *$pc if $x19 == 0x1234567812345678");
    for (let press = 0; press < 3; press++) {
      await continuing(() => gdb.interrupt());
      await continuing(async () => {
        await machineRuns();
        gdb.interrupt();
      });
    }
  });

  it("hears the monitor's stop", async () => {
    for (let time = 0; time < 3; time++) {
      await continuing(async () => {
        // Before, a stop stops nothing.
        await machineRuns();
        machine.type("stop\n");
      });
    }
  });

  it("keeps no Ctrl-C for a continue that its user types later", async () => {
    await gdb.ask("delete");
    await gdb.ask("tbreak *$pc");
    await gdb.ask("continue");
    const where = await position();
    await gdb.ask("stepi");
    await gdb.ask("reverse-stepi");
    expect(await position()).toBe(where);
  });
});
