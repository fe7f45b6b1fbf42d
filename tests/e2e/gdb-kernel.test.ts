import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { guest } from "../../tools/guest/index.mjs";
import { root } from "../../tools/support/process.mjs";
import { freePort, hindsightSystem, type Running } from "./command-line.ts";
import { Gdb, gdbExists } from "./gdb.ts";

const flush = "maintenance flush register-cache";

interface Target {
  readonly architecture: "arm64" | "amd64";
  readonly program: "aarch64" | "x86_64";
  /** Steps that go well past start_kernel. */
  readonly recorded: number;
  readonly firstWords: string;
  readonly options: readonly string[];
}

const targets: readonly Target[] = [
  {
    ...{ architecture: "arm64", program: "aarch64", recorded: 30_000_000, firstWords: "Booting Linux" },
    options: ["-M", "virt", "-cpu", "cortex-a53", "-append", "nokaslr earlycon=pl011,0x9000000"],
  },
  {
    ...{ architecture: "amd64", program: "x86_64", recorded: 300_000_000, firstWords: "Linux version" },
    options: ["-M", "pc,smm=off", "-append", "nokaslr earlyprintk=serial"],
  },
];

/** Debian's vmlinux, fetched in a process of its own: it takes minutes. undefined: it cannot be had, and why is said. */
async function debugSymbols(architecture: string): Promise<string | undefined> {
  const script = [join(root, "tools/guest/debug-symbols.mjs"), ...(architecture === "amd64" ? ["--amd64"] : [])];
  try {
    const { stdout } = await promisify(execFile)(process.execPath, script);
    return stdout.trim();
  } catch (error) {
    console.warn(`without debug symbols, those of the kernel itself do: ${(error as { stderr?: string }).stderr}`);
    return undefined;
  }
}

