import { expect, it } from "vitest";
import { interpreter } from "./lockstep.ts";
import { Ours } from "./ours.ts";
import { assembleProgram } from "./program.ts";
import { PROTECTED, TRY } from "./sources.ts";
import { FLAT, selectorOf, taskGate, taskTables } from "./task-sources.ts";

/** Where the address of the first instruction of the task that traps is kept. */
const EXPECTED = 8;
/** DR6 with BT. */
const TASK_SWITCH = 0xffff_8ff0n;
const STEPS = 200;

const TRAPPING = selectorOf(0);
const into = (way: string): string => `movw $1, trapping + 0x64
      ${way}
      jmp .
    expected: inc %edi
      jmp expected
    other: jmp other`;
const WAYS: Readonly<Record<string, string>> = {
  JMP: into(`ljmp $${TRAPPING}, $0`),
  CALL: into(`lcall $${TRAPPING}, $0`),
  "INT by a gate": into("int $0x40"),
  "an exception by a gate, with its error code": into("int $0x50"),
  IRET: `movw $1, tss + 0x64
      lcall $${selectorOf(1)}, $0
    expected: inc %edi
      jmp expected
    other: iret`,
};

/** `ebx`: DR6; `ecx`: where the handler would go back to; `edi`: 5A, and a step made in the task more. */
async function trap(source: string, wide = true) {
  const program = await assembleProgram(`
      jmp begin
      .org ${EXPECTED}
      .long expected
    begin: ${TRY}${PROTECTED}
      mov $0x5a, %edi
      mov %edi, trapping + ${wide ? 0x44 : 0x20}
      ${source}
    trapped: mov %dr6, %ebx
      mov (%esp), %ecx
      str %si
      jmp .
    ${taskTables({
      states: [
        { name: "trapping", wide, eip: "expected", selectors: FLAT },
        { name: "plain", wide: true, eip: "other", selectors: FLAT },
      ],
      gates: { 1: ".word trapped, 0x08, 0x8e00, 0", 13: taskGate(TRAPPING), 0x40: taskGate(TRAPPING) },
    })}`);
  const ours = Ours.bare(interpreter(), program);
  ours.runTo(STEPS);
  const { values } = ours.registers();
  const expected = new DataView(program.ram.buffer, program.ram.byteOffset).getUint32(EXPECTED, true);
  return { values, expected: BigInt(expected) };
}

// The reference does not look at this bit. Volume 3, 7.2.1 and 17.3.1.5.
it.each(Object.keys(WAYS))("a task whose state says so traps before its first instruction, by %s", async (way) => {
  const { values, expected } = await trap(WAYS[way]!);
  expect([values.get("rbx"), values.get("rcx"), values.get("rdi")]).toEqual([TASK_SWITCH, expected, 0x5an]);
  expect(values.get("rsi")! & 0xffffn).toBe(way === "IRET" ? 0x60n : BigInt(TRAPPING));
});

it("a state of 16 bits has no such bit", async () => {
  const { values } = await trap(WAYS["JMP"]!, false);
  expect(values.get("rdi")).toBeGreaterThan(0x5an);
});
