import { describe, it } from "vitest";
import { same } from "./running.ts";
import { DESCRIPTORS, gates32, gates64, LONG, PROTECTED, TRY } from "./sources.ts";

const READ = [
  ...[0x10, 0x1b, 0x34, 0x35, 0x8b, 0xfe, 0x174, 0x175, 0x176, 0x179, 0x17a, 0x17b, 0x198, 0x1a0],
  ...[0x200, 0x201, 0x20f, 0x250, 0x258, 0x268, 0x26f, 0x277, 0x2ff, 0x400, 0x401, 0x424, 0x428],
  ...[0xc000_0080, 0xc000_0081, 0xc000_0082, 0xc000_0083, 0xc000_0084, 0xc000_0100, 0xc000_0101, 0xc000_0102],
  ...[0xc000_0103, 0xc001_0117, 0x12345],
];
const WRITTEN = [
  ...[0x174, 0x175, 0x176, 0x200, 0x201, 0x250, 0x268, 0x2ff, 0x277, 0x400, 0x401, 0x404],
  ...[0xc000_0081, 0xc000_0082, 0xc000_0083, 0xc000_0084, 0xc000_0100, 0xc000_0101, 0xc000_0102, 0x12345],
];
const LEAVES = [
  ...Array.from({ length: 0x10 }, (_, n) => n),
  ...[0x20, 0x4000_0000, 0x4000_0001, 0x4000_0002, 0x4000_0010],
  ...Array.from({ length: 0xc }, (_, n) => 0x8000_0000 + n),
  ...[0x8000_0020, 0xc000_0000, 0xffff_ffff],
];

describe("registers of the system beside QEMU, step by step:", () => {
  it("model-specific ones", () =>
    same(`${TRY}${LONG}
      ${READ.map((number) => `mov $${number}, %ecx\n mov $-1, %eax\n mov $-1, %edx\n try rdmsr`).join("\n")}
      ${WRITTEN.map((number) => `mov $${number}, %ecx\n mov $0x12345678, %eax\n mov $0x1234, %edx\n try wrmsr\n try rdmsr`).join("\n")}
      mov $0x401, %ecx
      xor %eax, %eax
      xor %edx, %edx
      wrmsr
      rdmsr
      mov $0xc0000080, %ecx
      mov $0xffff00ff, %eax
      or $0x100, %eax
      xor %edx, %edx
      wrmsr
      rdmsr
    done: jmp done
    ${gates64()}
    ${DESCRIPTORS}`));

  it("CPUID, leaf by leaf", () =>
    same(`${PROTECTED}
      ${LEAVES.flatMap((leaf) =>
        (leaf === 4 || leaf === 0xb || leaf === 0xd ? [0, 1, 2, 3] : [0, -1]).map(
          (sub) => `mov $${leaf}, %eax\n mov $${sub}, %ecx\n cpuid`,
        ),
      ).join("\n")}
    done: jmp done
    ${gates32()}
    ${DESCRIPTORS}`));

  it("control and debug registers", () =>
    same(`${TRY}${PROTECTED}
      ${[0, 1, 2, 4, 8, 0x40, 0x200, 0x400]
        .map((bit) => `mov $${bit}, %eax\n try mov %eax, %cr4\n mov %cr4, %ebx`)
        .join("\n")}
      xor %eax, %eax
      mov %eax, %cr4
      mov $0x12345678, %eax
      mov %eax, %cr2
      mov %cr2, %ebx
      mov %eax, %cr3
      mov %cr3, %ebx
      mov %cr0, %eax
      or $0x8005003e, %eax
      and $0x7fffffff, %eax
      mov %eax, %cr0
      mov %cr0, %ebx
      clts
      mov %cr0, %ebx
      mov $0xfff5, %ax
      lmsw %ax
      smsw %ecx
      smsw %dx
      smsw 0x9000
      mov 0x9000, %ebx
      mov $0xfff0, %ax
      lmsw %ax
      mov %cr0, %ebx
      mov $0x12345678, %eax
      mov %eax, %dr0
      mov %eax, %dr3
      mov %eax, %dr6
      mov $0x12345600, %eax
      mov %eax, %dr7
      mov %dr0, %ebx
      mov %dr1, %ebx
      mov %dr3, %ebx
      mov %dr6, %ebx
      mov %dr7, %ebx
      .byte 0x0f, 0x21, 0xe3
      .byte 0x0f, 0x21, 0xeb
      mov $8, %eax
      mov %eax, %cr4
      try .byte 0x0f, 0x21, 0xe3
      try .byte 0x0f, 0x20, 0xcb
      try .byte 0x0f, 0x22, 0xeb
      sidt 0x9000
      mov 0x9000, %eax
      mov 0x9002, %ebx
      sgdtw 0x9000
      mov 0x9002, %ebx
      wbinvd
      invd
      invlpg 0x1000
      try rdpmc
    done: jmp done
    ${gates32()}
    ${DESCRIPTORS}`));

  it("SYSCALL, SYSRET, SWAPGS and the segments of long mode", () =>
    same(`${TRY}${LONG}
      mov $0xc0000081, %ecx
      mov $0, %eax
      mov $0x00230018, %edx
      wrmsr
      mov $0xc0000082, %ecx
      mov $entry, %eax
      xor %edx, %edx
      wrmsr
      mov $0xc0000083, %ecx
      mov $entry, %eax
      wrmsr
      mov $0xc0000084, %ecx
      mov $0xfffff, %eax
      wrmsr
      mov $0xc0000102, %ecx
      mov $0x9000, %eax
      mov $0xffff8000, %edx
      wrmsr
      swapgs
      swapgs
      mov $user, %ecx
      mov $0x246, %r11
      mov %rsp, %rbx
      sysretq
    user:
      stc
      syscall
      cmp %eax, %eax
      syscall
      int $0x34
    entry:
      mov %r11, %rax
      sysretq
    ${gates64()}
    ${DESCRIPTORS}`));

  it("SYSENTER, SYSEXIT, SYSCALL of 32 bits", () =>
    same(`${TRY}${PROTECTED}
      try sysexit
      try sysenter
      try syscall
      mov $0x174, %ecx
      mov $0x20, %eax
      xor %edx, %edx
      wrmsr
      mov $0x175, %ecx
      mov $0x9000, %eax
      wrmsr
      mov $0x176, %ecx
      mov $entry, %eax
      wrmsr
      mov $user, %edx
      mov $0xa000, %ecx
      sysexit
    user:
      try sysexit
      sysenter
      sysenter
      int $0x34
    entry: mov $after, %edx
      mov $0xa100, %ecx
      sysexit
    after: try hlt
      int $0x34
    ${gates32()}
    ${DESCRIPTORS}`));
});
