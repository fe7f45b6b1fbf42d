import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import type { TranslationService } from "../../src/engine/index.ts";
import { Translator } from "../../src/engine/translator/index.ts";
import { arm64 } from "../../src/isa/arm64/index.ts";
import { boards, type EmulatedMachine, type Machine, type Watchpoint } from "../../src/machine/index.ts";
import { openSession, readRecording, SEMANTICS, type TravelSession } from "../../src/timetravel/index.ts";
import { FakeHost } from "../../src/timetravel/testing/fake-host.ts";
import { record } from "../../src/timetravel/testing/properties.ts";
import { Random } from "../../src/timetravel/testing/random.ts";
import { Model, type Pools, walkModel } from "../../src/timetravel/testing/walk.ts";
import { guest } from "../../tools/guest/index.mjs";
import { loadInterpreter } from "../support/interpreter.ts";
import { SMALL_DATA, smallMachine, smallProgram } from "./programs/small.ts";

const interpreter = loadInterpreter();
const kinds = ["write", "read", "access"] as const;

function replay(make: () => Machine, file: Uint8Array, snapshotInterval: number): Promise<TravelSession> {
  return openSession({
    machine: make(),
    host: new FakeHost(7),
    name: "reference",
    recording: readRecording(file),
    limits: { snapshotInterval },
  });
}

/** Addresses that the stretch from here executes, and accesses near its stack and registers. */
function choosePools(session: TravelSession, random: Random, steps: number): Pools {
  const { machine } = session;
  const breakpoints = new Set<bigint>();
  const watchpoints: Watchpoint[] = [];
  const { registers, spRegister } = machine.debug;
  const value = (number: number): bigint =>
    new DataView(machine.debug.readRegister(number).buffer).getBigUint64(0, true);
  for (let part = 0; part < 8; part++) {
    machine.run(machine.position + random.between(1, Math.floor(steps / 10)), { kind: "ignore" });
    breakpoints.add(machine.pc);
    const number = random.between(0, 2) === 0 ? spRegister : registers[random.between(0, 28)]!.number;
    const address = value(number) - 16n;
    if (address < 0n || machine.debug.translate(address) === undefined) continue;
    watchpoints.push({ kind: kinds[part % 3]!, address, length: 1 << random.between(0, 5) });
  }
  return { breakpoints: [...breakpoints], watchpoints };
}

it("walks through a small program as the naive model does", { timeout: 120_000 }, async () => {
  const kernel = await smallProgram();
  const make = (): Machine => smallMachine(kernel, interpreter);
  for (let seed = 1; seed <= 4; seed++) {
    const random = new Random(seed);
    const { file } = await record(make, { seed, length: 20_000, motions: 0 });
    const naive = await replay(make, file, 2 ** 40);
    const pools = choosePools(naive, random, 15_000);
    await naive.seek(0);
    const own = [0, 6, 64, 80, 128, 256, 512, 520, 528, 0xff8].map((offset, at) => ({
      kind: kinds[at % 3]!,
      address: BigInt(SMALL_DATA + offset + (at % 2 ? 0x40000000 : 0)),
      length: 1 << (at % 5),
    }));
    const model = Model.make(naive, naive.end, {
      ...pools,
      watchpoints: [...pools.watchpoints, ...own],
      aliases: true,
    });
    await walkModel({ seed, length: 250 }, model, () => replay(make, file, 2 ** (9 + seed)));
  }
});

const files = guest();
const images = { kernel: readFileSync(files.kernel), initrd: readFileSync(files.initrd) };

function linux(translation?: TranslationService): EmulatedMachine {
  const configuration = {
    ...{ board: "virt", cpu: "cortex-a53", ramBytes: 128 * 2 ** 20, shift: 0, append: "console=ttyAMA0 nokaslr" },
    ...{ reboot: false, randomness: true, semantics: SEMANTICS },
  };
  return boards.create({ configuration, images, interpreter, ...(translation && { translation }) });
}

/** Walks the boot from several positions; `walker` makes the machine that walks. The model is always interpreted. */
async function walkBoot(walker: () => Machine, starts: readonly number[]): Promise<void> {
  const { file } = await record(linux, { seed: 1, length: Math.max(...starts) + 1e6, motions: 0 });
  for (const [seed, from] of starts.entries()) {
    const random = new Random(seed + 1);
    const naive = await replay(linux, file, 2 ** 22);
    await naive.seek(from);
    const pools = choosePools(naive, random, 40_000);
    expect(pools.watchpoints.length).toBeGreaterThan(2);
    await naive.seek(from);
    const model = Model.make(naive, from + 40_000, pools);
    await walkModel({ seed: seed + 1, length: 100 }, model, () => replay(walker, file, 2 ** 22));
  }
}

it("walks through the kernel's boot as the naive model does", { timeout: 240_000 }, async () => {
  await walkBoot(linux, [3e6, 20e6, 59e6]);
});

it("walks through it as the naive model does with translated code", { timeout: 240_000 }, async () => {
  const translator = new Translator(arm64);
  const waiting: (() => void)[] = [];
  const service: TranslationService = {
    // It arrives a little later, as from another thread.
    request: (requests, done) => {
      waiting.shift()?.();
      waiting.push(() => done(translator.answer({ id: 0, requests })));
    },
  };
  let machine: EmulatedMachine | undefined;
  await walkBoot(() => (machine = linux(service)), [59e6]);
  expect(machine?.cpu.regions.counters.installed).toBeGreaterThan(10);
});
