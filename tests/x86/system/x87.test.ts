import { describe, it } from "vitest";
import { same } from "./running.ts";
import { DESCRIPTORS, gates32, PROTECTED } from "./sources.ts";

const PLACE = 0x6000;

/** The reference takes #MF at FWAIT only, and stores what is refused: neither is looked at. */
describe("x87 beside QEMU, step by step:", () => {
  it("real mode: #NM by TS, EM and MP, #MF", () =>
    same(`
      mov $0x8000, %sp
      movw $device, 28
      movw $0, 30
      movw $error, 64
      movw $0, 66
      mov %cr0, %eax
      or $0x22, %al
      mov %eax, %cr0
      fninit
      fnstsw %ax
      fnstcw 0x6000
      mov 0x6000, %bx
      movw $0x37b, 0x6000
      fldcw 0x6000
      fldz
      fld1
      fdiv %st(1), %st
      fnstsw %ax
      and $0xb8ff, %ax
      fwait
      fnstsw %ax
      fninit
      mov %cr0, %eax
      or $8, %al
      mov %eax, %cr0
      fld1
      mov %cr0, %eax
      or $8, %al
      mov %eax, %cr0
      fwait
      fnstsw %ax
      mov %cr0, %eax
      and $0xf5, %al
      or $8, %al
      mov %eax, %cr0
      fwait
      fnstsw %ax
      mov %cr0, %eax
      or $4, %al
      mov %eax, %cr0
      fwait
      fnstsw %ax
      mov %cr0, %eax
      and $0xf3, %al
      mov %eax, %cr0
      fnstsw %ax
    done: jmp done
    device: mov %cr0, %eax
      and $0xf3, %al
      mov %eax, %cr0
      fnstsw %ax
      iret
    error: fnclex
      fnstsw %ax
      iret
    `));

  it("protected mode: results in memory, pointers to the last instruction and operand", () =>
    same(
      `${PROTECTED}
      fninit
      flds single
      fld %st(0)
      fsqrt
      fstpl ${PLACE}
      fldl double
      fdivp
      fstpt ${PLACE + 8}
      fildl integer
      fld %st(0)
      fbstp ${PLACE + 18}
      fimuls integer
      fistpll ${PLACE + 32}
      fldpi
      fld1
      fscale
      fxch
      fprem
      fstps ${PLACE + 40}
      fcomps single
      fnstsw %ax
      and $0x4500, %ax
      fldz
      fldl2e
      fucomip
      lahf
      fxam
      fnstsw %ax
      and $0x4500, %ax
      flds single
      fnstenv 0x7000
      movzwl 0x7000, %eax
      movzwl 0x7004, %eax
      movzwl 0x7008, %eax
      mov 0x700c, %eax
      movzwl 0x7010, %eax
      mov 0x7014, %eax
      movzwl 0x7018, %eax
      fld1
      fnstenv 0x7000
      mov 0x700c, %eax
      mov 0x7014, %eax
      data16 fnsave 0x7000
      mov 0x7000, %ax
      mov 0x7004, %ax
      mov 0x7006, %ax
      mov 0x7008, %ax
      mov 0x700a, %ax
      data16 frstor 0x7000
      fstpt ${PLACE + 48}
      fstpt ${PLACE + 58}
    done: jmp done
    single: .float 1.3
    double: .double 7.1
    integer: .long 123456789
    ${gates32()}
    ${DESCRIPTORS}`,
      [[PLACE, 68]],
    ));
});