/** The kernel's first steps, recorded, and what a kernel developer does with them in gdb. */
describe.skipIf(!gdbExists).each(targets)("$architecture's kernel in gdb", { timeout: 300_000 }, (target) => {
  let folder: string;
  let machine: Running;
  let gdb: Gdb;
  let vmlinux: string | undefined;

  const when = async (): Promise<number> => Number(/^position (\d+)/.exec(await gdb.ask("monitor when"))![1]);
  const go = async (command: string): Promise<void> => {
    await gdb.ask(`monitor ${command}`);
    await gdb.ask(flush);
  };
  /** Old and new value of a watchpoint's stop. */
  const values = async (command: string): Promise<(string | undefined)[]> =>
    /Old value = (\S+).*\nNew value = (\S+)/.exec(await gdb.ask(command))?.slice(1) ?? [];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "hindsight-kernel-"));
    const file = join(folder, "boot.rec");
    const { kernel, initrd } = guest(target.architecture);
    const images = ["-kernel", kernel, "-initrd", initrd, ...target.options];
    const board = ["-m", "256M", "-display", "none", "-S", ...images];
    const start = (...args: string[]): Running => hindsightSystem(target.program, ...board, ...args);
    const recorder = start("-monitor", "stdio", "-icount", `0,rr=record,rrfile=${file}`);
    let seen = await recorder.until("(qemu) ");
    recorder.type("c\n");
    for (let position = 0; position < target.recorded;) {
      recorder.type("when\n");
      seen = await recorder.until("virtual time", seen);
      position = Number(/position (\d+)[^\n]*$/.exec(recorder.output.slice(0, seen))![1]);
    }
    recorder.type("quit\n");
    expect(await recorder.exit).toBe(0);

    vmlinux = await debugSymbols(target.architecture);
    const port = await freePort();
    machine = start("-icount", `0,rr=replay,rrfile=${file}`, "-gdb", `tcp::${port}`);
    gdb = await Gdb.attach(port);
    if (!vmlinux) {
      await gdb.ask("monitor seek end");
      await gdb.ask(flush);
      await gdb.ask(`monitor symbols ${join(folder, "symbols.elf")}`);
      await go("seek 0");
    }
    await gdb.ask(`symbol-file ${vmlinux ?? join(folder, "symbols.elf")}`);
  }, 900_000);
  afterAll(() => {
    gdb?.end();
    machine?.end();
    rmSync(folder, { recursive: true });
  });

  it("comes back to places that were named, by name, position, and time", async () => {
    await gdb.ask("tbreak start_kernel");
    expect(await gdb.ask("continue")).toMatch(/Temporary breakpoint .* start_kernel \(\)/);
    await go("savevm here");
    const here = await when();
    await go("seek 1000000");
    expect(await when()).toBe(1_000_000);
    await go("seek 12ms");
    expect(await gdb.ask("monitor when")).toMatch(/virtual time 0\.012000000 s/);
    await go("loadvm here");
    expect(await when()).toBe(here);
    const found = await gdb.ask(`monitor find-console ${target.firstWords}`);
    expect(found).toContain(target.firstWords);
    const [, shown] = /^position (\d+): /.exec(found)!;
    await go(`seek ${shown}`);
    expect(await when()).toBe(Number(shown));
  });

  it("stops a reverse-continue with Ctrl-C, and finds the start of history", async () => {
    await go("seek end");
    const end = await when();
    // Every hit is told to gdb, which goes on: so it is busy for longer than it takes to press Ctrl-C. What comes between two
    // hits reaches a machine that stands, and is lost, as on QEMU.
    await gdb.ask("break kmem_cache_alloc if $sp == 1");
    const stopped = gdb.ask("reverse-continue");
    await new Promise((resolve) => setTimeout(resolve, 50));
    gdb.interrupt();
    expect(await stopped).toMatch(/SIGINT|No more reverse-execution history/);
    expect(await when()).toBeLessThanOrEqual(end);
    await gdb.ask("delete");
    expect(await gdb.ask("reverse-continue")).toContain("No more reverse-execution history");
    expect(await when()).toBe(0);
  });

  describe("with debug symbols", () => {
    const it_ = (name: string, test: () => Promise<void>): void =>
      it(name, async ({ skip }) => {
        if (!vmlinux) skip("there are none");
        await test();
      });

    // arm64's debug information begins functions late.
    if (target.architecture === "amd64")
      it_("is back at start_kernel after three lines, and then at power-on", async () => {
        await go("seek 0");
        await gdb.ask("break start_kernel");
        expect(await gdb.ask("continue")).toMatch(/Breakpoint \d+, start_kernel \(\) at init\/main\.c:\d+/);
        const start = await when();
        for (let n = 0; n < 3; n++) expect(await gdb.ask("next")).toMatch(/^\d+\t/);
        expect(await when()).toBeGreaterThan(start + 3);
        expect(await gdb.ask("reverse-continue")).toMatch(/Breakpoint \d+, start_kernel \(\) at init\/main\.c:\d+/);
        expect(await when()).toBe(start);
        expect(await gdb.ask("reverse-continue")).toContain("No more reverse-execution history");
        expect(await when()).toBe(0);
        await gdb.ask("delete");
      });

    it_("goes into functions, out of them, and back the same way", async () => {
      await go("seek 0");
      await gdb.ask("tbreak setup_per_cpu_areas");
      expect(await gdb.ask("continue")).toMatch(/Temporary breakpoint .* setup_per_cpu_areas \(\)/);
      await gdb.ask("delete");
      const entered = await when();
      await gdb.ask("stepi 8");
      expect(await gdb.ask("finish")).toMatch(/Run till exit.*\n(.* in )?start_kernel \(\)/);
      const left = await when();
      expect(left - entered).toBeGreaterThan(1000);
      await gdb.ask("reverse-stepi");
      // x86's functions return by a jump to the one return that there is.
      expect(await gdb.ask("info symbol $pc")).toMatch(/^(setup_per_cpu_areas \+|__x86_return_thunk )/);
      await gdb.ask("stepi");
      expect(await when()).toBe(left);
      await gdb.ask("reverse-stepi 3");
      let back = left;
      // What it ends with a jump to, is finished first.
      for (let n = 0; n < 3 && back > entered + 3; n++) {
        await gdb.ask("reverse-finish");
        back = await when();
      }
      // To the call, or, where the debug symbols let the function begin later, to before that.
      expect(Math.abs(back - entered)).toBeLessThan(4);
      // From inside the function, it stops where the frame ends, too.
      if ((await gdb.ask("advance build_all_zonelists")).includes("start_kernel ()"))
        await gdb.ask("advance build_all_zonelists");
      expect(await gdb.ask("info symbol $pc")).toContain("build_all_zonelists");
    });

    it_("steps over lines and calls, both ways", async () => {
      await go("seek 0");
      await gdb.ask("tbreak setup_command_line");
      expect(await gdb.ask("continue")).toContain("setup_command_line (");
      const entered = await when();
      for (let i = 0; i < 4; i++) await gdb.ask("next");
      const after = await when();
      expect(after).toBeGreaterThan(entered);
      await gdb.ask("reverse-next");
      await gdb.ask("reverse-next");
      const before = await when();
      expect(before).toBeLessThan(after);
      await gdb.ask("next");
      await gdb.ask("reverse-step");
      expect(await when()).toBeLessThanOrEqual(after);
      expect(await gdb.ask("backtrace")).toMatch(/in start_kernel \(\) at init\/main\.c:/);
      await gdb.ask("until");
      await gdb.ask("step");
      expect(await when()).toBeGreaterThan(before);
      await gdb.ask("reverse-finish");
      expect(await gdb.ask("backtrace 1")).toContain("start_kernel ()");
    });

    it_("watches a variable both ways, and knows who wrote it", async () => {
      await go("seek 0");
      await gdb.ask("watch saved_command_line");
      // The kernel zeroes it before it has a page table of its own: watched is the address that is mapped then.
      let [old, young] = await values("continue");
      while (young === "0x0") [old, young] = await values("continue");
      expect(old).toBe("0x0");
      expect(await gdb.ask("backtrace 1")).toContain("setup_command_line");
      const written = await when();
      expect(await values("reverse-continue")).toEqual([young, old]);
      expect(await when()).toBe(written - 1);
      expect(await values("continue")).toEqual([old, young]);
      await gdb.ask("delete");

      await gdb.ask("rwatch saved_command_line");
      expect(await gdb.ask("continue")).toContain(`Value = ${young}`);
      const read = await when();
      await gdb.ask("delete");
      await gdb.ask("awatch saved_command_line");
      await go("seek end");
      let seen = "";
      for (let position = Infinity; position > read + 1; position = await when()) {
        seen = await gdb.ask("reverse-continue");
        expect(seen).toMatch(/Value = |New value = /);
      }
      await gdb.ask("delete");

      await go("seek end");
      const [address] = /0x\w+/.exec(await gdb.ask("print &saved_command_line"))!;
      expect(await gdb.ask(`monitor last-write ${address} 8`)).toMatch(
        new RegExp(`last written at position ${written - 1} by pc 0x\\w+ <(setup_command_line|start_kernel)`),
      );
    });

    it_("stops at conditions, also backwards", async () => {
      await go("seek end");
      await gdb.ask("break memblock_reserve if size > 0x100000");
      expect(await gdb.ask("reverse-continue")).toMatch(/memblock_reserve \(base=(base@entry=)?\d+, size=\d{7,}\)/);
      const hit = await when();
      await gdb.ask("stepi");
      expect(await gdb.ask("reverse-continue")).toContain("memblock_reserve");
      expect(await when()).toBe(hit);
      await gdb.ask("delete");
      await gdb.ask("advance memblock_add_range");
      const called = await when();
      await gdb.ask("set can-use-hw-watchpoints 0");
      await gdb.ask("watch $sp");
      expect(await gdb.ask("reverse-continue")).toMatch(/Watchpoint \d+: \$sp\n\nOld value = .*\nNew value = /);
      expect(await when()).toBeLessThan(called);
      await gdb.ask("set can-use-hw-watchpoints 1");
      await gdb.ask("delete");
    });

    it_("tries things in a throw-away branch", async () => {
      const here = await when();
      const [, before] = /= (\d+)/.exec(await gdb.ask("print nr_cpu_ids"))!;
      await gdb.ask("set var nr_cpu_ids = 77");
      expect(await gdb.ask("print nr_cpu_ids")).toContain("= 77");
      expect(await gdb.ask("monitor info branch")).toContain(`throw-away branch of position ${here}`);
      await gdb.ask("stepi 5");
      await go("branch_end");
      expect(await when()).toBe(here);
      expect(await gdb.ask("print nr_cpu_ids")).toContain(`= ${before}`);
    });
  });
});
