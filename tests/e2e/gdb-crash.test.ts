import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { freePort, guestOptions, hindsight, type Running } from "./command-line.ts";
import { Gdb, gdbExists } from "./gdb.ts";

/** Before the kernel has relocated itself. */
const EARLY = 50_000;

/** Walks the tables as pwndbg and GEF do: registers by gdb's values, memory by physical addresses. 4 KB pages, 48 bits. */
const WALK = `
import gdb
def register(name):
    return int(gdb.parse_and_eval("$" + name).cast(gdb.lookup_type("unsigned long")))
def walk(va):
    assert register("TCR_EL1") >> 30 & 3 == 2
    levels = 4 if register("TCR_EL1") >> 16 & 63 == 16 else 3
    table = register("TTBR1_EL1") & 0xfffffffff000
    gdb.execute("maintenance packet Qqemu.PhyMemMode:1", to_string=True)
    try:
        for level in range(4 - levels, 4):
            shift = 39 - 9 * level
            at = table + 8 * (va >> shift & 511)
            entry = int.from_bytes(gdb.selected_inferior().read_memory(at, 8).tobytes(), "little")
            if level == 3 or entry & 3 == 1:
                size = 1 << shift
                return (entry & 0xfffffffff000 & ~(size - 1)) | va & (size - 1)
            table = entry & 0xfffffffff000
    finally:
        gdb.execute("maintenance packet Qqemu.PhyMemMode:0", to_string=True)
`;

