import { describe, it } from "vitest";
import { same, shutsDown } from "./running.ts";
import { DESCRIPTORS, gates32, gates64, LONG, PROTECTED, TO_USER, TRY } from "./sources.ts";

/** EFLAGS (VM, IOPL and more) and segments of virtual-8086 mode, then CS:IP. */
const toVirtual86 = (flags: string, target: string): string => `
      push $0x500
      push $0x400
      push $0x300
      push $0x200
      push $0x100
      push $0x8000
      push $${flags}
      push $0
      push $${target}
      iret
`;

describe("far transfers beside QEMU, step by step:", () => {
  it("real mode: calls, returns and jumps of both sizes, pushes and loads of segments", () =>
    same(`
      mov $0x8000, %sp
      lcall $0, $1f
      lcalll $0, $2f
      pushw $0x10
      lcall $0x100, $3f - 0x1000
      jmp 4f
    1: lretw
    2: lretl
    3: lretw $2
    4: movw $5f, 0x9000
      movw $0, 0x9002
      ljmp *0x9000
    5: movl $6f, 0x9000
      movw $0, 0x9004
      ljmpl *0x9000
    6: movw $8f, 0x9100
      movw $0, 0x9102
      lcallw *0x9100
      jmp 7f
    8: lretw
    7: push %cs
      push %ss
      pushl %ds
      pushl %es
      push %fs
      pushl %gs
      popl %gs
      pop %fs
      popl %es
      popl %ds
      pop %ss
      pop %ax
      mov $0x1234, %ax
      mov %ax, %es
      mov %es, %bx
      mov %es, %ebx
      mov %es, 0x9200
      lfs 0x9000, %cx
      lgs 0x9000, %ecx
      les 0x9000, %dx
      xor %ax, %ax
      xor %dx, %dx
      mov $0x8000, %esp
      jmp done
      nop
    done: jmp done
    `));

  it("protected mode: calls, returns and jumps, with gates and without, that fault and that do not", () =>
    same(
      `${TRY}${PROTECTED}
      lcall $0x08, $1f
      lcall $0x58, $1f
      lcallw $0x08, $2f
      jmp 3f
    1: lret
    2: lretw
    3: ${["0x00", "0x10", "0x70", "0x60", "0x78", "0x30", "0x100", "0x04", "0x24"]
      .map(
        (selector) =>
          `try lcall $${selector}, $0\n try ljmp $${selector}, $0\n push $${selector}\n push $3b\n mov %esp, %esi\n try lret\n mov %esi, %esp\n add $8, %esp`,
      )
      .join("\n")}
      ${["0x30", "0x33", "0x0b", "0x13", "0x40"]
        .map(
          (selector) =>
            `push $0x10\n push $0x9000\n pushf\n push $${selector}\n push $3b\n mov %esp, %esi\n try iret\n mov %esi, %esp\n add $20, %esp`,
        )
        .join("\n")}
    3: ljmp $0x08, $4f
    4: ljmp $0x50, $0x1234
      nop
    called2: int $0x34
    ${gates32()}
    ${DESCRIPTORS}`.replace(".word called, 0x08, 0x8c00, 0", ".word called2, 0x08, 0x8c00, 0"),
    ));

  it("protected mode: returns to other privileges, with stacks that are wrong", () =>
    same(`${TRY}${PROTECTED}
      ${["0", "0x10", "0x13", "0x3a", "0x33", "0x73", "0x103"]
        .map(
          (selector) =>
            `push $${selector}\n push $0xa000\n pushf\n push $0x33\n push $user\n mov %esp, %esi\n try iret\n mov %esi, %esp\n add $20, %esp`,
        )
        .join("\n")}
      mov $0x3b, %ax
      mov %ax, %gs
      mov $0x58, %ax
      mov %ax, %fs
      push $0x3b
      push $0xa000
      push $0x33
      push $user
      lret
    user:
      mov %ds, %eax
      mov %fs, %ebx
      mov %gs, %ecx
      try mov %es, %edx
      mov $0x3b, %ax
      mov %ax, %ds
      push $5
      push $6
      lcall $0x4b, $0
      mov %ds, %ebx
      pushf
      orl $0x3000, (%esp)
      popf
      pushf
      pop %eax
      try sti
      int $0x34
    ${gates32()}
    ${DESCRIPTORS}`));

  it("LAR, LSL, VERR, VERW and ARPL", () =>
    same(`${TRY}${PROTECTED}
      ${Array.from({ length: 0x24 }, (_, n) => n * 4)
        .map((selector) => `mov $${selector}, %ax\n lar %ax, %ebx\n lsl %ax, %ecx\n lar %ax, %dx\n verr %ax\n verw %ax`)
        .join("\n")}
      mov $0x3b, %ax
      mov $0x10, %bx
      arpl %ax, %bx
      arpl %bx, %ax
      mov %ax, 0x9000
      mov $0x3, %ax
      arpl %ax, 0x9000
      ${TO_USER}
      mov $0x3b, %ax
      mov %ax, %ds
      ${Array.from({ length: 0x12 }, (_, n) => n * 8 + 3)
        .map((selector) => `mov $${selector}, %ax\n lar %ax, %ebx\n lsl %ax, %ecx\n verr %ax\n verw %ax`)
        .join("\n")}
      int $0x34
    ${gates32()}
    ${DESCRIPTORS}`));

  it("virtual-8086 mode: in by IRET, out by gates, IOPL 0 and 3", () =>
    same(
      `${TRY}${PROTECTED}
      ${toVirtual86("0x20202", "virtual0")}
    .code16
    virtual0:
      mov %ds, %ax
      mov $0x1100, %ax
      mov %ax, %ds
      mov %ax, %fs
      push %fs
      pop %es
      lcall $0x100, $1f - 0x1000
      jmp 2f
    1: lret
    2: mov $3f, %bp
      cli
    3: mov $3f, %bp
      pushf
    3: mov $3f, %bp
      int $0x30
    3: mov $3f, %bp
      in $0x80, %al
    3: mov $3f, %bp
      sldt %ax
    3: mov $3f, %bp
      lar %ax, %bx
    3: mov $3f, %bp
      hlt
    3: int3
      mov $0xdead, %bp
      hlt
    .code32
    second: mov $0x9000, %esp
      ${toVirtual86("0x23202", "virtual3")}
    .code16
    virtual3: cli
      sti
      pushf
      pop %ax
      pushfl
      popl %ebx
      push %ax
      popf
      int $0x30
      push %ax
      push %cs
      push $4f
      iret
    4: int3
      int $0x34
    ${gates32().replace("coded32: pop %eax", "coded32: pop %eax\n cmpw $0xdead, %bp\n je second")}
    ${DESCRIPTORS}`,
    ));

  it("long mode: calls through gates, far returns, IRET to compatibility and back", () =>
    same(`${TRY}${LONG}
      movw $target, 0x48 + gdt
      movl $0xec000018, 0x4a + gdt
      movw $0, 0x4e + gdt
      movl $0, 0x50 + gdt
      movl $0, 0x54 + gdt
      movw $0x4b, %bx
      pushq $0x3b
      pushq $0xa000
      pushq $0x43
      pushq $user
      lretq
    user:
      movq $0, 0x9000
      movw $0x4b, 0x9004
      lcall *0x9000
      movw $0x18, 0x9004
      try lcall *0x9000
      try ljmp *0x9000
      movw $0x43, 0x9004
      movl $1f, 0x9000
      ljmp *0x9000
    1: movabs $2f, %rax
      mov %rax, 0x9000
      movw $0x43, 0x9008
      rex.w lcall *0x9000
      jmp 3f
    2: lretq
    3: pushq $0x3b
      pushq $0xa000
      pushfq
      pushq $0x33
      pushq $compatible
      iretq
    .code32
    compatible:
      pushf
      orl $0x4000, (%esp)
      popf
      try iret
      pushf
      andl $~0x4000, (%esp)
      popf
      mov $0x3b, %ax
      mov %ax, %ss
      lcall $0x4b, $0
      lcall $0x43, $5f
      ljmp $0x43, $6f
    .code64
    5: lret
    target: mov %ss, %eax
      lretq
    6: int $0x34
    ${gates64()}
    ${DESCRIPTORS}`));

  it("a null descriptor table ends in a shutdown", () =>
    shutsDown(`${TRY}${PROTECTED}
      lgdt 0xa000
      mov $0x10, %ax
      mov %ax, %ds
    ${gates32()}
    ${DESCRIPTORS}`));
});
