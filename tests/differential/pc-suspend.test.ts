import { expect, it } from "vitest";
import type { Door } from "../../src/hardware/index.ts";
import { silence } from "../../tools/lockstep/ours.ts";
import { oursSays, rom, theirsSays, words } from "./pc-machine.ts";

const configure = (register: number, value: number): string =>
  `mov $0xcf8, %edx; mov $0x${(0x8000_0b00 + register).toString(16)}, %eax; out %eax, %dx; mov $0xcfc, %edx; mov $${value}, %eax; out %eax, %dx`;
const cmos = (register: number): string =>
  `mov $${register}, %al; out %al, $0x70; in $0x71, %al; movzbl %al, %eax; say`;
const setCmos = (register: number, value: number): string =>
  `mov $${register}, %al; out %al, $0x70; mov $${value}, %al; out %al, $0x71`;
const PM = [...[0x40, 0x80].map((register) => configure(register, register === 0x40 ? 0x601 : 1))].join("\n");

/** Suspends, and tells what it finds before and after. `prepare`: what shall wake it. */
const suspends = (prepare: string): Promise<Uint8Array> =>
  rom(`
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
      ${prepare}
      mov $0x604, %edx; mov $0x2401, %eax; out %ax, %dx
      1: jmp 1b
    again:
      call tell
      bye
  `);
const rtcBase = 1577836800;
const options = ["-rtc", "base=2020-01-01T00:00:00"];

it("suspends to RAM, and wakes by the clock's alarm with a reset that says why", async () => {
  const firmware = await suspends(`
    # Every second is the alarm's.
    ${[1, 3, 5].map((register) => setCmos(register, 0xff)).join("\n")}
    ${setCmos(0xb, 0x22)}
    mov $0x602, %edx; mov $0x400, %eax; out %ax, %dx
  `);
  const theirs = await theirsSays(options, { firmware });
  expect(words(oursSays({ rtcBase, reboot: false }, { firmware }))).toEqual(words(theirs));
  expect(words(theirs)).toHaveLength(18);
});

// QEMU that is woken in the very turn of its main loop that tells of the suspension sometimes hangs: once more, then.
it("wakes by system_wakeup, which says that it was the power button", { retry: 4, timeout: 60_000 }, async () => {
  const firmware = await suspends("");
  const theirs = await theirsSays(options, { firmware }, [], async (qmp) => {
    await qmp.event("SUSPEND");
    while (((await qmp.execute("query-status")) as { status: string }).status !== "suspended");
    // The program may be done before the answer comes.
    await qmp.execute("system_wakeup").catch(() => {});
  });
  // The machine waits once: suspended.
  let waits = false;
  const door: Door = {
    ...silence,
    idle: (_, ns) => ((waits = true), { kind: "at", ns }),
    nextInput: (position) => (waits ? position : Infinity),
    takeInputs: () => ((waits = false), [{ kind: "wake" }]),
  };
  expect(words(oursSays({ rtcBase, reboot: false }, { firmware }, door))).toEqual(words(theirs));
  expect(words(theirs)[9]).toBe("00810000");
});
