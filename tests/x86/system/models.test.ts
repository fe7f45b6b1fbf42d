import { describe, expect, it } from "vitest";
import { MODELS } from "../../../src/isa/x86/models.ts";
import { interpreter } from "./lockstep.ts";
import { Ours } from "./ours.ts";
import { assembleProgram, START } from "./program.ts";
import { Reference, type ReferenceMachine } from "./reference.ts";
import { same } from "./running.ts";
import { DESCRIPTORS, gates32, PROTECTED, TRY } from "./sources.ts";

const FROM = [0, 0x4000_0000, 0x8000_0000, 0xc000_0000];
const [LEAVES, SUBLEAVES, LEAF_BYTES] = [0x24, 6, 16];
const ANSWERS = 0x1_0000;
const BYTES = FROM.length * LEAVES * SUBLEAVES * LEAF_BYTES;
/** Behind the first jump. */
const DONE = START + 3;

/** All that CPUID answers, stored one after the other. */
const CPUID = `
    jmp start
    .org 3
  done: jmp done
  start: mov $${ANSWERS >> 4}, %ax
    mov %ax, %ds
    xor %di, %di
  ${FROM.map(
    (from) => `mov $${from}, %ebp
  1: xor %esi, %esi
  2: mov %ebp, %eax
    mov %esi, %ecx
    cpuid
    mov %eax, (%di)
    mov %ebx, 4(%di)
    mov %ecx, 8(%di)
    mov %edx, 12(%di)
    add $16, %di
    inc %esi
    cmp $${SUBLEAVES}, %esi
    jb 2b
    inc %ebp
    cmp $${from + LEAVES}, %ebp
    jne 1b`,
  ).join("\n")}
    jmp done
`;

const hexWords = (bytes: Uint8Array): string[] => Buffer.from(bytes).toString("hex").match(/.{32}/g) ?? [];

describe.each(MODELS.map(({ name }): ReferenceMachine => ({ program: "qemu-system-x86_64", model: name })))(
  "$model",
  (machine) => {
    it("answers CPUID as QEMU's does, leaf by leaf", async () => {
      const program = await assembleProgram(CPUID);
      const ours = Ours.bare(interpreter(), program, machine.model);
      ours.cpu.run(1e6);
      expect(ours.cpu.pc).toBe(BigInt(DONE));
      const theirs = await Reference.start(program, machine);
      try {
        await theirs.runTo(DONE);
        expect(hexWords(ours.memory(ANSWERS, BYTES))).toEqual(hexWords(await theirs.memory(ANSWERS, BYTES)));
      } finally {
        theirs.dispose();
      }
    });

    it("has the instructions that QEMU's has", () =>
      same(
        `${TRY}${PROTECTED}
      mov $0x600, %eax
      mov %eax, %cr4
      mov %cr4, %ebx
      movl $0, 0xa000
      movl $0, 0xa004
      try cmovc %ecx, %edx
      try cmpxchg8b 0xa000
      try clflush 0xa000
      try movd %eax, %mm0
      try emms
      try fxsave 0xa100
      try xorps %xmm0, %xmm0
      try paddq %xmm1, %xmm1
      try movnti %eax, 0xa000
      try nopl (%eax)
      try sfence
      try lfence
      try mfence
      try syscall
      mov $0xc0000080, %ecx
      xor %edx, %edx
      mov $0x801, %eax
      try wrmsr
      try rdmsr
      try sysenter
      int $0x34
    ${gates32()}
    ${DESCRIPTORS}`,
        [],
        { machine },
      ));
  },
);
