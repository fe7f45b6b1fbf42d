import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { freePort, hindsightSystem, Running } from "./command-line.ts";
import { Gdb, gdbExists } from "./gdb.ts";

/** Steps from the reset to 16-bit code, and on to flat 32-bit code, with a stack. */
const [REAL, FLAT] = [10, 60];

/** gdb in a PC's firmware, beside the same gdb at QEMU: both print the same. */
describe.skipIf(!gdbExists).each([
  { program: "i386", architecture: '"i386"', pc: "eip", sp: "esp" },
  { program: "x86_64", architecture: '"i386:x86-64"', pc: "rip", sp: "rsp" },
] as const)("gdb on $program", { timeout: 120_000 }, ({ program, architecture, pc, sp }) => {
  let folder: string;
  let running: Running[] = [];
  let ours: Gdb;
  let theirs: Gdb;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "hindsight-"));
    const ports = [await freePort(), await freePort()] as const;
    const common = (port: number): string[] => ["-m", "32", "-S", "-gdb", `tcp:127.0.0.1:${port}`];
    const record = `shift=0,rr=record,rrfile=${join(folder, "firmware")}`;
    const qemu = "-M pc,smm=off -nodefaults -display none -icount shift=0,sleep=off".split(" ");
    running = [
      hindsightSystem(program, ...common(ports[0]), "-nographic", "-icount", record),
      new Running(spawn(`qemu-system-${program}`, [...common(ports[1]), ...qemu], { stdio: "pipe" })),
    ];
    [ours, theirs] = await Promise.all([Gdb.attach(ports[0]), Gdb.attach(ports[1])]);
    running.push(ours, theirs);
  }, 120_000);
  afterAll(() => {
    for (const process of running) process.end();
    rmSync(folder, { recursive: true });
  });

  const address = async (expression: string): Promise<string> =>
    /0x[0-9a-f]+/.exec(await ours.ask(`print/x ${expression}`))![0];
  /** What both print; the bits of a register that are set, in any order. */
  const both = async (command: string): Promise<string> => {
    const answers = await Promise.all([ours, theirs].map((gdb) => gdb.ask(command)));
    const [actual, expected] = answers.map((text) =>
      text.replaceAll(/\[ .*\]/g, (bits) => bits.split(" ").sort().join(" ")),
    );
    expect(actual, command).toBe(expected);
    return actual!;
  };

  it("is told the same registers", async () => {
    expect(await both("show architecture")).toContain(`(currently ${architecture})`);
    const [actual, expected] = await Promise.all(
      [ours, theirs].map(async (gdb) => {
        const xml = await gdb.ask("maintenance print xml-tdesc");
        const all = xml.matchAll(/<feature name="([^"]*)"|<reg name="([^"]*)" bitsize="(\d+)".*? regnum="(\d+)"/g);
        return Array.from(all, ([, ...parts]) => parts.join(" "));
      }),
    );
    expect(actual!.length).toBeGreaterThan(50);
    expect(actual).toEqual(expected);
    await both("info registers");
  });

  it("disassembles real mode's code where gdb takes such a setting", async () => {
    const answer = await both("set architecture i8086");
    expect(answer).toContain(program === "i386" ? 'is set to "i8086"' : "not compatible");
    await both(`stepi ${REAL}`);
    await both(`x/8i $cs*16+$${pc}`);
    await both("info registers");
    await both("set architecture auto");
  });

  it("stops at a breakpoint and behind a watched access, forwards and backwards", async () => {
    await both(`stepi ${FLAT - REAL}`);
    const start = await address(`$${pc}`);
    expect(Number(await address("$cr0")) & 1).toBe(1);
    await both("x/3i $pc");
    await both("stepi");
    await both("stepi");
    const second = await address(`$${pc}`);
    const registers = await ours.ask("info registers");

    await both(`watch *(int *)($${sp}-4)`);
    expect(await both("continue")).toMatch(/Old value = [^]*New value = /);
    await both("info registers");
    const changed = await address(`$${pc}`);
    expect(await ours.ask("reverse-continue")).toMatch(/Old value = [^]*New value = /);
    expect(await ours.ask("continue")).toMatch(/Old value = [^]*New value = /);
    expect(await address(`$${pc}`)).toBe(changed);
    await both("delete");

    await ours.ask(`tbreak *${second}`);
    expect(await ours.ask("reverse-continue")).toContain("Temporary breakpoint");
    expect(await ours.ask("info registers")).toBe(registers);
    await ours.ask("reverse-stepi 2");
    expect(await address(`$${pc}`)).toBe(start);
    await ours.ask(`tbreak *${second}`);
    expect(await ours.ask("continue")).toContain("Temporary breakpoint");
    expect(await ours.ask("info registers")).toBe(registers);
    await ours.ask("reverse-stepi 2");
  });

  it("steps back into real mode, to the reset", async () => {
    await ours.ask(`reverse-stepi ${FLAT}`);
    expect(await address(`$${pc}`)).toBe("0xfff0");
    expect(await ours.ask("reverse-stepi")).toContain("No more reverse-execution history");
    await ours.ask("stepi");
    expect(await address(`$${pc}`)).toBe("0xe05b");
  });
});
