import { describe, expect, it } from "vitest";
import { plainSession, type TravelSession } from "../../../src/timetravel/index.ts";
import { FakeHost } from "../../../src/timetravel/testing/fake-host.ts";
import { assembleProgram } from "./program.ts";
import { PROTECTED, TRY } from "./sources.ts";
import { taskTables } from "./task-sources.ts";
import { wholeMachine } from "./whole.ts";

const [LINEAR, PHYSICAL, TABLE] = [0x40_0000, 0x2_0000, 0x1_1000];
const SECOND = TABLE + 4;
const [PRESENT, ACCESSED] = [7, 0x20];
const INSTRUCTION_BYTES = 5;

/** Calls an instruction (MOV of a doubleword) that begins so far into its page, three times; its second page comes by a fault. */
const source = (offset: number): string => `
    ${TRY}${PROTECTED}
      movl $0x87, 0x10000
      movl $${TABLE + PRESENT}, 0x10004
      movl $${PHYSICAL + PRESENT}, ${TABLE}
      movw $0x9090, ${PHYSICAL + offset - 2}
      movb $0xb8, ${PHYSICAL + offset}
      movl $0x12345678, ${PHYSICAL + offset + 1}
      movb $0xc3, ${PHYSICAL + offset + INSTRUCTION_BYTES}
      mov $0x10000, %eax
      mov %eax, %cr3
      mov $0x10, %eax
      mov %eax, %cr4
      mov %cr0, %eax
      or $0x80000000, %eax
      mov %eax, %cr0
      mov $${LINEAR + offset - 2}, %ebx
      call *%ebx
      call *%ebx
      add $2, %ebx
      call *%ebx
      jmp .
    page: movl $${PHYSICAL + 0x1000 + PRESENT}, ${SECOND}
      add $4, %esp
      iret
    ${taskTables({ states: [], gates: { 14: ".word page, 0x08, 0x8e00, 0" } })}`;

async function open(offset: number): Promise<() => TravelSession> {
  const program = await assembleProgram(source(offset));
  return () => plainSession({ machine: wholeMachine(program), host: new FakeHost(), sleep: false });
}
const end = 1200;

describe.each([0xffc, 0xffe, 0xfff])(
  "a breakpoint on an instruction that begins at %i of its page and ends in the next",
  (offset) => {
    const address = BigInt(LINEAR + offset);

    it("stops before it and before the fault of its second page, and going back", async () => {
      const make = await open(offset);
      // Where it comes by, and the states there, of a session that nothing stops.
      const [positions, hashes]: [number[], string[]] = [[], []];
      const undisturbed = make();
      while (undisturbed.position < end) {
        if (undisturbed.machine.pc === address) {
          positions.push(undisturbed.position);
          hashes.push(undisturbed.stateHash());
        }
        await undisturbed.step();
      }
      expect(positions.length).toBe(4);

      const session = make();
      const { machine } = session;
      const second = (): number => machine.readPhysical(SECOND, 1)![0]!;
      // The second page's first byte is no instruction.
      session.setBreakpoints(new Set([address, BigInt(LINEAR + 0x1000)]));
      const stopped = (): void => {
        const n = positions.indexOf(session.position);
        expect([machine.pc, session.stateHash()]).toEqual([address, hashes[n]]);
      };
      const pages: number[] = [];
      for (const position of positions) {
        expect([await session.run({ until: end }), session.position]).toEqual([{ kind: "breakpoint" }, position]);
        stopped();
        pages.push(second());
      }
      // Absent; present by the fault, and not looked at; looked at.
      expect(pages).toEqual([0, PRESENT, PRESENT | ACCESSED, PRESENT | ACCESSED]);
      expect((await session.run({ until: end })).kind).toBe("position");
      expect(session.stateHash()).toBe(undisturbed.stateHash());
      for (const position of positions.toReversed()) {
        expect([await session.runBack(), session.position]).toEqual([{ kind: "breakpoint" }, position]);
        stopped();
      }
      expect((await session.runBack()).kind).toBe("history-start");
    });
  },
);
