import { describe, it } from "vitest";
import { same } from "./running.ts";
import { DESCRIPTORS } from "./sources.ts";

describe("beside QEMU, step by step:", () => {
  it("real mode to protected, unreal, long, compatibility mode and back", () =>
    same(`
      cli
      mov $0x8000, %sp
      lgdtl gdtr
      mov %cr0, %eax
      or $1, %al
      mov %eax, %cr0
      mov $0x10, %bx
      mov %bx, %ds
      mov %bx, %es
      and $0xfe, %al
      mov %eax, %cr0
      xor %bx, %bx
      mov %bx, %ds
      mov $0x200000, %edi
      movl $0x12345678, %es:(%edi)
      mov %es:(%edi), %ecx
      or $1, %al
      mov %eax, %cr0
      ljmpl $0x08, $protected
    .code32
    protected:
      mov $0x10, %ax
      mov %ax, %ds
      mov %ax, %es
      mov %ax, %ss
      mov %ax, %fs
      mov $0x9000, %esp
      push $0x1234
      push %ds
      pop %gs
      call 1f
    1: pop %eax
      # identity mapped by one large page
      movl $0x11003, 0x10000
      movl $0x12003, 0x11000
      movl $0x83, 0x12000
      mov $0x10000, %eax
      mov %eax, %cr3
      mov %cr4, %eax
      or $0x20, %eax
      mov %eax, %cr4
      mov $0xc0000080, %ecx
      rdmsr
      or $0x100, %eax
      wrmsr
      mov %cr0, %eax
      or $0x80000000, %eax
      mov %eax, %cr0
      ljmp $0x18, $long
    .code64
    long:
      mov $0x1122334455667788, %rax
      mov %rax, %r8
      push %rax
      pushfq
      pop %rbx
      mov %cr0, %r9
      mov %cr4, %r10
      lea back(%rip), %rcx
      push $0x08
      push %rcx
      lretq
    .code32
    back:
      mov %cr0, %eax
      and $0x7fffffff, %eax
      mov %eax, %cr0
      mov $0xc0000080, %ecx
      rdmsr
      and $~0x100, %eax
      wrmsr
      ljmp $0x20, $sixteen
    .code16
    sixteen:
      mov $0x28, %ax
      mov %ax, %ds
      mov %ax, %ss
      mov %cr0, %eax
      and $~1, %al
      mov %eax, %cr0
      ljmp $0, $real
    real:
      xor %ax, %ax
      mov %ax, %ds
      mov %ax, %ss
      mov %ax, %es
      push $0x77
      pop %bx
    done: jmp done
    ${DESCRIPTORS}
    `));
});
