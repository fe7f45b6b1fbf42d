import { describe, it } from "vitest";
import { same, shutsDown } from "./running.ts";
import { DESCRIPTORS, gates32, gates64, LONG, PROTECTED, TO_USER, TRY } from "./sources.ts";

describe("exceptions beside QEMU, step by step:", () => {
  it("real mode: INT, INT3, INTO, BOUND, #DE, #UD, single step", () =>
    same(`
      mov $0x8000, %sp
      xor %di, %di
      mov $0x30, %cx
    1: movw $handler, (%di)
      movw $0, 2(%di)
      add $4, %di
      loop 1b
      movw $fault2, 0
      movw $fault2, 24
      int $0x10
      int3
      mov $0x7fff, %ax
      inc %ax
      into
      sti
      pushf
      cli
      xor %bx, %bx
      div %bl
      ud2
      movw $0, 0x9000
      movw $5, 0x9002
      movw $skip4, 20
      mov $7, %ax
      bound %ax, 0x9000
      mov $3, %ax
      bound %ax, 0x9000
      pushf
      pop %ax
      or $0x100, %ax
      push %ax
      popf
      nop
      mov $2, %cx
      mov $0x9000, %si
      mov $0x9100, %di
      rep movsb
      int $0x20
      nop
      pushf
      pop %ax
      and $0xfeff, %ax
      push %ax
      popf
      nop
      pushl $0x00010202
      pushl $0
      pushl $2f
      iretl
    2: nop
      nop
    done: jmp done
    handler: mov %sp, %bp
      mov 4(%bp), %dx
      iret
    fault2: mov %sp, %bp
      addw $2, (%bp)
      iret
    skip4: mov %sp, %bp
      addw $4, (%bp)
      iret
    `));

  it("real mode: a vector beyond the table ends in a shutdown", () =>
    shutsDown(`
      mov $0x8000, %sp
      lidtl table
      int $0x40
    table: .word 0x0f
      .long 0
    `));

  it("protected mode: gates of both kinds and sizes, privilege changes, error codes", () =>
    same(`${TRY}${PROTECTED}
      int $0x30
      int $0x31
      int $0x32
      int $0x33
      try int $0x35
      try int $0x36
      try int $0x37
      try int $0x38
      try int $0x3a
      try int $0x41
      try ud2
      try ud1 %eax, %ebx
      int1_skipped: nop
      mov $0x70, %bx
      try mov %bx, %fs
      mov $0x34, %bx
      try mov %bx, %fs
      mov $0x2004, %bx
      try mov %bx, %fs
      mov $0x0c, %bx
      mov %bx, %fs
      mov $0x0f, %bx
      mov %bx, %gs
      xor %eax, %eax
      try mov %ax, %ss
      mov $0x08, %ax
      try mov %ax, %ss
      mov $0x18, %ax
      try lldt %ax
      try ltr %ax
      mov $0x60, %ax
      try ltr %ax
      sldt %ax
      str %bx
      sldt %eax
      smsw %ecx
      int3
      pushf
      pop %eax
      ${TO_USER}
      mov $0x3b, %ax
      mov %ax, %ds
      mov %ax, %es
      push $1
      int3
      int $0x30
      int $0x31
      int $0x32
      try int $0x33
      try cli
      try hlt
      try in $0x80, %al
      try mov %cr0, %eax
      try mov %eax, %cr3
      try mov %eax, %dr0
      try rdmsr
      try lgdt gdtr
      try clts
      try invlpg 0
      sgdt 0x9000
      smsw %eax
      try ud2
      mov $0x10, %bx
      try mov %bx, %ds
      mov $0x5b, %bx
      mov %bx, %fs
      pushf
      pop %eax
      push $0x11
      push $0x22
      lcall $0x48, $0
      lcall $0x4b, $0
      try lcall $0x50, $0
      try lcall $0x08, $0
      try ljmp $0x70, $0
      lcall $0x58, $conforming
      pushf
      orl $0x100, (%esp)
      popf
      nop
      pushf
      andl $0xfffffeff, (%esp)
      popf
      nop
      mov $0x9000, %ebx
      movl $5, (%ebx)
      movl $9, 4(%ebx)
      mov $4, %eax
      try bound %eax, (%ebx)
      mov $9, %eax
      try bound %eax, (%ebx)
      int $0x34
    conforming: lret
    ${gates32()}
    ${DESCRIPTORS}`));

  it("protected mode: faults in deliveries, up to the shutdown", () =>
    shutsDown(`${TRY}${PROTECTED}
      movl $0, idt+13*8+4
      mov $0x34, %bx
      try mov %bx, %fs
      nop
      try int $0x70
      try ud2
      movl $0, idt+6*8+4
      try ud2
      movl $0, idt+8*8+4
      try ud2
    ${gates32()}
    ${DESCRIPTORS}`));

  it("protected mode: a fault in the delivery of INT 8, 10, 13 or 14 is no double fault", () =>
    same(`${TRY}${PROTECTED}
      movl $0, idt+8*8+4
      try int $8
      movl $0, idt+10*8+4
      try int $10
      movl $0, idt+14*8+4
      try int $14
      movl $0x0e00, idt+13*8+4
      try int $13
    1: jmp 1b
    ${gates32()}
    ${DESCRIPTORS}`));

  it("protected mode: task states that are too short, and stacks that are wrong", () =>
    shutsDown(`${TRY}${PROTECTED}
      ${TO_USER}
      mov $0x3b, %ax
      mov %ax, %ds
      movw $0x13, tss+8
      try int $0x30
    ${gates32()}
    ${DESCRIPTORS}`));

  it("long mode: interrupt stacks, privilege changes, error codes", () =>
    same(`${TRY}${LONG}
      int $0x30
      int $0x31
      try int $0x35
      try int $0x36
      try int $0x37
      try int $0x3a
      try int $0x41
      try ud2
      mov $0x70, %bx
      try mov %bx, %fs
      mov $0x8000000000000000, %rax
      try mov (%rax), %rbx
      try mov 0x40000000, %rbx
      try movb $1, 0x40000001
      int3
      sub $3, %rsp
      int3
      xor %eax, %eax
      mov %ax, %ss
      mov %ax, %ds
      pushfq
      pop %rax
      mov %cr0, %rax
      mov %cr8, %rax
      pushq $0x3b
      pushq $0xa000
      pushfq
      pushq $0x43
      pushq $user
      iretq
    user:
      push $1
      int3
      int $0x31
      int $0x30
      try hlt
      try mov 0x40000000, %rbx
      try int $0x33
      try rdmsr
      try swapgs
      pushfq
      orl $0x100, (%rsp)
      popfq
      nop
      pushfq
      andl $0xfffffeff, (%rsp)
      popfq
      nop
      mov $0x10, %ebx
      try mov %bx, %ds
      pushq $0x33
      pushq $compatible
      lretq
    .code32
    compatible:
      mov $0x3b, %ax
      mov %ax, %ss
      mov %ax, %ds
      int3
      int $0x31
      try ud2
      try mov 0x40000000, %ebx
      push %ds
      pop %es
      ljmp $0x43, $again
    .code64
    again:
      int $0x34
    ${gates64()}
    ${DESCRIPTORS}`));
});
