import { describe, expect, it } from "vitest";
import { Random } from "../random.ts";
import { runBeside } from "./lockstep.ts";
import { same } from "./running.ts";
import { PROTECTED, TRY } from "./sources.ts";
import { DIRECTORIES, MAPPED, taskProgram } from "./task-programs.ts";
import { faultProgram, WAYS } from "./task-faults.ts";
import { FLAT, selectorOf, taskGate, taskTables } from "./task-sources.ts";

const PROGRAMS = Number(process.env["HINDSIGHT_X86_PROGRAMS"] ?? 3);
const seeds = Array.from({ length: PROGRAMS }, (_, n) => n + 1);
const STEPS = 600;

describe("task switches beside QEMU, step by step:", () => {
  it("JMP, CALL, INT and IRET, by descriptors and gates, 32 and 16 bits", () =>
    same(
      `${TRY}${PROTECTED}
      mov $0x12345678, %eax
      mov $0x3b, %ecx
      ljmp $${selectorOf(0)}, $0
      lcall $${selectorOf(1)}, $0
      lcall $${selectorOf(1)}, $0
      lcall $${selectorOf(2)}, $0
      lcall $${selectorOf(2)}, $0
      lcall $${selectorOf(3)}, $0
      ljmp $${selectorOf(3)}, $0
      int $0x40
      int $0x40
      clts
      int $0x34
    jumped: inc %eax
      mov %cr0, %ebx
      str %bx
      clts
      ljmp $0x60, $0
      inc %ecx
      pushf
      pop %edx
      iret
      inc %edx
      ljmp $0x60, $0
    1: inc %edx
      iret
      jmp 1b
    nested: inc %eax
      pushf
      pop %ebx
      iret
      jmp nested
    nested16: inc %eax
      pushf
      pop %ebx
      iret
      jmp nested16
    by_gate: push %eax
      lcall $${selectorOf(1)}, $0
      iret
      jmp by_gate
      ${taskTables({
        states: [
          { name: "t0", wide: true, eip: "jumped", selectors: FLAT, local: 0x78 },
          { name: "t1", wide: true, eip: "nested", selectors: [0, 0x08, 0x10, 0x14, 0, 0], local: 0x78, eflags: 0x202 },
          { name: "t2", wide: false, eip: "nested16", selectors: FLAT, esp: 0x8800 },
        ],
        more: [taskGate(selectorOf(0))],
        gates: { 0x40: taskGate(selectorOf(0)) },
      })}`,
      [[0x1000, 0x3000]],
    ));

  const ways = Object.keys(WAYS) as (keyof typeof WAYS)[];
  it.each(ways)("what is wrong with a task of 32 bits, by %s", (way) => same(faultProgram(way, true)));
  it.each(ways)("what is wrong with a task of 16 bits, by %s", (way) => same(faultProgram(way, false)));

  it.each(seeds)("that come as they like, %i", async (seed) => {
    const { difference } = await runBeside(taskProgram(new Random(seed)), [], { steps: STEPS });
    expect(difference).toBeUndefined();
  });

  it.each(seeds)("that come as they like, in two address spaces, %i", async (seed) => {
    const compared = [...DIRECTORIES, ...MAPPED].map((address) => [address, 16] as const);
    const { difference } = await runBeside(taskProgram(new Random(seed), true), compared, { steps: STEPS });
    expect(difference).toBeUndefined();
  });
});
