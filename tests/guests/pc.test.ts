import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { nodeHost } from "../../src/cli/scheduler.ts";
import type { TranslationService } from "../../src/engine/index.ts";
import { Translator } from "../../src/engine/translator/index.ts";
import { x86 } from "../../src/isa/x86/index.ts";
import { boards, type EmulatedMachine, type MachineConfiguration } from "../../src/machine/index.ts";
import { MemoryStore, readWhole } from "../../src/storage/index.ts";
import {
  readRecording,
  recordSession,
  SEMANTICS,
  type TravelSession,
  verifyRecording,
} from "../../src/timetravel/index.ts";
import { checkHistory } from "../../src/timetravel/testing/properties.ts";
import { Typist } from "../../tools/demo/typist.mjs";
import { pcFirmware } from "../../tools/guest/firmware.mjs";
import { guest } from "../../tools/guest/index.mjs";
import { silence } from "../../tools/lockstep/ours.ts";
import { startTrace } from "../../tools/lockstep/qemu.ts";
import { compareTrace } from "../../tools/lockstep/trace.ts";
import { x86 as pcKind } from "../../tools/lockstep/x86/kind.ts";
import { loadInterpreter } from "../support/interpreter.ts";
import { expectTracesShown } from "./call-trace.ts";

const interpreter = loadInterpreter(x86);
const image = (path: string): Uint8Array => new Uint8Array(readFileSync(path));
const rom = (name: string): Uint8Array => image(pcFirmware(name));

let translator: Translator | undefined;
const atOnce: TranslationService = {
  request: (requests, done) => done((translator ??= new Translator(x86)).answer({ id: 0, requests })),
};

const DEBUGCON = 0x402;
const DEBUGCON_PORT = 4;

const basics: MachineConfiguration = {
  ...{ board: "pc", cpu: "qemu64", ramBytes: 128 * 2 ** 20, shift: 0, append: "" },
  ...{ reboot: false, randomness: false, semantics: SEMANTICS },
};

/** What SeaBIOS says, until it has nothing to boot. */
const LAST_WORDS = "No bootable device.";

function oursSays(configuration: object): string {
  const machine = boards.create({
    configuration: { ...basics, debugcon: DEBUGCON, ...configuration } as MachineConfiguration,
    images: { firmware: rom("bios-256k.bin"), vgarom: rom("vgabios-stdvga.bin") },
    interpreter,
    door: silence,
  });
  let text = "";
  machine.onOutput = (port, bytes) => {
    if (port === DEBUGCON_PORT) text += Buffer.from(bytes).toString("latin1");
  };
  while (!text.includes(LAST_WORDS)) {
    machine.run(machine.position + 2 ** 20, { kind: "ignore" });
    expect(machine.position).toBeLessThan(200e6);
  }
  return untilLastWords(text);
}

const untilLastWords = (text: string): string => text.slice(0, text.indexOf(LAST_WORDS) + LAST_WORDS.length);

async function theirsSays(args: readonly string[]): Promise<string> {
  const qemu = spawn("qemu-system-x86_64", [
    ...["-M", "pc,smm=off", "-cpu", "qemu64,-svm", "-nodefaults", "-display", "none", "-serial", "null"],
    ...["-global", "apic-common.vapic=off", "-debugcon", "stdio", "-global", `isa-debugcon.iobase=${DEBUGCON}`],
    ...["-rtc", "base=2000-01-01,clock=vm", ...args],
  ]);
  let text = "";
  try {
    await new Promise<void>((resolve, reject) => {
      qemu.once("exit", () => reject(new Error(`QEMU ended after ${text}`)));
      qemu.stdout.on("data", (bytes: Buffer) => {
        text += bytes.toString("latin1");
        if (text.includes(LAST_WORDS)) resolve();
      });
    });
  } finally {
    qemu.removeAllListeners("exit");
    qemu.kill();
  }
  return untilLastWords(text);
}

it.each([
  ["a graphics card", {}, ["-vga", "std"]],
  ["no graphics card, and little RAM", { vga: false, ramBytes: 8 * 2 ** 20 }, ["-vga", "none", "-m", "8"]],
  ["RAM above 4 GB", { vga: false, ramBytes: 2 ** 28, maxRamBelow4g: 2 ** 27 }, ["-m", "256", "-vga", "none"]],
  ["a 486, no ACPI and no HPET", { cpu: "486", acpi: false, hpet: false }, ["-vga", "std", "-cpu", "486"]],
])(
  "SeaBIOS says what it says on QEMU, with %s",
  async (_, configuration, args) => {
    const { acpi, maxRamBelow4g } = configuration as { acpi?: boolean; maxRamBelow4g?: number };
    const machine = [
      ...(acpi === false ? ["-M", "acpi=off,hpet=off"] : []),
      ...(maxRamBelow4g === undefined ? [] : ["-M", `max-ram-below-4g=${maxRamBelow4g}`]),
    ];
    expect(oursSays(configuration)).toBe(await theirsSays([...args, ...machine]));
  },
  120_000,
);

it("goes through SeaBIOS's first 200,000 steps as QEMU does", async () => {
  const firmware = { kind: pcKind, kernel: undefined, initrd: undefined, append: "", megabytes: 128 };
  const ours = pcKind.ours(firmware, interpreter);
  const { reference, dumps } = await startTrace(firmware, undefined);
  try {
    await reference.qmp.execute("cont");
    const { steps, difference } = await compareTrace(pcKind, ours, dumps, 200_000, () => {});
    expect([steps, difference]).toEqual([200_000, undefined]);
  } finally {
    reference.dispose();
  }
}, 120_000);

