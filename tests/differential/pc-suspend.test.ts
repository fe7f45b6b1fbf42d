import { expect, it } from "vitest";
import { oursSays, rom, theirsSays, words } from "./pc-machine.ts";

const configure = (register: number, value: number): string =>
  `mov $0xcf8, %edx; mov $0x${(0x8000_0b00 + register).toString(16)}, %eax; out %eax, %dx; mov $0xcfc, %edx; mov $${value}, %eax; out %eax, %dx`;
const cmos = (register: number): string =>
  `mov $${register}, %al; out %al, $0x70; in $0x71, %al; movzbl %al, %eax; say`;
const setCmos = (register: number, value: number): string =>
  `mov $${register}, %al; out %al, $0x70; mov $${value}, %al; out %al, $0x71`;
const PM = [...[0x40, 0x80].map((register) => configure(register, register === 0x40 ? 0x601 : 1))].join("\n");

it("suspends to RAM, and wakes by the clock's alarm with a reset that says why", async () => {
  const firmware = await rom(`
    tell:
      ${PM}
      mov $0x600, %edx; xor %eax, %eax; in %dx, %ax; and $~1, %eax; say
      mov $0x602, %edx; xor %eax, %eax; in %dx, %ax; say
      mov $0x604, %edx; xor %eax, %eax; in %dx, %ax; say
      in $0x21, %al; movzbl %al, %eax; say
      ${[0xf, 0xb, 0xc].map(cmos).join("\n")}
      mov 0x504, %eax; say
      mov %ebx, %eax; say
      ret
    main:
      cmpl $1, 0x500; je again
      movl $1, 0x500; movl $0x1234567, 0x504
      call tell
      mov $0xa5, %al; out %al, $0x21
      # Every second is the alarm's.
      ${[1, 3, 5].map((register) => setCmos(register, 0xff)).join("\n")}
      ${setCmos(0xb, 0x22)}
      mov $0x602, %edx; mov $0x400, %eax; out %ax, %dx
      mov $0x604, %edx; mov $0x2401, %eax; out %ax, %dx
      1: jmp 1b
    again:
      call tell
      bye
  `);
  const theirs = await theirsSays(["-rtc", "base=2020-01-01T00:00:00"], { firmware });
  expect(words(oursSays({ rtcBase: 1577836800, reboot: false }, { firmware }))).toEqual(words(theirs));
  expect(words(theirs)).toHaveLength(18);
});
