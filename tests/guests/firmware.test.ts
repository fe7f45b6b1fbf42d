import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { nodeHost } from "../../src/cli/scheduler.ts";
import type { TranslationService } from "../../src/engine/index.ts";
import { Translator } from "../../src/engine/translator/index.ts";
import { arm64 } from "../../src/isa/arm64/index.ts";
import { boards, type EmulatedMachine } from "../../src/machine/index.ts";
import { MemoryStore, readWhole } from "../../src/storage/index.ts";
import { readRecording, recordSession, SEMANTICS, verifyRecording } from "../../src/timetravel/index.ts";
import { Typist } from "../../tools/demo/typist.mjs";
import { uBoot, uefi } from "../../tools/guest/firmware.mjs";
import { guest } from "../../tools/guest/index.mjs";
import { hindsight, Running } from "../e2e/command-line.ts";
import { loadInterpreter } from "../support/interpreter.ts";

const MACHINE = ["-M", "virt,dtb-randomness=off", "-cpu", "cortex-a53", "-m", "256", "-nic", "none"];
const CONSOLE = ["-display", "none", "-monitor", "none", "-serial", "stdio"];
const PROMPT = "\n=> ";

/** What U-Boot is asked; its own writes to flash by the buffer time out, there as here. What is programmed stays over a reset. */
const commands = [
  "pci",
  "pci header 0.0.0",
  "bdinfo",
  "md.l 0 10",
  "fdt addr $fdtcontroladdr",
  "fdt print /pcie@10000000",
  "fdt print /flash@0",
  "flinfo",
  "mw.l 41000000 12345678 10000; md.l 4fff000 4",
  "erase 4080000 40fffff",
  "cp.b 41000000 4080000 3000",
  "cmp.b 41000000 4080000 3000",
  "md.l 4082ff0 8",
  "mw.w 4080000 40; mw.w 4080000 1234; mw.w 4080000 ff; md.w 4080000 4",
];

/** The console from power-on through the commands, a reset and the saved environment, without what time decides. */
async function converse(machine: Running): Promise<string> {
  try {
    await machine.until("stop autoboot");
    machine.type("\r");
    let at = await machine.until(PROMPT);
    for (const command of commands) {
      machine.type(`${command}\r`);
      at = await machine.until(PROMPT, at);
    }
    machine.type("reset\r");
    at = await machine.until("stop autoboot", at);
    machine.type("\r");
    at = await machine.until(PROMPT, at);
    machine.type("md.w 4080000 4\r");
    at = await machine.until(PROMPT, at);
    machine.type("poweroff\r");
    expect(await machine.exit).toBe(0);
    return machine.output.replaceAll("\r", "").replace(/(stop autoboot:).*/g, "$1");
  } finally {
    machine.end();
  }
}

it("Debian's U-Boot, started by -bios, says what it says on QEMU", async () => {
  const args = [...MACHINE, ...CONSOLE, "-bios", uBoot()];
  const expected = await converse(new Running(spawn("qemu-system-aarch64", args, { stdio: "pipe" })));
  const actual = await converse(hindsight(...args));
  expect(actual.replace(/^compiling\n/, "")).toBe(expected);
  expect(actual.match(/^04080000: 1234 /gm)).toHaveLength(2);
}, 180_000);

it("U-Boot boots the kernel that it finds", async () => {
  const { kernel, initrd } = guest();
  const boot = ["-bios", uBoot(), "-kernel", kernel, "-initrd", initrd, "-append", "console=ttyAMA0 quiet"];
  const machine = hindsight(...MACHINE, ...CONSOLE, ...boot);
  try {
    await machine.until("stop autoboot");
    machine.type("\r");
    await machine.until(PROMPT);
    machine.type("run bootcmd_qfw\r");
    await machine.until("Hindsight guest ready");
  } finally {
    machine.end();
  }
}, 180_000);

it("Debian's UEFI boots the kernel that it finds, as on QEMU", async () => {
  const { kernel, initrd } = guest();
  const append = "console=ttyAMA0 quiet";
  const boot = ["-m", "512", "-bios", uefi(), "-kernel", kernel, "-initrd", initrd, "-append", append];
  const args = [...MACHINE, ...CONSOLE, ...boot];
  const shown: string[] = [];
  for (const machine of [new Running(spawn("qemu-system-aarch64", args, { stdio: "pipe" })), hindsight(...args)]) {
    try {
      const from = await machine.until("~ # ", await machine.until("Hindsight guest ready"));
      machine.type("dmesg | grep -i 'efi: EFI\\|efivars'; ls /sys/bus/pci/devices /sys/firmware/efi; echo 'do''ne'\n");
      const to = await machine.until("\ndone", from);
      shown.push(machine.output.slice(from, to).replaceAll(/\[ *[0-9.]+\] /g, ""));
    } finally {
      machine.end();
    }
  }
  expect(shown[1]).toBe(shown[0]);
  expect(shown[1]).toContain("efi: EFI v2.70 by EDK II");
}, 180_000);

function fromFlash(translation?: TranslationService): EmulatedMachine {
  const configuration = {
    ...{ board: "virt", cpu: "cortex-a53", ramBytes: 128 * 2 ** 20, shift: 3, append: "" },
    ...{ reboot: true, randomness: true, semantics: SEMANTICS },
  };
  const images = { firmware: new Uint8Array(readFileSync(uBoot())) };
  return boards.create({
    configuration,
    images,
    interpreter: loadInterpreter(),
    ...(translation && { translation }),
  });
}

it("flash that was programmed is history: replayed with equal hashes, and gone back in", async () => {
  const machine = fromFlash();
  const store = new MemoryStore();
  const header = { configuration: machine.configuration, images: [], created: 0, version: "test" };
  const session = await recordSession({
    ...{ machine, store, header, host: nodeHost(), name: "firmware", sleep: false },
  });
  const typist = new Typist(session);
  const send = (text: string): void => void session.send(0, new TextEncoder().encode(text));
  const sector = (): string => Buffer.from(machine.cpu.physical.read(0x408_0000, 8)!).toString("hex");
  let before = 0;
  const typed = (async () => {
    await typist.sees(/stop autoboot/);
    send("\r");
    await typist.sees(/\n=> /);
    before = machine.position;
    for (const value of ["40", "1234", "ff"]) {
      send(`mw.w 4080000 ${value}\r`);
      await typist.sees(/\n=> /);
    }
    send("erase 40c0000 40fffff\r");
    await typist.sees(/\n=> /);
    send("reset\r");
    await typist.sees(/U-Boot/);
    session.interrupt();
  })();
  await session.run({ until: 4e9 });
  await typed;
  expect(sector()).toBe("3412000000000000");
  await session.seek(before);
  expect(sector()).toBe("0000000000000000");
  await session.seek(session.end);
  expect(sector()).toBe("3412000000000000");
  await session.quit();
  const recording = readRecording(await readWhole(store, "firmware"));
  expect(recording.history.hashes.length).toBeGreaterThan(1);
  const translator = new Translator(arm64);
  const atOnce: TranslationService = { request: (requests, done) => done(translator.answer({ id: 0, requests })) };
  for (const make of [() => fromFlash(), () => fromFlash(atOnce)]) {
    const verdict = await verifyRecording({ recording, host: nodeHost(), machine: make, reference: () => fromFlash() });
    expect(verdict).toMatchObject({ kind: "equal", end: recording.history.end });
  }
}, 120_000);
