import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { pcFirmware } from "../../tools/guest/firmware.mjs";
import { link, macros, oursSays, rom as assembleRom, theirsSays, words } from "./pc-machine.ts";

const rom = (name: string): Uint8Array => new Uint8Array(readFileSync(pcFirmware(name)));
const firmware = rom("bios-256k.bin");
const append = "one two=three";
const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

/** EBX's text, behind its first space: QEMU's kernels have the names of their files. */
const text = `
  text: mov (%ebx), %al; inc %ebx; test %al, %al; jz 2f; cmp $32, %al; jne text
  1: movzbl (%ebx), %eax; inc %ebx; test %al, %al; jz 2f; say; jmp 1b
  2: mov $0x11111111, %eax; say; ret
  # ECX words from ESI on.
  dump: test %ecx, %ecx; jz 2f
  1: lodsl; say; loop 1b
  2: mov $0x22222222, %eax; say; ret
`;
const stack = "mov $stack, %esp";
const begin = `${macros} .code32; .globl _start`;
const end = `${text} .bss; .space 4096; stack:`;

it("a Multiboot kernel runs as on QEMU, and finds its modules, its command line and the memory map", async () => {
  const kernel = await link(
    `${begin}
    .balign 4; .long 0x1badb002, 3, -0x1badb005
    _start:
      ${stack}
      say; mov %cr0, %eax; say
      mov %ebx, %ebp
      mov (%ebp), %eax; say; mov 4(%ebp), %eax; say; mov 8(%ebp), %eax; say; mov 12(%ebp), %eax; say
      mov 16(%ebp), %ebx; call text
      mov 20(%ebp), %eax; say
      mov 24(%ebp), %edi; mov 20(%ebp), %ecx
    module:
      push %ecx
      mov 4(%edi), %eax; sub (%edi), %eax; say
      mov (%edi), %esi; mov $2, %ecx; call dump
      mov 8(%edi), %ebx; call text
      add $16, %edi; pop %ecx; loop module
      mov 44(%ebp), %ecx; shr $2, %ecx; mov 48(%ebp), %esi; call dump
      bye
    ${end}
    `,
    0x10_0000,
    "elf",
  );
  const modules = [
    { line: "a first", content: encode("first module") },
    { line: "b", content: encode("the second one, which is longer") },
  ];
  const initrd = encode(modules.map(({ content }) => new TextDecoder().decode(content)).join(""));
  const given = modules.map(({ line, content }) => ({ line, bytes: content.length }));
  const ours = oursSays({ append, modules: given }, { firmware, kernel, initrd, bootrom: rom("multiboot_dma.bin") });
  const theirs = await theirsSays(["-append", append], { kernel }, modules);
  expect(words(ours)).toEqual(words(theirs));
  expect(words(ours).filter((word) => word === "22222222")).toHaveLength(3);
});

it("a PVH kernel runs as on QEMU, and finds what it is told", async () => {
  const kernel = await link(
    `${begin}
    .section .note.Xen, "a", @note
      .long 4, 4, 18; .asciz "Xen"; .long _start
    .text
    _start:
      ${stack}
      mov %cr0, %eax; say
      mov %ebx, %ebp
      mov (%ebp), %eax; say; mov 4(%ebp), %eax; say; mov 8(%ebp), %eax; say; mov 12(%ebp), %eax; say
      mov 24(%ebp), %ebx; dec %ebx; movb $32, (%ebx); call text
      mov 32(%ebp), %eax; say
      mov 48(%ebp), %ecx; imul $6, %ecx; mov 40(%ebp), %esi; call dump
      mov 16(%ebp), %esi; mov 8(%esi), %ecx; mov (%esi), %esi; shr $2, %ecx; call dump
      bye
    ${end}
    `,
    0x10_0000,
    "elf",
  );
  const initrd = encode("an initial RAM disk in eight words.");
  const ours = oursSays({ append }, { firmware, kernel, initrd, bootrom: rom("pvh.bin") });
  const theirs = await theirsSays(["-append", append], { kernel, initrd });
  expect(words(ours)).toEqual(words(theirs));
  expect(words(ours).filter((word) => word === "22222222")).toHaveLength(2);
});

it("what is booted once is forgotten at the first reset", async () => {
  const program = await assembleRom(`
    main:
      ${[0x38, 0x3d].map((index) => `mov $${index}, %al; out %al, $0x70; in $0x71, %al; movzbl %al, %eax; say`).join("\n")}
      incl 0x500; cmpl $2, 0x500; je 1f
      mov $0xcf9, %edx; mov $6, %al; out %al, %dx
    2: jmp 2b
    1: bye
  `);
  const ours = oursSays({ boot: "dn", bootOnce: "nca" }, { firmware: program });
  const theirs = await theirsSays(["-boot", "order=dn,once=nca"], { firmware: program });
  expect(words(ours)).toEqual(words(theirs));
  expect(new Set(words(ours)).size).toBeGreaterThan(2);
});
