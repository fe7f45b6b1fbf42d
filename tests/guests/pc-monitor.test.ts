import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { DebugTarget, Monitor } from "../../src/debug/index.ts";
import { FakeHost } from "../../src/debug/testing/gdb-client.ts";
import { x86 } from "../../src/isa/x86/index.ts";
import { boards, type MachineConfiguration } from "../../src/machine/index.ts";
import { plainSession, SEMANTICS, type Session } from "../../src/timetravel/index.ts";
import { FakeHost as TravelHost } from "../../src/timetravel/testing/fake-host.ts";
import { pcFirmware } from "../../tools/guest/firmware.mjs";
import { guest } from "../../tools/guest/index.mjs";
import { silence } from "../../tools/lockstep/ours.ts";
import { Reference } from "../../tools/lockstep/qemu.ts";
import { Rsp } from "../../tools/lockstep/rsp.ts";
import { x86 as pcKind } from "../../tools/lockstep/x86/kind.ts";
import { loadInterpreter } from "../support/interpreter.ts";
import { assembleProgram, START } from "../x86/system/program.ts";
import { Reference as BareReference } from "../x86/system/reference.ts";
import { DESCRIPTORS, gates32, gates64, LONG, PROTECTED } from "../x86/system/sources.ts";

const interpreter = loadInterpreter(x86);
const image = (path: string): Uint8Array => new Uint8Array(readFileSync(path));
const rom = (name: string): Uint8Array => image(pcFirmware(name));
const APPEND = "console=ttyS0 nokaslr quiet";

const commands = [
  ...["info registers", "info mem", "info tlb", "info pic", "info lapic"],
  ...["print $pc", "print $eip", "print $esp", "print $cs", "p/d $eax", "print/o 9", "p/u 1-2", "p/c 65"],
  ...["x/12xb 0x400", "x/2xw $esp", "xp/4xg 0xf0000", "xp/3dh 0x400", "x/2xw $pc", "x/40i $pc"],
];

/** Where the firmware begins: keyboard, clock, port B, PCI's configuration, interrupts, and nobody. */
const portCommands = [
  ...["i 0x64", "i /b 0x64", "i/h 0x64", "i/b 0x60", "o/b 0x64 0xaa", "i/b 0x64", "i/b 0x60", "i/b 0x64"],
  ...["o /b 0x70 0x0f", "i/b 0x71", "i/b 0x70.0x10", "i /b 0x70 . 0x34", "o/b 0x70 0x38", "o/b 0x71 0x5a", "i/b 0x71"],
  ...["o/b 0x61 0x1ff", "i/b 0x61", "o/b 0x61 0", "i/b 0x61", "i/b 0x60+1", "o/b $eax+0x61 3", "i/b 0x10061"],
  ...["o/w 0xcf8 0x80000000", "i/w 0xcf8", "i/b 0xcf8", "i/w 0xcfc", "i/h 0xcfc", "i/h 0xcfe", "i/b 0xcfd"],
  ...["o/w 0xcf8 0x80000904", "i/h 0xcfc", "o/h 0xcfc 5", "i/h 0xcfc", "i/w 0x1234", "i/b 0xffff", "i/b 0x20"],
  ...["o/b 0x21 0x5a", "i/b 0x21", "i/h 0x20", "i/b 0x43", "o/b 0x43 0x34", "o/b 0x40 0", "i/b 0x92", "i/b 0x402"],
  // Where a parallel port would be, which both do without.
  ...["i/b 0x378", "i/b 0x37a"],
];

/** As gdb has it, at the first time that the machine comes there. */
async function ours(session: Session, address: bigint, lines = commands): Promise<string[]> {
  session.setBreakpoints(new Set([address]));
  expect((await session.run()).kind).toBe("breakpoint");
  const monitor = new Monitor(new DebugTarget(session, new FakeHost()));
  const answers: string[] = [];
  for (const line of lines) answers.push((await monitor.execute(line)).output);
  return answers;
}

function open(megabytes: number, images: Record<string, Uint8Array>, more: object): Session {
  const configuration = {
    ...{ board: "pc", cpu: "qemu64", ramBytes: megabytes * 2 ** 20, shift: 0, vga: false, append: "" },
    ...{ reboot: false, randomness: false, semantics: SEMANTICS },
    ...more,
  } as MachineConfiguration;
  return plainSession({
    machine: boards.create({ configuration, images, interpreter, door: silence }),
    host: new TravelHost(),
  });
}