it("stops at addresses as debuggers know them: linear ones, and offsets in the firmware's segments", () => {
  const images = { firmware: rom("bios-256k.bin"), vgarom: rom("vgabios-stdvga.bin") };
  const machine = boards.create({ configuration: basics, images, interpreter, door: silence });
  // The second is linear; at the last one SeaBIOS has flat code E0000h higher, which is not meant.
  machine.setBreakpoints(new Set([0xe05bn, 0xfe062n, 0xc20fn]));
  const stops: string[] = [];
  for (let n = 0; n < 3; n++) {
    const stop = machine.run(300_000, { kind: "stop", told: ["breakpoint"] });
    stops.push(`${stop.kind} at ${machine.pc.toString(16)}`);
  }
  expect(stops.slice(0, 2)).toEqual(["breakpoint at fe05b", "breakpoint at fe062"]);
  expect(stops[2]).toMatch(/^position/);
});

it.each([
  ["interpreted", false, false],
  ["translated", true, true],
  ["recorded translated and replayed interpreted", true, false],
])(
  "has one state at every position of SeaBIOS's run, %s, whatever is done in it",
  async (_, recorded, replayed) => {
    const configuration = { ...basics, ramBytes: 8 * 2 ** 20 };
    const images = { firmware: rom("bios-256k.bin"), vgarom: rom("vgabios-stdvga.bin") };
    const made: EmulatedMachine[] = [];
    const machine = (): EmulatedMachine => {
      const translates = made.length === 0 ? recorded : replayed;
      const one = boards.create({ configuration, images, interpreter, ...(translates && { translation: atOnce }) });
      Object.assign(one.cpu.regions, { minHeat: 1, coldCode: true });
      made.push(one);
      return one;
    };
    await checkHistory(machine, { seed: 3, length: 5_000_000, motions: 60 });
    const translated = made.map(({ translation }) => translation && translation.translatedSteps / translation.steps);
    for (const [n, expected] of [recorded, replayed].entries())
      if (expected) expect(translated[n]).toBeGreaterThan(0.5);
      else expect(translated[n]).toBeUndefined();
  },
  120_000,
);

const commands = [
  "uname -m",
  "cd /tmp; echo one two three > a; cat a a a > b; wc b",
  "i=0; while [ $i -lt 300 ]; do i=$((i+1)); done; echo $i",
  "md5sum b; head -c 200000 /dev/zero | sha256sum",
  "seq 1 200 | awk '{ s += $1 } END { print s / 7 }'",
  "gzip -c b | gunzip -c | tail -1",
  "sleep 0.05 & wait; date > /dev/null",
];

/** Sent to sleep by the shell: an alarm wakes it, then its user. */
async function sleepsTwice(typist: Typist, session: TravelSession): Promise<void> {
  await typist.types("echo +3 > /sys/class/rtc/rtc0/wakealarm; echo mem > /sys/power/state");
  await typist.types("echo mem > /sys/power/state");
  await new Promise<void>((resolve) => session.onChange(() => session.machine.suspended && resolve()));
  session.wakeUp();
  await typist.types("echo slept $(cat /sys/power/suspend_stats/success) times");
}

it("boots Debian's amd64 kernel, suspends it, crashes it, and replays it interpreted and translated", async () => {
  const files = guest("amd64");
  const images = {
    ...{ kernel: image(files.kernel), initrd: image(files.initrd) },
    ...{ firmware: rom("bios-256k.bin"), bootrom: rom("linuxboot_dma.bin") },
  };
  const append = "console=ttyS0 nokaslr quiet";
  const configuration = { ...basics, ramBytes: 2 ** 28, append, vga: false } as MachineConfiguration;
  const linux = (translation?: TranslationService): EmulatedMachine =>
    boards.create({ configuration, images, interpreter, ...(translation && { translation }) });

  const store = new MemoryStore();
  const header = { configuration, images: [], created: 0, version: "test" };
  const session = await recordSession({
    ...{ machine: linux(atOnce), host: nodeHost(), store, name: "pc", header, sleep: false },
  });
  const typist = new Typist(session);
  const typed = (async () => {
    await typist.sees(/Hindsight guest ready/);
    for (const command of commands) await typist.types(command);
    await sleepsTwice(typist, session);
    await typist.types("echo c > /proc/sysrq-trigger");
    await typist.sees(/end Kernel panic/);
    session.interrupt();
  })();
  await session.run({ until: 4e9 });
  await typed;
  const output = new TextDecoder("latin1").decode(session.outputUntil(0, Infinity));

  await expectTracesShown(session, output);
  await session.quit();
  for (const shown of ["\nx86_64\r", "\n300\r", "\n2871.43\r", "\nslept 2 times\r"]) expect(output).toContain(shown);

  const recording = readRecording(await readWhole(store, "pc"));
  const replay = (translation?: TranslationService): ReturnType<typeof verifyRecording> =>
    verifyRecording({ recording, host: nodeHost(), machine: () => linux(translation), reference: linux });
  const verdict = await replay();
  expect(verdict).toMatchObject({ kind: "equal", end: recording.history.end });
  expect(recording.history.hashes.length).toBeGreaterThan(20);
  expect(await replay(atOnce)).toEqual(verdict);
}, 600_000);
