import { describe, it } from "vitest";
import { same } from "./running.ts";
import { DESCRIPTORS, gates32, PROTECTED, TO_USER, TRY } from "./sources.ts";

/** Nobody answers at this port. */
const PORT = "0x1238";

describe("ports beside QEMU, step by step:", () => {
  it("IN, OUT, INS and OUTS, with and without a map of ports", () =>
    same(
      `${TRY}${PROTECTED}
      mov $${PORT}, %edx
      xor %eax, %eax
      in %dx, %al
      xor %eax, %eax
      in %dx, %ax
      in %dx, %eax
      in $0xe9, %al
      out %al, %dx
      out %ax, %dx
      out %eax, %dx
      mov $0x9100, %edi
      mov $0x9200, %esi
      insb
      insw
      insl
      mov $3, %ecx
      rep insb
      mov $2, %ecx
      rep outsl
      std
      outsw
      cld
      movw $0x3000, gdt + 0x60
      movl $0x8900, gdt + 0x64
      movw $tss, gdt + 0x62
      mov $0x60, %ax
      ltr %ax
      movw $0x68, tss + 0x66
      mov $0x3b, %ax
      mov %ax, %ds
      ${TO_USER}
      nop
      movb $0xfe, tss + 0x68 + ${PORT} / 8
      movb $0x7f, tss + 0x68 + ${PORT} / 8 + 2
      mov $${PORT} - 4, %edx
      try in %dx, %al
      try in %dx, %ax
      try out %al, %dx
      mov $${PORT} + 7, %edx
      try in %dx, %al
      try in %dx, %ax
      try in %dx, %eax
      mov $${PORT} + 0x13, %edx
      try in %dx, %al
      try in %dx, %ax
      try in %dx, %eax
      mov $0xffff, %edx
      try in %dx, %al
      mov $0x9100, %edi
      mov $${PORT} + 7, %edx
      mov $0x3b, %ax
      mov %ax, %es
      mov $2, %ecx
      try rep insb
      try insl
      pushf
      int $0x34
    ${gates32()}
    ${DESCRIPTORS}`,
      [[0x9100, 0x20]],
    ));
});
