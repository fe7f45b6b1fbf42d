import { taskDescriptor, taskGate, taskTables, selectorOf } from "./task-sources.ts";
import { PROTECTED } from "./sources.ts";

/** Selectors of the task that has something wrong with it, of a gate to it, and its vector. */
const [WRONG, GATE, VECTOR] = [selectorOf(0), selectorOf(1), 0x40];

/** How it comes to run. */
export const WAYS = {
  JMP: `ljmp $${WRONG}, $0`,
  CALL: `lcall $${WRONG}, $0`,
  "JMP to a gate": `ljmp $${GATE}, $0`,
  "CALL to a gate": `lcall $${GATE}, $0`,
  INT: `int $${VECTOR}`,
  IRET: `iret`,
} as const;

/** By offset in a state of 32 bits, of 16 bits. */
const selectorFlaws = (wide: boolean): string[] => {
  const at = (segment: number): string => `wrong + ${wide ? 0x48 + 4 * segment : 0x22 + 2 * segment}`;
  const [ES, CS, SS, DS, GS] = [at(0), at(1), at(2), at(3), at(5)];
  const put = (place: string, ...selectors: number[]): string[] =>
    selectors.map((selector) => `movw $${selector}, ${place}`);
  return [
    ...put(CS, 0, 3, 0x10, 0x70, 0x33, 0x30, 0x0b, 0x60, 0x400, 0x58, 0x5b, 0x28),
    ...put(SS, 0, 0x08, 0x13, 0x3b, 0x70, 0x60, 0x400),
    ...put(DS, 1, 0x13, 0x70, 0x60, 0x400, 0x14, 0x400, 0x08, 0x58),
    ...(wide ? put(GS, 0x13, 0x70) : []),
    `${put(CS, 0x33)[0]}\n ${put(SS, 0x3b)[0]}`,
    `${put(CS, 0x33)[0]}\n ${put(SS, 0x3b)[0]}\n ${put(ES, 0x3b)[0]}\n ${put(DS, 0x3b)[0]}`,
  ];
};
const place = (wide: boolean, at32: number, at16: number): string => `wrong + ${wide ? at32 : at16}`;

/** What is wrong, as instructions that make it so. */
const flaws = (wide: boolean): string[] => [
  ...selectorFlaws(wide),
  ...[0x7c, 0x400, 0x70, 0x10].map((local) => `movw $${local}, ${place(wide, 0x60, 0x2a)}`),
  ...(wide ? [`orl $0x20000, wrong + 0x24`, `addl $0x1230000, wrong + 0x20\n movw $0x28, wrong + 0x4c`] : []),
  // Its descriptor: not there, too short, busy, for level 3, of another kind.
  ...(wide ? [0x09, 0x8b, 0xe9, 0x8c, 0x91] : [0x01, 0x83, 0xe1, 0x84]).map(
    (access) => `movb $${access}, gdt + ${WRONG + 5}`,
  ),
  `movw $${wide ? 0x66 : 0x2a}, gdt + ${WRONG}`,
  // Its gate: not there, to the local table, to what is no task, beyond the table.
  `movb $0x65, gdt + ${GATE + 5}\n movb $0x65, idt + ${VECTOR * 8 + 5}`,
  ...[WRONG + 4, 0x08, 0x60, 0x400, 0].map(
    (selector) => `movw $${selector}, gdt + ${GATE + 2}\n movw $${selector}, idt + ${VECTOR * 8 + 2}`,
  ),
];

/**
 * Tries each flaw. The reference takes a part of the address of the instruction that switched for that of a fault in the
 * new task: so they are the same here.
 */
export function faultProgram(way: keyof typeof WAYS, wide: boolean): string {
  const back =
    way === "IRET" ? `movw $${WRONG}, tss\n orb $2, gdt + ${WRONG + 5}\n pushf\n orl $0x4000, (%esp)\n popf` : "";
  const attempts = flaws(wide).map(
    (flaw) => `call prepare
      movl $2f, go_on
      mov${wide ? "l" : "w"} $1f, ${place(wide, 0x20, 0x0e)}
      ${flaw}
      ${back}
      jmp 1f
    1: ${WAYS[way]}
    2:`,
  );
  const tables = taskTables({
    states: [
      {
        name: "wrong",
        wide,
        eip: 0,
        eflags: 0x46,
        selectors: [0x10, 0x08, 0x10, 0x10, 0, 0],
        local: 0x78,
        esp: 0x8800,
      },
    ],
    more: [taskGate(WRONG)],
    gates: { [VECTOR]: taskGate(WRONG) },
  });
  return `${PROTECTED}
      cld
      mov $wrong, %esi
      mov $copy, %edi
      mov $26, %ecx
      rep movsl
      ${attempts.join("\n")}
      jmp .
    go_on: .long 0
    .balign 16
    copy: .fill 26, 4, 0
    prepare: mov $copy, %esi
      mov $wrong, %edi
      mov $26, %ecx
      rep movsl
      ${restore("descriptor", `gdt + ${WRONG}`)}
      ${restore("gate", `gdt + ${GATE}`)}
      ${restore("gate", `idt + ${VECTOR * 8}`)}
      ret
    descriptor: ${wide ? taskDescriptor("wrong", 0x89, 0x67) : taskDescriptor("wrong", 0x81, 0x2b)}
    gate: ${taskGate(WRONG)}
    ${tables.replace("coded32: pop %eax", "coded32: pop %eax\n pop %ebx\n pop %edi\n pop %edx\n jmp recover")}
    recover: str %si
      mov $0x10, %ecx
      mov %cx, %ds
      mov %cx, %es
      mov %cx, %ss
      mov $0x9000, %esp
      movb $0x89, gdt + 0x65
      mov $0x60, %cx
      ltr %cx
      mov $0x78, %cx
      lldt %cx
      jmp *go_on
    `;
}

const restore = (from: string, to: string): string => `mov ${from}, %eax
      mov %eax, ${to}
      mov ${from} + 4, %eax
      mov %eax, ${to} + 4`;