/**
 * Code as both write it: QEMU's disassembler is Capstone, which aligns operands, writes numbers below ten in decimal, constants of 64 bits with
 * their sign, and (%bx, %si), and gives branches of 16 bits their IP, where ours give the address.
 */
function code(text: string): string {
  const line = (before: string, written: string): string =>
    before +
    written
      .trimEnd()
      .replace(/^(\S+) +/, "$1 ")
      .replace(/([$ ,:]-?)(\d)(?=[(,]|$)/g, "$10x$2")
      .replace(/\$-(0x\w+)/, (_, size: string) => `$0x${BigInt.asUintN(64, -BigInt(size)).toString(16)}`)
      .replace(/\((%\w+), (%\w+)/g, "($1,$2")
      .replace(/^((?:j|call|loop)\w* 0x)\w*?(\w{1,4})$/, before < "0x00100000" ? "$1$2" : "$&");
  return text.replace(/^(0x\w+:.{27})(.*)$/gm, (_, before: string, written: string) => line(before, written));
}

/**
 * Of attributes of SS, LDT and TR as the reference keeps them, nothing: it has no limit in those of a null SS, leaves those of a null table, and has a task that was loaded not busy.
 */
function shown(command: string, text: string): string {
  if (command.startsWith("x/40i")) return code(text);
  return command === "info registers" ? text.replace(/^((?:SS |LDT|TR )=\S+ \S+ \S+).*$/gm, "$1") : text;
}

function compare(actual: readonly string[], expected: readonly string[], lines = commands): void {
  for (const [n, command] of lines.entries())
    expect(shown(command, actual[n]!), command).toBe(shown(command, expected[n]!.replaceAll("\r\n", "\n")));
}

describe("the monitor shows what QEMU's does", () => {
  /** QEMU, with the same images, at the same place. */
  async function theirs(kernel: string | undefined, address: bigint, lines = commands): Promise<string[]> {
    const machine = { kernel, initrd: undefined, append: kernel === undefined ? "" : APPEND, megabytes: 128 };
    const reference = await Reference.start({ kind: pcKind, ...machine }, undefined, (folder) => [
      ...["-icount", "shift=0,sleep=off"],
      ...["-gdb", `unix:${join(folder, "gdb")},server=on,wait=off`],
    ]);
    try {
      const gdb = await Rsp.connect(join(reference.folder, "gdb"));
      await gdb.runTo(address);
      const answers: string[] = [];
      for (const line of lines)
        answers.push((await reference.qmp.execute("human-monitor-command", { "command-line": line })) as string);
      return answers;
    } finally {
      reference.dispose();
    }
  }

  it("in real mode, in SeaBIOS", { timeout: 120_000 }, async () => {
    const session = open(128, { firmware: rom("bios-256k.bin") }, {});
    compare(await ours(session, 0xfe05bn), await theirs(undefined, 0xfe05bn));
  });

  it("of ports, and writes to them", { timeout: 120_000 }, async () => {
    const session = open(128, { firmware: rom("bios-256k.bin") }, { rtcBase: 946_684_800 });
    const mine = await ours(session, 0xfe05bn, portCommands);
    compare(mine, await theirs(undefined, 0xfe05bn, portCommands), portCommands);
  });

  it("but for a syntax of instructions that QEMU has not", async () => {
    const session = open(16, { firmware: rom("bios-256k.bin") }, {});
    const monitor = new Monitor(new DebugTarget(session, new FakeHost()));
    const shown = async (): Promise<string> => (await monitor.execute("x/i 0xfe05b")).output.slice(37).trim();
    const att = await shown();
    await monitor.execute("set disassembly-flavor intel");
    expect([att, await shown()]).toEqual(["cmpl $0x0, %cs:0x61c8", "cmp dword ptr cs:[0x61c8], 0x0"]);
  });

  it("of a reset by a port, after which the machine begins anew", async () => {
    const session = open(16, { firmware: rom("bios-256k.bin") }, { reboot: true });
    const events: string[] = [];
    session.machine.onEvent = (event) => events.push(event);
    const begin = session.machine.pc;
    await session.run({ until: 1000 });
    const monitor = new Monitor(new DebugTarget(session, new FakeHost()));
    expect((await monitor.execute("o/b 0xcf9 6")).output).toBe("");
    expect([session.position, session.machine.pc, events]).toEqual([1001, begin, ["reset"]]);
    const hash = session.stateHash();
    await session.run({ until: 2000 });
    await session.seek(1001);
    expect(session.stateHash()).toBe(hash);
  });

  it("with four levels of pages, where Debian's amd64 kernel begins", { timeout: 240_000 }, async () => {
    const { kernel } = guest("amd64");
    const images = {
      ...{ firmware: rom("bios-256k.bin"), bootrom: rom("linuxboot_dma.bin"), kernel: image(kernel) },
    };
    const session = open(128, images, { append: APPEND });
    const target = new DebugTarget(session, new FakeHost());
    let address: bigint | undefined;
    for (let until = 110e6; address === undefined; until += 60e6) {
      expect(until).toBeLessThan(500e6);
      await session.run({ until });
      address = target.symbols()?.find("start_kernel");
    }
    await session.seek(0);
    // The firmware knows where the kernel will be, and has no names of it.
    expect(target.symbols()?.find("start_kernel")).toBe(address);
    expect(target.symbols()?.describe(session.machine.pc)).toBeUndefined();
    compare(await ours(session, address), await theirs(kernel, address));
  });
});

/** Programs end here. */
const END = START + 0x1800;

const paging = (cr3: string, cr4: string): string => `mov $${cr3}, %eax
  mov %eax, %cr3
  mov $${cr4}, %eax
  mov %eax, %cr4
  mov %cr0, %eax
  or $0x80000000, %eax
  mov %eax, %cr0`;

const programs: readonly (readonly [name: string, source: string, gates: string])[] = [
  ["in real mode, with another stack", `mov $0x5000, %ax; mov %ax, %ss; mov $0x1234, %esp; jmp end`, gates32()],
  ["in protected mode", `${PROTECTED}; mov $0x7000, %esp; sidt 0x7000; jmp end`, gates32()],
  [
    "with pages of 4 KB and 4 MB",
    `${PROTECTED}
    movl $0x11007, 0x10000
    movl $0x87 + 0x400000, 0x10004
    movl $0x11001, 0x10008
    movl $0x183 + 0x600000, 0x1000c
    movl $0x83 + 0x400000, 0x10ffc
    mov $0x11000, %edi
    mov $7, %eax
  1: mov %eax, (%edi)
    add $0x1000, %eax
    add $4, %edi
    cmp $0x100007, %eax
    jne 1b
    movl $0x13, 0x11040
    movl $0, 0x11050
    movl $0x5009d, 0x11060
    ${paging("0x10000", "0x10")}
    mov 0x400010, %eax
    movb $1, 0x3000
    jmp end`,
    gates32(),
  ],
  [
    "with PAE",
    `${PROTECTED}
    movl $0x11001, 0x10000
    movl $0x12001, 0x10018
    movl $0xe7, 0x11000
    movl $0x13007, 0x11008
    movl $0x2000e5, 0x11010
    movl $0x80000000, 0x11014
    movl $0x50007, 0x13000
    movl $0x51107, 0x13008
    movl $0x80000000, 0x1300c
    movl $0x53003, 0x13018
    movl $0x2020e7, 0x12ff8
    mov $0xc0000080, %ecx
    mov $0x800, %eax
    xor %edx, %edx
    wrmsr
    ${paging("0x10000", "0x20")}
    jmp end`,
    gates32(),
  ],
  ["with four levels, in long mode", `${LONG}; mov $0x1234567890abcdef, %rax; mov %rax, %r9; jmp end`, gates64()],
];

describe("the monitor shows what QEMU's does in a program", () => {
  it.each(programs)("%s", async (_, source, gates) => {
    const program = await assembleProgram(`${source}\n${gates}\n${DESCRIPTORS}\n.org 0x1800\nend: jmp end`);
    const reference = await BareReference.start(program);
    try {
      await reference.runTo(END);
      const expected: string[] = [];
      for (const line of commands) expected.push(await reference.monitor(line));
      const session = open(16, { firmware: program.rom }, {});
      session.machine.applyEdit({ kind: "write-memory", physicalAddress: START, bytes: program.ram });
      compare(await ours(session, BigInt(END)), expected);
    } finally {
      reference.dispose();
    }
  });
});
