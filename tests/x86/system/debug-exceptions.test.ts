import { describe, expect, it } from "vitest";
import { interpreter } from "./lockstep.ts";
import { Ours } from "./ours.ts";
import { assembleProgram, START } from "./program.ts";
import { same } from "./running.ts";
import { DESCRIPTORS, gates32, gates64, LONG, PROTECTED, TO_USER, TRY } from "./sources.ts";

/** Sets TF for what follows, up to the end of single steps. */
const single = (letter: "l" | "q"): string => `pushf
      or${letter} $0x100, (%${letter === "l" ? "esp" : "rsp"})
      popf`;
const single16 = "pushf\n pop %ax\n or $0x100, %ax\n push %ax\n popf";
const plain = (letter: "l" | "q"): string => `pushf
      and${letter} $~0x100, (%${letter === "l" ? "esp" : "rsp"})
      popf`;

/** The reference has no such instruction (#UD); volume 2 has: a trap that no bit of DR6 tells, and no privilege refuses. */
it("INT1 is a debug exception", async () => {
  const program = await assembleProgram(`
      mov $0x8000, %sp
      movw $handler, 4
      movw $0, 6
      .byte 0xf1
    done: jmp done
    handler: mov %dr6, %ebx
      pop %ax
      hlt
  `);
  const ours = Ours.bare(interpreter(), program);
  ours.cpu.run(1000);
  const { values } = ours.registers();
  expect([values.get("rax"), values.get("rbx")]).toEqual([BigInt(START + 16), 0xffff_0ff0n]);
});

describe("debug exceptions beside QEMU, step by step:", () => {
  it("real mode: single steps through REP", () =>
    same(`
      mov $0x8000, %sp
      movw $handler, 4
      movw $0, 6
      mov %dr6, %eax
      ${single16}
      mov $3, %cx
      mov $0x5000, %di
      rep stosb
      mov $0, %cx
      rep stosb
      pushf
      pop %ax
      and $~0x100, %ax
      push %ax
      popf
      mov %dr6, %eax
    done: jmp done
    handler: mov %dr6, %ebx
      iret
    `));

  it("protected mode: single steps through REP", () =>
    same(`${TRY}${PROTECTED}
      mov %dr6, %eax
      mov $0x10, %dx
      mov %dx, %es
      ${single("l")}
      mov $2, %ecx
      mov $0xa800, %edi
      rep stosl
      mov $2, %ecx
      repe scasl
      ${plain("l")}
      mov %dr6, %eax
      ${TO_USER}
      mov $0x3b, %ax
      mov %ax, %ds
      mov %ax, %es
      ${single("l")}
      mov $2, %ecx
      mov $0xa800, %esi
      mov $0xa900, %edi
      rep movsl
      ${plain("l")}
      int $0x34
    ${gates32()}
    ${DESCRIPTORS}`));

  // The reference clears the condition flags in SYSCALL whatever FMASK says; here FMASK has them, as Linux's has.
  it("long mode: single steps through SYSCALL and SYSRET", () =>
    same(`${TRY}${LONG}
      mov %dr6, %rax
      mov $0xc0000081, %ecx
      xor %eax, %eax
      mov $0x00300018, %edx
      wrmsr
      mov $0xc0000082, %ecx
      mov $entry, %eax
      xor %edx, %edx
      wrmsr
      mov $0xc0000084, %ecx
      mov $0x9d5, %eax
      wrmsr
      pushq $0x3b
      pushq $0xa000
      pushfq
      pushq $0x43
      pushq $user
      iretq
    user: nop
      ${single("q")}
      nop
      syscall
      nop
      ${plain("q")}
      int $0x34
    entry: nop
      pushf
      pop %rax
      rex.w sysret
    ${gates64()}
    ${DESCRIPTORS}`));
});
