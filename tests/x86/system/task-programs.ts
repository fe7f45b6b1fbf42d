import type { Random } from "../random.ts";
import { PROTECTED, TRY } from "./sources.ts";
import { FLAT, selectorOf, taskGate, taskTables, type TaskState, USER } from "./task-sources.ts";

const TASKS = 8;
const GATES = 5;
/** Gates to tasks in the interrupt table, from here on. */
const [FIRST_VECTOR, VECTORS] = [0x3a, 7];
/** Exceptions that a task may handle: #UD, #NP, #GP, #PF. */
const HANDLED = [6, 11, 13];
const PF = 14;
const VIRTUAL = 0x2_0000;
const OPERATIONS = 6;

/** Two page directories, and what they map: 4 MB at 0 for all; behind it one thing or the other; then, each, one for itself. */
export const DIRECTORIES = [0x3_0000, 0x3_1000] as const;
export const MAPPED = [0x80_0000, 0xc0_0000] as const;
const WINDOW = 0x40_0000;
const mapPages = `
      movl $0x87, ${DIRECTORIES[0]}
      movl $0x87, ${DIRECTORIES[1]}
      movl $0x800087, ${DIRECTORIES[0]} + 4
      movl $0xc00087, ${DIRECTORIES[1]} + 4
      movl $0x800087, ${DIRECTORIES[0]} + 8
      movl $0xc00083, ${DIRECTORIES[1]} + 12
      mov $${DIRECTORIES[0]}, %eax
      mov %eax, %cr3
      mov %eax, tss + 0x1c
      mov %cr4, %eax
      or $0x10, %al
      mov %eax, %cr4
      mov %cr0, %eax
      or $0x80000000, %eax
      mov %eax, %cr0
`;
/** What shows which directory is in use: memory behind the first 4 MB, where each has something else, or nothing. */
const throughPages = [
  `incl ${WINDOW}`,
  `mov ${WINDOW}, %edx`,
  `incl ${2 * WINDOW}`,
  `incl ${3 * WINDOW}`,
  "mov %cr2, %edi",
  "mov %cr3, %edi",
];

type Kind = "kernel" | "user" | "virtual";

/** Tasks that switch to each other in all ways as they come, and fault; with `pages`, in address spaces of two kinds. It ends nowhere. */
export function taskProgram(random: Random, pages = false): string {
  // The reference stays in virtual-8086 mode where a state of 16 bits is switched to from there.
  const others: readonly Kind[] = random.below(2) ? ["kernel", "user"] : ["kernel", "user", "virtual"];
  const kinds = Array.from({ length: TASKS }, (_, n): Kind => (n < 3 ? "kernel" : random.pick(others)));
  const mixed = !others.includes("virtual");
  const states = kinds.map((kind, n): TaskState => {
    const wide = !mixed || random.below(3) > 0;
    const bits = random.pick([0, 0x200, 0x4000, 0x400, 0xcd5]) | (kind === "kernel" ? 0 : random.pick([0, 0x3000]));
    const common = {
      name: `task${n}`,
      wide,
      eip: `code${n}`,
      ebp: `code${n}`,
      esp: 0x8000 + 0x100 * n,
      local: random.pick([0, 0x78]),
      ...(pages && { cr3: random.pick(DIRECTORIES) }),
    };
    const inner = [0x6000 + 0x100 * n, 0x10] as const;
    const other = (): number => random.pick([0, 0x10, 0x10, 0x3b, 0x14]);
    if (kind === "virtual")
      return { ...common, inner, eflags: bits | 2 | VIRTUAL, selectors: [0x11, 0, 0x22, 0x33, 0x44, 0x55] };
    const selectors = kind === "user" ? USER : ([other(), 0x08, 0x10, other(), other(), other()] as const);
    return { ...common, inner, eflags: bits | 2, selectors: random.below(8) ? selectors : FLAT };
  });
  const any = (): number => selectorOf(random.below(TASKS + GATES), random.pick([0, 0, 3]));
  const vector = (): number => FIRST_VECTOR + random.below(VECTORS);
  const operation = (kind: Kind): string => {
    if (kind === "virtual")
      return random.pick([
        `int $${vector()}`,
        `int $${vector()}`,
        "inc %ax",
        "push %ax\n pop %cx",
        "pushf",
        "ud2",
        "int3",
        "iret",
      ]);
    const switches = [`ljmp $${any()}, $0`, `lcall $${any()}, $0`, `int $${vector()}`, "iret", `lcall $${any()}, $0`];
    const freed = `andb $~2, gdt + ${selectorOf(random.below(TASKS)) + 5}`;
    const plain = [
      "inc %eax",
      "add %ecx, %edx",
      "str %si",
      "clts",
      "mov %cr0, %edi",
      "ud2",
      "int3",
      "pushf\n pop %edx",
    ];
    if (kind === "kernel") plain.push(freed, freed, freed, freed);
    if (pages) plain.push(...throughPages, ...throughPages);
    const nesting = ["pushf\n xorl $0x4000, (%esp)\n popf", "mov $0x70, %cx\n mov %cx, %fs"];
    return random.pick([...switches, ...switches, ...plain, ...nesting]);
  };
  const code = kinds.map((kind, n) => {
    const body = Array.from({ length: OPERATIONS }, () => `try ${operation(kind)}`).join("\n      ");
    return `${kind === "virtual" ? ".code16" : ".code32"}
    code${n}: ${body}
      jmp code${n}
    .code32`;
  });
  const gate = (): string => taskGate(selectorOf(random.below(TASKS)), random.pick([0xe5, 0xe5, 0x85]));
  const gates = Object.fromEntries(Array.from({ length: VECTORS }, (_, n) => [FIRST_VECTOR + n, gate()]));
  const handled = [...HANDLED, ...(pages ? [PF] : [])].filter(() => random.below(3) === 0);
  for (const one of handled) gates[one] = gate();
  return `${TRY}${PROTECTED}${pages ? mapPages : ""}
    main: try lcall $${selectorOf(0)}, $0
      try ljmp $${selectorOf(1)}, $0
      try int $${FIRST_VECTOR}
      jmp main
    ${code.join("\n")}
    ${taskTables({ states, more: Array.from({ length: GATES }, gate), gates })}`;
}
