import { expect, it } from "vitest";
import { boards, type EmulatedMachine } from "../../src/machine/index.ts";
import { plainSession, SEMANTICS } from "../../src/timetravel/index.ts";
import { FakeHost } from "../../src/timetravel/testing/fake-host.ts";
import { checkHistory } from "../../src/timetravel/testing/properties.ts";
import { writeElf } from "../differential/elf.ts";
import { assemble } from "../differential/toolchain.ts";
import { loadInterpreter } from "../support/interpreter.ts";

/** Behind the device tree, so that each reset asks for entropy. */
const CODE = 0x4020_0000;
/** Boots so far, which outlive resets. */
const BOOTS = 0x4028_0000;

/**
 * Prints a letter for each boot, feeds its watchdog for a while, and then is bitten: in turn while it computes and while it
 * waits for an interrupt that its GIC does not forward.
 */
const source = `
        .section .text, "ax"
_start: ldr     x0, =${BOOTS}
        ldr     x1, [x0]
        add     x1, x1, #1
        str     x1, [x0]
        mov     x3, #0x09000000         // UART
        add     w2, w1, #96
        str     w2, [x3]
        mov     x4, #0x08000000         // GIC, on odd boots: the watchdog is 42
        and     w5, w1, #1
        str     w5, [x4]
        mov     w6, #1 << 10
        str     w6, [x4, #0x104]
        mov     x7, #0x08010000
        mov     w6, #0xff
        str     w6, [x7, #4]
        str     w5, [x7]
        ldr     x8, =0x090f0000         // watchdog
        ldr     w6, =0x1acce551
        str     w6, [x8, #0xc00]
        mov     w6, #150
        str     w6, [x8]
        mov     w6, #3
        str     w6, [x8, #8]
        mov     x9, #20
feed:   mov     x10, #50
1:      ldr     w11, [x8, #4]
        add     x12, x12, x11
        sub     x10, x10, #1
        cbnz    x10, 1b
        str     w9, [x8, #12]
        sub     x9, x9, #1
        cbnz    x9, feed
2:      wfi                             // to the first zero
        ldr     w11, [x8, #0x14]
        cbz     w11, 2b
        str     x12, [x0, #8]
3:      add     x12, x12, #1
        cbnz    w5, 3b
        wfi
        b       3b
`;

const interpreter = loadInterpreter();
const kernel = writeElf(CODE, [{ address: CODE, bytes: await assemble(source, CODE) }]);

function make({ reboot = true, watchdog = true } = {}): EmulatedMachine {
  const configuration = {
    ...{ board: "virt", cpu: "cortex-a53", ramBytes: 4 * 2 ** 20, shift: 4, append: "" },
    ...{ reboot, randomness: true, semantics: SEMANTICS, ...(watchdog && { watchdog }) },
  };
  return boards.create({ configuration, images: { kernel }, interpreter });
}

it("a watchdog that nobody feeds resets the machine, computing or idle", async () => {
  const machine = make();
  const events: string[] = [];
  machine.onEvent = (event) => events.push(event);
  const session = plainSession({ machine, host: new FakeHost(1), sleep: false });
  await session.run({ until: 30_000 });
  expect(new TextDecoder().decode(session.outputUntil(0, 30_000))).toMatch(/^abcdef/);
  expect(events.filter((event) => event === "reset").length).toBeGreaterThan(5);
  expect(events).toContain("idle");
  expect(machine.deviceInfo().map(({ name }) => name)).toContain("sp805");
});

it("its reset ends a machine that does not reboot", () => {
  const machine = make({ reboot: false });
  machine.door = { ...machine.door, idle: () => ({ kind: "deadline" }) };
  const stop = { kind: "shutdown", reason: "guest-reset" };
  expect(machine.run(1e6, { kind: "ignore" })).toEqual(stop);
  const [{ position }, state] = [machine, machine.save()];
  // A position at which it has stopped says so, too.
  const again = make({ reboot: false });
  again.door = machine.door;
  expect(again.run(position, { kind: "ignore" })).toEqual(stop);
  expect([again.position, again.save()]).toEqual([position, state]);
});

it("a machine has one state at every position, however one goes there", { timeout: 240_000 }, async () => {
  const limits = { snapshotInterval: 512, hashInterval: 1024 };
  for (const seed of [1, 2]) await checkHistory(make, { seed, length: 12_000, motions: 40, limits });
});

it("steps one by one lead to the states of runs", () => {
  const [whole, pieces] = [make(), make()];
  const door = { ...whole.door, idle: () => ({ kind: "deadline" }) as const };
  whole.door = pieces.door = door;
  let resets = 0;
  pieces.onEvent = (event) => void (resets += Number(event === "reset"));
  while (resets < 4) {
    const next = pieces.position + 1;
    const before = resets;
    pieces.run(next, { kind: "ignore" });
    if (next % 1000 !== 0 && before === resets) continue;
    whole.run(next, { kind: "ignore" });
    expect(pieces.save()).toEqual(whole.save());
    const third = make();
    third.door = door;
    for (let page = 0; page < whole.pages.count; page++)
      if (!whole.pages.isZero(page)) third.pages.replace(page, whole.pages.view(page).slice());
    third.load(whole.save(), next);
    third.run(next + 3, { kind: "ignore" });
    whole.run(next + 3, { kind: "ignore" });
    expect(third.save()).toEqual(whole.save());
    pieces.run(next + 3, { kind: "ignore" });
  }
});

it("nothing answers in a machine without one", () => {
  const machine = make({ watchdog: false });
  expect(machine.peekDevice(0x090f_0000, 4)).toBeUndefined();
  expect(machine.deviceInfo().map(({ name }) => name)).not.toContain("sp805");
});
