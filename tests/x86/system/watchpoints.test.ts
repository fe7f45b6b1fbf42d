import { beforeAll, expect, it } from "vitest";
import type { Watchpoint } from "../../../src/machine/index.ts";
import { plainSession, type TravelSession } from "../../../src/timetravel/index.ts";
import { FakeHost } from "../../../src/timetravel/testing/fake-host.ts";
import { assembleProgram, type Program, START } from "./program.ts";
import { PROTECTED, TRY } from "./sources.ts";
import { FLAT, selectorOf, taskGate, taskTables } from "./task-sources.ts";
import { wholeMachine } from "./whole.ts";

/** Stack tops of level 0: of INT, of a page fault, of an interrupt that the APIC sends to itself. */
const [BY_INT, BY_FAULT, BY_INTERRUPT] = [0x7000, 0x6f00, 0x6e00];

/** Steps that access memory many times, with pages: three deliveries that change stacks, and one that switches tasks. */
const SOURCE = `
      jmp begin
      .org 8
      .long tss, inner_task, gdt
    begin:
    ${TRY}${PROTECTED}
      movl $0x87, 0x10000
      movl $0xfec00087, 0x10fec
      mov $0x10000, %eax
      mov %eax, %cr3
      mov $0x10, %eax
      mov %eax, %cr4
      mov %cr0, %eax
      or $0x80000000, %eax
      mov %eax, %cr0
      movl $0x1ff, 0xfee000f0
      push $0x3b
      push $0xa000
      push $0x202
      push $0x33
      push $user
      iret
    user: mov $0x3b, %ax
      mov %ax, %ds
      mov %ax, %gs
      int $0x30
      movl $${BY_FAULT}, tss + 4
      try movl $1, 0x800000
      movl $${BY_INTERRUPT}, tss + 4
      movl $0x40040, 0xfee00300
      int $0x33
    inner: jmp inner
      ${taskTables({
        states: [{ name: "inner_task", wide: true, eip: "inner", cr3: 0x10000, selectors: FLAT }],
        gates: { 13: taskGate(selectorOf(0)), 0x40: ".word return32, 0x08, 0x8e00, 0" },
      })}`;

type Place = readonly [base: "tss" | "task" | "gdt" | number, offset: number, length: number];
const words = (name: string, top: number, kinds: readonly string[]): [string, Place][] =>
  kinds.map((kind, n) => [`${kind} that ${name} pushes`, [top, -4 * (n + 1), 4]]);
const FRAME = ["SS", "ESP", "EFLAGS", "CS", "EIP"];

const PLACES: Readonly<Record<string, Place>> = {
  "the new task's link back": ["task", 0, 2],
  "the old task's EIP": ["tss", 0x20, 4],
  "the old task's GS": ["tss", 0x5c, 2],
  "the error code on the new task's stack": [0x8000, -4, 4],
  "the type of the new task's descriptor": ["gdt", selectorOf(0) + 5, 1],
  ...Object.fromEntries([
    ...words("INT", BY_INT, FRAME),
    ...words("a page fault", BY_FAULT, [...FRAME, "error code"]),
    ...words("an interrupt", BY_INTERRUPT, FRAME),
  ]),
};

let program: Program;
let watched: Readonly<Record<string, Watchpoint>>;
/** Positions behind the steps that change what is watched, by stepping forwards. */
const changes = new Map<string, number[]>();
const hashes: string[] = [];
let end = 0;

const open = (): TravelSession => plainSession({ machine: wholeMachine(program), host: new FakeHost(), sleep: false });

beforeAll(async () => {
  program = await assembleProgram(SOURCE);
  const pointer = (n: number): number =>
    new DataView(program.ram.buffer, program.ram.byteOffset).getUint32(8 + 4 * n, true);
  const bases = { tss: pointer(0), task: pointer(1), gdt: pointer(2) };
  watched = Object.fromEntries(
    Object.entries(PLACES).map(([name, [base, offset, length]]) => {
      const address = BigInt((typeof base === "number" ? base : bases[base]) + offset);
      return [name, { kind: "write", address, length }];
    }),
  );
  const session = open();
  session.setBreakpoints(new Set([BigInt(START)]));
  expect((await session.run()).kind).toBe("breakpoint");
  session.setBreakpoints(new Set());
  const value = ({ address, length }: Watchpoint): string =>
    Buffer.from(session.machine.readPhysical(Number(address), length)!).toString("hex");
  const values = new Map(Object.entries(watched).map(([name, place]) => [name, value(place)]));
  for (let before = -1n; session.machine.pc !== before;) {
    before = session.machine.pc;
    hashes[session.position] = session.stateHash();
    await session.step();
    for (const [name, place] of Object.entries(watched)) {
      const now = value(place);
      if (now !== values.get(name)) changes.set(name, [...(changes.get(name) ?? []), session.position]);
      values.set(name, now);
    }
  }
  end = session.position;
  hashes[end] = session.stateHash();
});

/** Where it stopped, in the one state of that position. */
function stopped(session: TravelSession): number {
  expect(session.stateHash()).toBe(hashes[session.position]);
  return session.position;
}

it.each(Object.keys(PLACES))("a step is whole when it hits a watchpoint: %s", async (name) => {
  const expected = changes.get(name)!;
  expect(expected.length).toBeGreaterThan(0);
  const session = open();
  session.setBreakpoints(new Set([BigInt(START)]));
  await session.run();
  session.setBreakpoints(new Set());
  session.setWatchpoints([watched[name]!]);

  const forwards: number[] = [];
  while ((await session.run({ until: end })).kind === "watchpoint") forwards.push(stopped(session));
  expect(forwards).toEqual(expected);

  expect(stopped(session)).toBe(end);
  for (const position of expected.toReversed()) {
    expect((await session.runBack()).kind).toBe("watchpoint");
    // The access is undone.
    expect(stopped(session)).toBe(position - 1);
  }
  expect((await session.run({ until: end })).kind).toBe("watchpoint");
  expect(stopped(session)).toBe(expected[0]);
});
