import { describe, it } from "vitest";
import { same } from "./running.ts";
import { DESCRIPTORS, gates32, gates64, LONG, PROTECTED, TO_USER, TRY } from "./sources.ts";

/** Accesses at an address, from what code is in; each faults or does not. */
const accesses = (address: string): string => `
      try mov ${address}, %eax
      try movb $1, ${address}
      try movl $1, ${address}+0xffe
`;

describe("paging beside QEMU, step by step:", () => {
  it("32 bits: present, writable, user; WP; large pages; accessed and dirty bits", () =>
    same(
      `${TRY}${PROTECTED}
      movl $0x11007, 0x10000
      movl $0x87 + 0x400000, 0x10004
      movl $0x12001, 0x10008
      movl $0x600000 + 0x80 + 1, 0x1000c
      movl $0x13007, 0x10010
      mov $0x11000, %edi
      mov $7, %eax
    1: mov %eax, (%edi)
      add $0x1000, %eax
      add $4, %edi
      cmp $0x100007, %eax
      jne 1b
      movl $0x50001, 0x12000
      movl $0x51007, 0x12004
      movl $0x52003, 0x12008
      movl $0x53005, 0x1300c
      movl $0x54001, 0x13010
      movl $0x55002, 0x13014
      mov $0x10000, %eax
      mov %eax, %cr3
      mov $0x10, %eax
      mov %eax, %cr4
      mov %cr0, %eax
      or $0x80000000, %eax
      mov %eax, %cr0
      ${["0x30000", "0x400010", "0x600000", "0x800000", "0x801000", "0x802000", "0xc00000", "0x1003000", "0x1004000", "0x1005000", "0x2000000"].map(accesses).join("")}
      mov 0x10000, %eax
      mov 0x10004, %eax
      mov 0x12000, %eax
      mov 0x12004, %eax
      mov %cr0, %eax
      or $0x10000, %eax
      mov %eax, %cr0
      ${["0x800000", "0x801000", "0x802000", "0xc00000", "0x1003000"].map(accesses).join("")}
      mov $0x400000 + 0x200000, %eax
      movl $0x87 + 0x200000, 0x10014
      try mov 0x1400000, %eax
      movl $0x87 + 0x600000, 0x10014
      invlpg 0x1400000
      try mov 0x1400000, %eax
      ${TO_USER}
      mov $0x3b, %ax
      mov %ax, %ds
      mov %ax, %es
      ${["0x30000", "0x400010", "0x800000", "0x801000", "0xc00000", "0x1003000", "0x1004000", "0x1005000", "0x2000000"].map(accesses).join("")}
      mov $0x1004000, %ebx
      int $0x34
    ${gates32()}
    ${DESCRIPTORS}`,
      [[0x10000, 0x4000]],
    ));

  it("32 bits: a fetch, a straddler and a push that fault; the stack of a gate is the supervisor's", () =>
    same(
      `${TRY}${PROTECTED}
      movl $0x11007, 0x10000
      mov $0x11000, %edi
      mov $7, %eax
    1: mov %eax, (%edi)
      add $0x1000, %eax
      add $4, %edi
      cmp $0x100007, %eax
      jne 1b
      andl $~4, 0x11000 + 7*4
      andl $~4, 0x11000 + 6*4
      movl $0, 0x11000 + 0x31*4
      movl $0xb8, 0x30ffe
      mov $0x10000, %eax
      mov %eax, %cr3
      mov %cr0, %eax
      or $0x80010000, %eax
      mov %eax, %cr0
      mov $2f, %ebp
      mov $0x31000, %ebx
      jmp *%ebx
    2: mov $2f, %ebp
      mov $0x30ffe, %ebx
      jmp *%ebx
    2: mov %esp, %esi
      mov $0x32002, %esp
      mov $0x9000, %esp
      ${TO_USER}
      mov $0x3b, %ax
      mov %ax, %ds
      int $0x30
      mov $0x32002, %esp
      try push %eax
      mov $0x7000, %ebx
      try mov (%ebx), %eax
      mov $0xa000, %esp
      try pusha
      int $0x34
    ${gates32()}
    ${DESCRIPTORS}`,
      [[0x10000, 0x2000]],
    ));

  it("PAE: four tables, no execution, reserved bits", () =>
    same(
      `${TRY}${PROTECTED}
      movl $0x11001, 0x10000
      movl $0x11001, 0x10008
      movl $0x12001, 0x10018
      movl $0xe7, 0x11000
      movl $0x13007, 0x11008
      movl $0x2000e7, 0x11010
      movl $0x80000000, 0x11014
      movl $0x13007, 0x11018
      movl $0x80000000, 0x1101c
      movl $0x50007, 0x13000
      movl $0x51007, 0x13008
      movl $0x80000000, 0x1300c
      movl $0x52007, 0x13010
      movl $0x100, 0x13014
      movl $0x53007, 0x13018
      movl $0x100000, 0x1301c
      movl $0x2020e7, 0x12000
      mov $0xc3, %al
      mov %al, 0x50000
      mov %al, 0x51000
      mov %al, 0x200000
      mov $0x10000, %eax
      mov %eax, %cr3
      mov $0x20, %eax
      mov %eax, %cr4
      mov %cr0, %eax
      or $0x80010000, %eax
      mov %eax, %cr0
      ${["0x200000", "0x201000", "0x202000", "0x203000", "0x204000", "0x400000", "0x600000", "0x40200000", "0x80000000", "0xc0000000"].map(accesses).join("")}
      mov $0xc0000080, %ecx
      mov $0x800, %eax
      xor %edx, %edx
      wrmsr
      ${["0x200000", "0x201000", "0x202000", "0x400000", "0x600000"].map(accesses).join("")}
      ${["0x200000", "0x201000", "0x400000", "0x600000", "0x601000"].map((at) => `mov $2f, %ebp\n mov $${at}, %ebx\n movb $0xcf, %cl\n push $2f\n jmp *%ebx\n 2: mov $0x9000, %esp`).join("\n")}
      movl $2, 0x10018
      mov %cr3, %eax
      mov %eax, %cr3
      try mov 0xc0000000, %eax
      movl $0x12003, 0x10018
      mov %cr3, %eax
      mov %eax, %cr3
      try mov 0xc0000000, %eax
    done: jmp done
    ${gates32()}
    ${DESCRIPTORS}`,
      [[0x10000, 0x4000]],
    ));

  it("four levels: rights of all levels, large pages, reserved bits, canonical addresses", () =>
    same(
      `${TRY}${LONG}
      mov $0xc0000080, %ecx
      mov $0xd01, %eax
      xor %edx, %edx
      wrmsr
      mov %cr0, %rax
      or $0x10000, %rax
      mov %rax, %cr0
      movq $0x18003, 0xb008
      movq $0x19007, 0x18000
      movabs $0x800000000001a007, %rax
      mov %rax, 0x18008
      movq $0xe7, 0x18010
      movq $0x20e7, 0x18018
      movq $0x1a005, 0x19000
      movq $0x1a087, 0xb010
      movabs $0x10000018007, %rax
      mov %rax, 0xb018
      movabs $0x000ff00000018007, %rax
      mov %rax, 0x19008
      movq $0x1a007, 0x19010
      movq $0x50007, 0x1a000
      movabs $0x8000000000051007, %rax
      mov %rax, 0x1a008
      movq $0x52001, 0x1a010
      movq $0x18007, 0xb7f8
      movq $0x18007, 0xbff8
      movb $0xc3, 0x50000
      movb $0xc3, 0x51000
      ${[
        "0x8000000000",
        "0x8000001000",
        "0x8000002000",
        "0x8000003000",
        "0x8000200000",
        "0x8000400000",
        "0x8040000000",
        "0x8040001000",
        "0x8080003000",
        "0x80c0000000",
        "0x10000000000",
        "0x18000000000",
        "0x7f8000400000",
        "0xffffff8000400000",
        "0x800000000000",
        "0xffff7fffffffffff",
        "0x7fffffffffff",
      ]
        .map(
          (at) =>
            `movabs $${at}, %rbx\n try mov (%rbx), %eax\n try movb $2, 8(%rbx)\n try mov -3(%rbx), %eax\n try movl $0xc3c3c3c3, 0xffe(%rbx)`,
        )
        .join("\n")}
      ${["0x8000000000", "0x8000001000", "0x8000400000", "0x8040000000", "0xffffff8000400000"]
        .map(
          (at) =>
            `movb $0xc3, 0\n movb $0xc3, 0x50000\n movb $0xc3, 0x51000\n lea 2f(%rip), %rbp\n push %rbp\n movabs $${at}, %rbx\n jmp *%rbx\n 2: mov $0x9000, %esp`,
        )
        .join("\n")}
      pushq $0x3b
      pushq $0xa000
      pushfq
      pushq $0x43
      pushq $user
      iretq
    user:
      ${["0x8000000000", "0x7f8000400000", "0xffffff8000400000", "0xffffff8000402000"]
        .map((at) => `movabs $${at}, %rbx\n try mov (%rbx), %eax\n try movb $2, 8(%rbx)`)
        .join("\n")}
      int $0x34
    ${gates64()}
    ${DESCRIPTORS}`,
      [
        [0xb000, 0x1000],
        [0x18000, 0x3000],
        [0x50000, 0x3000],
      ],
    ));
});
