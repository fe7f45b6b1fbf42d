import { expect, it } from "vitest";
import { oursSays, rom, theirsSays, words } from "./pc-machine.ts";

const LAPIC = 0xfee0_0000;
const lapic = (register: number): number => LAPIC + 16 * register;
const hex = (value: number): string => `0x${value.toString(16)}`;

/** SYSENTER, PAT, MTRR's default type, EFER, STAR, LSTAR, KERNEL_GS_BASE. */
const MSRS = [0x174, 0x175, 0x277, 0x2ff, 0xc000_0080, 0xc000_0081, 0xc000_0082, 0xc000_0102];
const PAGE_ATTRIBUTES = 0x0004_0406;

/** Everything that can be seen of the processor, its local APIC and port 92h. EBX: CR0 as it was. */
const tell = `
  tell:
    pushf; push %edx; push %ecx; push %eax
    mov %ebx, %eax; say
    mov $5, %edi; 1: pop %eax; say; dec %edi; cmp $1, %edi; jne 1b
    mov %esi, %eax; say
    mov %ebp, %eax; say
    mov %cr2, %eax; say
    mov %cr4, %eax; say
    mov %dr0, %eax; say
    mov %dr7, %eax; say
    ${MSRS.map((msr) => `mov $${hex(msr)}, %ecx; rdmsr; say; mov %edx, %eax; say`).join("\n")}
    in $0x92, %al; movzbl %al, %eax; say
    ${[2, 3, 8, 0xd, 0xe, 0xf, 0x30, 0x31, 0x32, 0x35, 0x36, 0x38, 0x3e]
      .map((register) => `mov ${hex(lapic(register))}, %eax; say`)
      .join("\n")}
    mov %cr4, %eax; or $0x200, %eax; mov %eax, %cr4
    mov $0x3000, %edi; fxsave (%edi)
    mov $0x3000, %edi; 2: mov (%edi), %eax; say; add $4, %edi; cmp $0x3120, %edi; jne 2b
    ret
`;

it("INIT begins the processor and its local APIC anew, and nothing else", async () => {
  const firmware = await rom(`
    ${tell}
    use:
      mov %cr4, %eax; or $0x200, %eax; mov %eax, %cr4
      fninit; fld1; fldpi; movl $0x1f80, 0x3000; orl $0x8000, 0x3000; ldmxcsr 0x3000
      movups gdt, %xmm3
      ${MSRS.map((msr) => `mov $${hex(msr)}, %ecx; mov $${msr === 0xc000_0080 ? 1 : hex(PAGE_ATTRIBUTES)}, %eax; xor %edx, %edx; wrmsr`).join("\n")}
      mov $0x1234, %eax; mov %eax, %cr2; mov %eax, %dr0
      movl $0x1ff, ${lapic(0xf)}; movl $0x20, ${lapic(8)}; movl $0x10031, ${lapic(0x32)}; movl $0x1000000, ${lapic(0xd)}
      movl $3, ${lapic(0x3e)}; movl $0x700, ${lapic(0x35)}
      xor %eax, %eax; out %al, $0x92
      ret
    main:
      cmpl $1, 0x500; je second; ja third
      movl $1, 0x500
      call use
      movl $0, ${lapic(0x31)}; movl $0x4500, ${lapic(0x30)}
      hlt
    second:
      call tell
      movl $2, 0x500
      call use
      movl $0x12, 0xfec00000; movl $0, 0xfec00010
      # By pin 2, the interval timer's: INIT in some microseconds.
      mov $0xff, %al; out %al, $0x21
      movl $0x14, 0xfec00000; movl $0x500, 0xfec00010
      mov $0x30, %al; out %al, $0x43; mov $20, %al; out %al, $0x40; mov $0, %al; out %al, $0x40
      1: jmp 1b
    third:
      call tell
      bye
  `);
  const said = await expectSame(firmware);
  expect(said.length).toBe(2 * (11 + 2 * MSRS.length + 14 + 72));
});

