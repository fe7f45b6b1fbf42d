/**
 * Tables that programs share. 08, 10: flat code and data of 32 bits; 18: code of 64; 20, 28: of 16; 30, 38, 40: code of 32,
 * data, code of 64, at level 3; 48: a call gate for level 3 with two parameters, 50: one for level 0, 58: conforming code;
 * 60, 68: states of a task (68 has the upper half of the long one); 70: not present; 78: a local table; 88: another gate.
 */
export const DESCRIPTORS = `
    .balign 16
    gdt: .quad 0
      .quad 0x00cf9b000000ffff
      .quad 0x00cf93000000ffff
      .quad 0x00af9b000000ffff
      .quad 0x00009b000000ffff
      .quad 0x000093000000ffff
      .quad 0x00cffb000000ffff
      .quad 0x00cff3000000ffff
      .quad 0x00affb000000ffff
      .word called, 0x08, 0xec02, 0
      .word called, 0x08, 0x8c00, 0
      .quad 0x00cf9f000000ffff
      .word 0x67, tss, 0x8900, 0
      .quad 0
      .quad 0x00cf13000000ffff
      .word 0x1f, ldt, 0x8200, 0
      .quad 0
    gdt_end:
    gdtr: .word gdt_end - gdt - 1
      .quad gdt
    ldt: .quad 0
      .quad 0x00cff3000000ffff
      .quad 0x00cf93000000ffff
      .quad 0x00cf93000000ffff
    .balign 16
    tss: .long 0, 0x7000, 0x10
      .fill 22, 4, 0
      .word 0, 0x68
    .code32
    called: mov (%esp), %eax
      lret $8
`;

/** To protected mode, with gates, a task's state and a stack. */
export const PROTECTED = `
      lgdtl gdtr
      lidtl idtr
      mov %cr0, %eax
      or $1, %al
      mov %eax, %cr0
      ljmpl $0x08, $protected
    .code32
    protected:
      mov $0x10, %ax
      mov %ax, %ds
      mov %ax, %es
      mov %ax, %ss
      mov $0x9000, %esp
      mov $0x60, %ax
      ltr %ax
      mov $0x78, %ax
      lldt %ax
`;

/** To long mode: 4 MB mapped at 0, user's too; gates, a task's state and a stack. */
export const LONG = `
      lgdtl gdtr
      lidtl idtr
      movl $0xc007, 0xb000
      movl $0xd007, 0xc000
      movl $0xe7, 0xd000
      movl $0x2000e7, 0xd008
      mov $0xb000, %eax
      mov %eax, %cr3
      mov %cr4, %eax
      or $0x20, %eax
      mov %eax, %cr4
      mov $0xc0000080, %ecx
      mov $0x901, %eax
      xor %edx, %edx
      wrmsr
      mov %cr0, %eax
      or $0x80000001, %eax
      mov %eax, %cr0
      ljmpl $0x18, $long
    .code64
    long:
      mov $0x10, %ax
      mov %ax, %ds
      mov %ax, %es
      mov %ax, %ss
      mov $0x9000, %esp
      movl $0, tss+8
      movl $0x6808, tss+0x24
      mov $0x60, %ax
      ltr %ax
      mov $0x78, %ax
      lldt %ax
`;

/** An instruction that may fault: the handlers go on behind it. */
export const TRY = `
    .macro try insn:vararg
      mov $9f, %ebp
      \\insn
    9:
    .endm
`;

/** From level 0 to level 3, with the stack at a000; the data segments are left to what follows. */
export const TO_USER = `push $0x3b
      push $0xa000
      pushf
      push $0x33
      push $user
      iret
    user:`;

const CODED = [8, 10, 11, 12, 13, 14, 17];
const VECTORS = 0x41;

/** A table: faults go on at EBP, others return. 30: for all; 31: a trap gate; 32: of 16 bits; 33: for level 0; 34: the end; 35: none. */
export function gates32(): string {
  const gate = (handler: string, access: number): string => `.word ${handler}, 0x08, ${access << 8}, 0`;
  const special: Readonly<Record<number, string>> = {
    1: gate("return32", 0x8e),
    3: gate("return32", 0xee),
    4: gate("return32", 0xee),
    0x30: gate("return32", 0xee),
    0x31: gate("return32", 0xef),
    0x32: gate("return16", 0xe6),
    0x33: gate("return32", 0x8e),
    0x34: gate("finish", 0xee),
    0x35: gate("return32", 0x6e),
    0x36: ".word return32, 0x10, 0xee00, 0",
    0x37: ".word return32, 0, 0xee00, 0",
    0x38: ".word return32, 0x70, 0xee00, 0",
    0x39: gate("return32", 0xe9),
  };
  const entries = Array.from(
    { length: VECTORS },
    (_, vector) => special[vector] ?? gate(CODED.includes(vector) ? "coded32" : "fault32", 0x8e),
  );
  return `
    .balign 16
    idt: ${entries.join("\n      ")}
    idtr: .word ${VECTORS} * 8 - 1
      .quad idt
    .code32
    return32: push %eax
      mov 12(%esp), %eax
      pop %eax
      iret
    return16: iretw
    finish: jmp finish
    coded32: pop %eax
    fault32: mov %ebp, (%esp)
      iret
  `;
}

/** The same in long mode; 31 has a stack of its own. */
export function gates64(): string {
  const gate = (handler: string, access: number, ist = 0, selector = 0x18): string =>
    `.word ${handler}, ${selector}, ${(access << 8) | ist}, 0, 0, 0, 0, 0`;
  const special: Readonly<Record<number, string>> = {
    1: gate("return64", 0x8e),
    3: gate("return64", 0xee),
    0x30: gate("return64", 0xee),
    0x31: gate("return64", 0xef, 1),
    0x33: gate("return64", 0x8e),
    0x34: gate("finish", 0xee),
    0x35: gate("return64", 0x6e),
    0x36: gate("return64", 0xee, 0, 0x08),
    0x37: gate("return64", 0xe6),
  };
  const entries = Array.from(
    { length: VECTORS },
    (_, vector) => special[vector] ?? gate(CODED.includes(vector) ? "coded64" : "fault64", 0x8e),
  );
  return `
    .balign 16
    idt: ${entries.join("\n      ")}
    idtr: .word ${VECTORS} * 16 - 1
      .quad idt
    .code64
    return64: mov 16(%rsp), %rax
      iretq
    finish: jmp finish
    coded64: pop %rax
    fault64: mov %rbp, (%rsp)
      iretq
  `;
}
