import type { Random } from "../random.ts";
import { PROTECTED, TRY } from "./sources.ts";
import { FLAT, selectorOf, taskGate, taskTables, type TaskState, USER } from "./task-sources.ts";

const TASKS = 8;
const GATES = 5;
/** Gates to tasks in the interrupt table, from here on. */
const [FIRST_VECTOR, VECTORS] = [0x3a, 7];
/** Exceptions that a task may handle: #UD, #NP, #GP. */
const HANDLED = [6, 11, 13];
const VIRTUAL = 0x2_0000;
const OPERATIONS = 6;

type Kind = "kernel" | "user" | "virtual";

/** Tasks that switch to each other in all ways as they come, and fault. It ends nowhere. */
export function taskProgram(random: Random): string {
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
  const handled = HANDLED.filter(() => random.below(3) === 0);
  for (const one of handled) gates[one] = gate();
  return `${TRY}${PROTECTED}
    main: try lcall $${selectorOf(0)}, $0
      try ljmp $${selectorOf(1)}, $0
      try int $${FIRST_VECTOR}
      jmp main
    ${code.join("\n")}
    ${taskTables({ states, more: Array.from({ length: GATES }, gate), gates })}`;
}