it("a non-maskable interrupt that waits for IRET holds no other up", async () => {
  const firmware = await rom(`
    main:
      mov $0x10000, %edi; mov $256, %ecx
    gate:
      mov $ignore, %eax; mov $0x80000, %edx; mov %ax, %dx; mov %edx, (%edi)
      mov $ignore, %eax; mov $0x8e00, %ax; mov %eax, 4(%edi); add $8, %edi; loop gate
      mov $nmi, %eax; mov %ax, 0x10010
      mov $0x3000, %edi; movw $0x7ff, (%edi); movl $0x10000, 2(%edi); lidt (%edi)
      movl $0x1ff, ${lapic(0xf)}
      movl $0x4400, ${lapic(0x30)}
      mov $0x11, %eax; say
      sti; nop; cli
      mov $0x12, %eax; say
      bye
    ignore:
      mov $0x40, %eax; say
      movl $0, ${lapic(0xb)}
      iret
    nmi:
      mov $0x2, %eax; say
      incl 0x500; cmpl $1, 0x500; jne 1f
      movl $0x4400, ${lapic(0x30)}
      movl $0x4040, ${lapic(0x30)}
      mov $0x21, %eax; say
      sti; nop; cli
      mov $0x22, %eax; say
    1: iret
  `);
  expect(await expectSame(firmware)).toEqual(
    [0x02, 0x21, 0x40, 0x02, 0x22, 0x11, 0x12].map((byte) => `${byte.toString(16).padStart(2, "0")}000000`),
  );
});

it("port F0h has errors of x87 ignored, until a status word without one is loaded", async () => {
  const ends = [
    ...["fnclex; fninit", "fninit", "fldenv 0x3000; fninit", "frstor 0x3000; fninit", "fxrstor 0x3800; fninit"],
    ...["fnsave 0x3400; fninit", "fnstenv 0x3400; fninit", "fldenv 0x3000", "in $0xf0, %eax; say; fxrstor 0x3800"],
  ];
  const firmware = await rom(`
    # Which interrupt of the second controller has risen, which is taken by asking.
    poll:
      mov $0x0c, %al; out %al, $0xa0; xor %eax, %eax; in $0xa0, %al; mov %eax, %ebx
      mov $0x20, %al; out %al, $0xa0; mov %ebx, %eax; say; ret
    wrong: movl $0x33b, 0x3c00; fldcw 0x3c00; fld1; fldz; fdivrp; fwait; call poll; fwait; call poll; ret
    main:
      mov %cr4, %eax; or $0x200, %eax; mov %eax, %cr4
      ${[0x11, 0x28, 2, 1, 0].map((value, n) => `mov $${value}, %al; out %al, $${n === 0 ? 0xa0 : 0xa1}`).join("\n")}
      fninit; fnsave 0x3000; fxsave 0x3800
      call wrong
      ${ends.map((end) => `out %al, $0xf0; fwait; call poll; ${end}; call wrong`).join("\n")}
      bye
  `);
  const said = await expectSame(firmware);
  expect(said.filter((word) => word === "85000000").length).toBe(6);
});

it("port 92h gates address line 20, and whoever wrote last decides", async () => {
  const set = [
    ...["mov $0, %al; out %al, $0x92", "mov $2, %al; out %al, $0x92", "mov $0xfc, %al; out %al, $0x92"],
    ...["mov $0xd1, %al; out %al, $0x64; mov $0xdf, %al; out %al, $0x60", "mov $0xdd, %al; out %al, $0x64"],
    "mov $0xdf, %al; out %al, $0x64",
  ];
  const firmware = await rom(`
    tell:
      movl $1, 0x5000; movl $2, 0x105000; mov 0x5000, %eax; say
      in $0x92, %al; movzbl %al, %eax; say
      mov $0xd0, %al; out %al, $0x64; xor %eax, %eax; in $0x60, %al; say; ret
    main:
      cmpl $0, 0x500; jne again
      call tell
      ${set.map((one) => `${one}; call tell`).join("\n")}
      mov $0, %al; out %al, $0x92
      movl $1, 0x500; movl $0x77, 0x104000
      # A reset by port 92h: of the whole machine.
      mov $0xa5, %al; out %al, $0x21; mov $1, %al; out %al, $0x92
      1: jmp 1b
    again:
      call tell
      in $0x21, %al; movzbl %al, %eax; say
      mov 0x4000, %eax; say
      bye
  `);
  await expectSame(firmware);
});

async function expectSame(firmware: Uint8Array): Promise<string[]> {
  const [ours, theirs] = [words(oursSays({}, { firmware })), words(await theirsSays([], { firmware }))];
  expect(ours).toEqual(theirs);
  return ours;
}