/** A kernel that moved itself, its crash, and what kernel developers ask gdb about it. The panic's own text is the oracle. */
describe.skipIf(!gdbExists)("a relocated kernel's crash in gdb", { timeout: 300_000 }, () => {
  let folder: string;
  let machine: Running;
  let gdb: Gdb;
  let console = "";
  let offset = "";
  let task = "";
  /** Of the panic's call trace, from the function that called `panic` outwards: name, and what follows it where it begins at the return address. */
  let callers: RegExpExecArray[] = [];
  let names: string[] = [];

  const go = async (command: string): Promise<string> => {
    const answer = await gdb.ask(`monitor ${command}`);
    await gdb.ask("maintenance flush register-cache");
    return answer;
  };
  const when = async (): Promise<number> => Number(/^position (\d+)/.exec(await gdb.ask("monitor when"))![1]);
  const hex = async (expression: string): Promise<string> =>
    /= (0x[0-9a-f]+)/.exec(await gdb.ask(`print/x ${expression}`))![1]!;
  const python = async (expression: string): Promise<string> =>
    (await gdb.ask(`python print(hex(${expression}))`)).trim();

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "hindsight-crash-"));
    const file = join(folder, "crash.hindsight");
    const options = guestOptions("console=ttyAMA0 panic=-1");
    machine = hindsight(...options, "-icount", `shift=0,rr=record,rrfile=${file}`);
    await machine.until("~ # ");
    machine.type("echo c > /proc/sysrq-trigger\r");
    expect(await machine.exit).toBe(0);
    console = machine.output.replaceAll(/\[ *[0-9.]+\] |\r/g, "");
    offset = /Kernel Offset: (0x[0-9a-f]+) from/.exec(console)![1]!;
    task = /PID: \d+ Comm: (\S+)/.exec(console)![1]!;
    const [, lines] = /Call trace:\n((?: *\w+\+0x.*\n)+)/.exec(console)!;
    const trace = Array.from(lines!.matchAll(/^ *(\w+)(\+0x0\/)?/gm));
    callers = trace.slice(trace.findIndex(([, name]) => name === "panic") + 1);
    expect(callers.length).toBeGreaterThan(6);

    const port = await freePort();
    machine = hindsight(...options, "-S", "-icount", `shift=0,rr=replay,rrfile=${file}`, "-gdb", `tcp::${port}`);
    gdb = await Gdb.attach(port);
    // All symbols' code is read for where callers are: seconds, where the machine is busy.
    await gdb.ask("set remotetimeout 120");
    writeFileSync(join(folder, "walk.py"), WALK);
    await gdb.ask(`source ${join(folder, "walk.py")}`);
  }, 600_000);
  afterAll(() => {
    gdb?.end();
    machine?.end();
    rmSync(folder, { recursive: true });
  });

  it("says that a kernel has not relocated itself, and later how far: what its panic says", async () => {
    await go(`seek ${EARLY}`);
    const early = join(folder, "early.elf");
    expect(await gdb.ask(`monitor symbols ${early}`)).toMatch(/symbols written[^]*has not relocated itself yet/);
    expect(await gdb.ask("monitor info kaslr")).toContain("has not relocated itself yet");
    await go("seek end");
    expect(offset).not.toBe("0x0");
    expect(await gdb.ask("monitor info kaslr")).toContain(`KASLR offset ${offset}; a vmlinux of its own: symbol-file`);
    const symbols = join(folder, "symbols.elf");
    expect(await gdb.ask(`monitor symbols ${symbols}`)).toContain(`-o ${offset}\n`);
    await gdb.ask(`symbol-file ${early}`);
    const linked = BigInt(await hex("(long) &panic"));
    await gdb.ask(`symbol-file ${symbols}`);
    expect(BigInt(await hex("(long) &panic")) - linked).toBe(BigInt(offset));
  });

  describe("at the panic", () => {
    let at: number;
    beforeAll(async () => {
      await go("seek end");
      await gdb.ask(`monitor symbols ${join(folder, "symbols.elf")}`);
      await gdb.ask(`symbol-file ${join(folder, "symbols.elf")}`);
      await gdb.ask("tbreak *panic");
      expect(await gdb.ask("reverse-continue")).toMatch(/Temporary breakpoint .* panic \(\)/);
      at = await when();
      // The kernel names the function behind a call that never returns.
      names = ["panic"];
      for (const [, name, behind] of callers)
        names.push(behind ? /^\w+/.exec(await gdb.ask(`info symbol (long) &${name} - 1`))![0] : name!);
    });
    beforeEach(() => go(`seek ${at}`));

    it("the stack is the panic's call trace, from the first instruction and from inside", async () => {
      const shown = async (): Promise<string[]> => {
        const frames = (await gdb.ask("backtrace")).matchAll(/^#\d+ .*?(?:in )?(\w+) \(\)/gm);
        return Array.from(frames, ([, name]) => name!).slice(0, names.length);
      };
      expect(await shown()).toEqual(names);
      await gdb.ask("stepi 12");
      expect(await shown()).toEqual(names);
    });

    it("goes to the callers, one after the other", async () => {
      const [, first, second] = names;
      expect(await go("caller")).toMatch(
        new RegExp(`^position \\d+: 0x[0-9a-f]+ <${first}\\+0x[0-9a-f]+> calls panic\n`),
      );
      expect(await when()).toBe(at - 1);
      expect(await go("caller")).toMatch(new RegExp(`<${second}\\+0x[0-9a-f]+> calls ${first}\n`));
      expect(await gdb.ask("info symbol $pc")).toContain(`${second} + `);
      expect(await gdb.ask("stepi")).toContain(`${first} ()`);
    });

    it("has the system registers: the exception, the current task, the tables that debuggers' scripts walk", async () => {
      const all = await gdb.ask("info registers cp_regs");
      for (const name of ["ESR_EL1", "FAR_EL1", "TTBR1_EL1", "SP_EL0", "VBAR", "TCR_EL1"])
        expect(all).toMatch(new RegExp(`^${name} +0x`, "m"));
      // The last exception was the system call, by SVC from AArch64.
      expect(await hex("$ESR_EL1")).toBe("0x56000000");
      const letters = [...task].map((letter) => `'${letter}'`).join(",");
      expect(await gdb.ask(`find/1 $SP_EL0, +8192, ${letters}, (char) 0`)).toMatch(/^0x[0-9a-f]+/);
      expect(await gdb.ask("maintenance packet Qqemu.sstepbits")).toContain("ENABLE=");
      for (const what of ["$sp", "$pc", "$SP_EL0"]) {
        const va = await hex(`(unsigned long) ${what}`);
        const pa = await python(`walk(${va})`);
        const value = (text: string): string | undefined => /: (0x[0-9a-f]+)/.exec(text)?.[1];
        const shown = value(await gdb.ask(`monitor xp /gx ${pa}`));
        expect(shown).toMatch(/^0x/);
        expect(value(await gdb.ask(`monitor x /gx ${va}`))).toBe(shown);
      }
    });

    it("says who wrote memory, by its physical address too; shows what devices show without being changed", async () => {
      const frame = await hex("$x29");
      const written = await gdb.ask(`monitor last-write ${frame} 8`);
      expect(written).toMatch(/last written at position \d+ by pc 0x[0-9a-f]+ <\w+\+0x/);
      const physical = await python(`walk(${frame})`);
      const answer = await gdb.ask(`monitor last-write /p ${physical} 8`);
      expect(answer.replace(/^.* was/, "")).toBe(written.replace(/^.* was/, ""));
      expect(answer).toMatch(/^physical 0x/);
      expect(await gdb.ask("monitor xp /4xw 0x9000fe0")).toMatch(/: 0x00000011 0x00000010 0x000000[13]4 0x00000000/);
      expect(await gdb.ask("monitor xp /xw 0x9000000")).toMatch(/would change/);
      expect(await when()).toBe(at);
    });

    it("writes a system register, and calls a function, in a throw-away branch whose end undoes it", async () => {
      const [task, hash] = [await hex("$SP_EL0"), await gdb.ask("monitor info hash")];
      await gdb.ask("set $SP_EL0 = 0x1234");
      expect(await hex("$SP_EL0")).toBe("0x1234");
      expect(await gdb.ask("monitor info branch")).toContain(`throw-away branch of position ${at}`);
      expect(await go("branch_end")).toContain("back in recorded history");
      expect([await hex("$SP_EL0"), await gdb.ask("monitor info hash")]).toEqual([task, hash]);

      // All but time, which goes on.
      const all = async (): Promise<string> => (await gdb.ask("info registers")).replaceAll(/^CNT.*\n/gm, "");
      const registers = await all();
      expect(await gdb.ask("print ((long (*)(long)) int_sqrt)(1764)")).toContain("= 42");
      expect(await all()).toBe(registers);
      expect(await gdb.ask("monitor info branch")).toContain("throw-away branch of position");
      await go("branch_end");
      expect([await when(), await gdb.ask("monitor info hash")]).toEqual([at, hash]);
    });
  });
});
