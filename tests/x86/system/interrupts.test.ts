import { beforeAll, describe, expect, it } from "vitest";
import { EFLAGS, state } from "../../../src/isa/x86/state.ts";
import { interpreter } from "./lockstep.ts";
import { Ours } from "./ours.ts";
import { assembleProgram, START } from "./program.ts";

/** Vector 8 leads to 0:2000; an NMI to 0:3000. */
const PROLOGUE = `
    mov $0x8000, %sp
    movw $0x2000, 0x20
    movw $0, 0x22
    movw $0x3000, 8
    movw $0, 10
`;
const PROLOGUE_STEPS = 6;
const NMI = 0x100;

let ours: Ours;
/** As a machine does: interrupts are looked at between steps. */
function step(): void {
  const { cpu } = ours;
  if (cpu.interruptLine && cpu.interruptible()) cpu.interrupt();
  else cpu.run(cpu.position + 1);
}
const at = (): bigint => ours.cpu.pc;
const flag = (name: keyof typeof EFLAGS): boolean =>
  ((ours.cpu.readState(state.eflags) >> BigInt(EFLAGS[name])) & 1n) === 1n;

async function start(source: string): Promise<void> {
  ours = Ours.bare(interpreter(), await assembleProgram(PROLOGUE + source));
  for (let n = 0; n < PROLOGUE_STEPS; n++) step();
}

describe("interrupts", () => {
  beforeAll(() => void interpreter());

  it("wait for IF, and for one instruction after STI", async () => {
    await start("cli\n nop\n sti\n nop\n nop");
    const begin = at();
    ours.board.request = 8;
    ours.cpu.interruptLine = true;
    for (let n = 0; n < 4; n++) step();
    expect([at(), ours.board.acknowledged]).toEqual([begin + 4n, 0]);
    step();
    expect([at(), ours.board.acknowledged, flag("IF")]).toEqual([0x2000n, 1, false]);
    const stack = ours.memory(0x8000 - 6, 6);
    expect(stack[0]! | (stack[1]! << 8)).toBe(Number(begin) + 4);
  });

  it("wait for one instruction after a load of SS", async () => {
    await start("xor %ax, %ax\n sti\n nop\n mov %ax, %ss\n nop\n nop");
    for (let n = 0; n < 3; n++) step();
    const begin = at();
    ours.board.request = 8;
    step();
    ours.cpu.interruptLine = true;
    step();
    expect(at()).toBe(begin + 3n);
    step();
    expect(at()).toBe(0x2000n);
  });

  it("do not shadow for longer where a run is longer", async () => {
    await start("sti\n nop\n nop\n nop");
    ours.cpu.run(ours.cpu.position + 1);
    expect(ours.cpu.readState(state.shadow)).toBe(1n);
    ours.cpu.run(ours.cpu.position + 3);
    expect(ours.cpu.readState(state.shadow)).toBe(0n);
  });

  it("end a halt", async () => {
    await start("sti\n hlt\n nop");
    for (let n = 0; n < 4; n++) step();
    const halted = at();
    expect([ours.cpu.readState(state.halted), ours.cpu.waiting]).toEqual([1n, true]);
    ours.board.request = 8;
    ours.cpu.interruptLine = true;
    step();
    expect([at(), ours.cpu.readState(state.halted)]).toEqual([0x2000n, 0n]);
    expect(ours.memory(0x8000 - 6, 1)[0]).toBe(Number(halted) & 0xff);
  });

  it("are taken as NMIs whatever IF is, and then not until IRET", async () => {
    await start("cli\n nop\n nop\n .org 0x2000\n iret");
    ours.board.request = NMI;
    ours.cpu.interruptLine = true;
    step();
    expect([at(), ours.cpu.interruptible()]).toEqual([0x3000n, false]);
  });

  it("stop at a watchpoint in their entry before anything is acknowledged, and come again", async () => {
    await start("sti\n nop\n nop");
    for (let n = 0; n < 2; n++) step();
    const { cpu, board } = ours;
    board.request = 8;
    cpu.interruptLine = true;
    cpu.setWatched([{ address: 0x7ffcn, length: 2 }]);
    let asks = true;
    cpu.hits = { breakpoint: () => false, watch: () => asks };
    const before = [cpu.pc, cpu.position];
    expect(cpu.interrupt()).toBe("watchpoint");
    expect([cpu.pc, cpu.position, board.acknowledged]).toEqual([...before, 0]);
    asks = false;
    step();
    expect([cpu.pc, board.acknowledged]).toEqual([0x2000n, 1]);
  });
});

describe("a fault", () => {
  it("stops at a watchpoint in its delivery, and is not a double fault when it comes again", async () => {
    await start("movw $0x2000, 24\n movw $0, 26\n ud2");
    for (let n = 0; n < 2; n++) step();
    const { cpu } = ours;
    cpu.setWatched([{ address: 0x7ffcn, length: 2 }]);
    let asks = true;
    cpu.hits = { breakpoint: () => false, watch: () => asks };
    const before = cpu.position;
    expect([cpu.run(before + 1), cpu.position]).toEqual(["watchpoint", before]);
    asks = false;
    step();
    expect([cpu.pc, cpu.position]).toEqual([0x2000n, before + 1]);
  });

  it("of a single step is a step by itself, before an interrupt", async () => {
    await start("movw $0x4000, 4\n movw $0, 6\n sti\n pushf\n orw $0x100, 0x7ffe\n popf\n nop\n nop");
    for (let n = 0; n < 6; n++) step();
    step();
    expect([ours.cpu.readState(state.stepped), ours.cpu.interruptible()]).toEqual([1n, false]);
    step();
    expect([at(), ours.cpu.readState(state.stepped), flag("TF")]).toEqual([0x4000n, 0n, false]);
  });
});

describe("the time-stamp counter", () => {
  it("is virtual time in nanoseconds", async () => {
    await start("rdtsc\n mov %eax, %ebx\n nop\n rdtsc");
    ours.cpu.clockShift = 3;
    for (let n = 0; n < 4; n++) step();
    const [now, before] = [ours.cpu.readState(state.r, 0), ours.cpu.readState(state.r, 3)];
    expect([before, now]).toEqual([BigInt(PROLOGUE_STEPS) << 3n, BigInt(PROLOGUE_STEPS + 3) << 3n]);
    expect(at() > BigInt(START)).toBe(true);
  });
});
