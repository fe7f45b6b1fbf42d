import { it } from "vitest";
import { same } from "./running.ts";
import { DESCRIPTORS, gates32, PROTECTED, TRY } from "./sources.ts";
import { onBoard } from "./whole.ts";

/** Ways to close address line 20, and to open it. */
const GATES = {
  "port 92h": ["mov $0, %al\n out %al, $0x92", "mov $2, %al\n out %al, $0x92"],
  "the i8042's output port": [
    "mov $0xd1, %al\n out %al, $0x64\n mov $0xdd, %al\n out %al, $0x60",
    "mov $0xd1, %al\n out %al, $0x64\n mov $0xdf, %al\n out %al, $0x60",
  ],
  "the i8042's commands": ["mov $0xdd, %al\n out %al, $0x64", "mov $0xdf, %al\n out %al, $0x64"],
} as const;
const ways = Object.keys(GATES) as (keyof typeof GATES)[];

/** At 2 MB and at 3 MB, which are one while the line is closed: data, code, a page directory and a page table, all different. */
const PLACES = `
      movl $0x22222222, 0x205000
      movl $0x33333333, 0x305000
      movl $0x0002b866, 0x210000    # mov $2, %ax; ret
      movb $0xc3, 0x210004
      movl $0x0003b866, 0x310000
      movb $0xc3, 0x310004
      movl $0x87, 0x220000
      movl $0x87, 0x320000
      movl $0xc00087, 0x220008      # 8 MB: 12 MB or 4 MB
      movl $0x400087, 0x320008
      movl $0x321007, 0x22000c      # 12 MB: the table at 3 MB, wherever that is
      movl $0x321007, 0x32000c
      movl $0x405007, 0x221000
      movl $0x507007, 0x321000
      movl $0x44444444, 0x405000
      movl $0x55555555, 0x505000
      movl $0x66666666, 0x407000
      movl $0x77777777, 0x507000
      movl $0x88888888, 0xc05000
`;
const LOOK = `
      mov 0x205000, %ecx
      mov 0x305000, %edx
      incl 0x305000
      pushl 0x305000
      popl 0x305004
      mov $0x310000, %esi
      call *%esi
      mov $0x210000, %esi
      call *%esi
      mov 0x2fffff, %ebx            # over the border
      mov %ebx, 0x2ffffe
      movl $0x9001b866, 0x30fffe    # code that is changed by its other name
      movl $0x0004b866, 0x310000
      call *%esi
      movw $0x0005, 0x310002
      call *%esi
`;
const WALK = `
      mov 0x805000, %ecx
      incl 0x805000
      mov 0xc00000, %edx
      incl 0xc00000
`;

it.each(ways)("address line 20 closed by %s, in real mode", (way) =>
  same(
    `
      mov $0xffff, %ax
      mov %ax, %ds
      movw $0x1234, %cs:0x7000
      movw $0x5678, 0x7010
      ${GATES[way][0]}
      mov 0x7010, %bx
      incw 0x7010
      mov %cs:0x7000, %cx
      movb $0x90, 0x7410            # executed at FFFF:7410, too
      movb $0xcb, 0x7411
      lcall $0xffff, $0x7410
      ${GATES[way][1]}
      mov 0x7010, %bx
      mov %cs:0x7000, %cx
      jmp end
    end: jmp end`,
    [
      [0x7000, 0x1000],
      [0x10_7000, 0x1000],
    ],
    { board: onBoard },
  ),
);

it.each(ways)("address line 20 closed by %s: reads, writes, execution and page walks", (way) =>
  same(
    `${TRY}${PROTECTED}${PLACES}${LOOK}
      ${GATES[way][0]}
      ${LOOK}
      mov $0x320000, %eax
      mov %eax, %cr3
      mov $0x10, %eax
      mov %eax, %cr4
      mov %cr0, %eax
      or $0x80000000, %eax
      mov %eax, %cr0
      ${WALK}${LOOK}
      ${GATES[way][1]}
      ${WALK}${LOOK}
      ${GATES[way][0]}
      ${WALK}${LOOK}
      int $0x34
    ${gates32()}
    ${DESCRIPTORS}`,
    [0x20_0000, 0x30_0000, 0x40_0000, 0x50_0000, 0xc0_0000].map((at) => [at, 0x2_2000] as const),
    { board: onBoard },
  ),
);
