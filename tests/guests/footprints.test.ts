import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import type { TranslationService } from "../../src/engine/index.ts";
import { Translator } from "../../src/engine/translator/index.ts";
import { arm64 } from "../../src/isa/arm64/index.ts";
import { boards, type HitKind, type Machine, type Watchpoint } from "../../src/machine/index.ts";
import { openSession, readRecording, SEMANTICS } from "../../src/timetravel/index.ts";
import { FakeHost } from "../../src/timetravel/testing/fake-host.ts";
import { record } from "../../src/timetravel/testing/properties.ts";
import { Random } from "../../src/timetravel/testing/random.ts";
import { guest } from "../../tools/guest/index.mjs";
import { loadInterpreter } from "../support/interpreter.ts";
import { smallMachine, smallProgram } from "./programs/small.ts";

const interpreter = loadInterpreter();
const kinds = ["write", "read", "access"] as const;

async function replay(machine: Machine, file: Uint8Array, from: number): Promise<Machine> {
  const recording = readRecording(file);
  const limits = { snapshotInterval: 2 ** 40, hashInterval: 2 ** 40 };
  const session = await openSession({ machine, host: new FakeHost(7), name: "reference", recording, limits });
  await session.seek(from);
  return machine;
}

interface Stretches {
  readonly seed: number;
  readonly count: number;
  /** Instructions in each, at most. */
  readonly length: number;
}

/**
 * The first machine takes footprints of stretches, undisturbed; the second, which replays the same, stops at many break-
 * and watchpoints. Where it stops, no footprint may have said no. Resolves to how often one said no, in vain or not.
 */
function compare(walked: Machine, watched: Machine, { seed, count, length }: Stretches): { no: number; hits: number } {
  const random = new Random(seed);
  const { registers, spRegister, readRegister } = watched.debug;
  const value = (number: number): bigint =>
    new DataView(readRegister.call(watched.debug, number).buffer).getBigUint64(0, true);
  const breakpoints = new Set<bigint>();
  const answers = { no: 0, hits: 0 };
  walked.beginFootprint();
  for (let stretch = 0; stretch < count; stretch++) {
    // Of what is executed next, of what was, and of their neighbourhood.
    for (const near of [0n, 4n, -64n, 4096n]) breakpoints.add(BigInt.asUintN(64, watched.pc + near));
    while (breakpoints.size > 60) breakpoints.delete(random.pick([...breakpoints]));
    const watchpoints = Array.from({ length: 12 }, (_, at): Watchpoint => {
      const base = value(at % 4 === 0 ? spRegister : registers[random.between(0, 28)]!.number);
      const address = BigInt.asUintN(64, base + BigInt(random.between(-2, 2) * 2048));
      return { kind: kinds[at % 3]!, address, length: 1 << random.between(0, 7) };
    });
    watched.setBreakpoints(breakpoints);
    watched.setWatchpoints(watchpoints);
    const until = walked.position + random.between(1, length);
    while (walked.position < until) walked.run(Math.min(until, walked.position + 5000), { kind: "ignore" });
    const { footprint } = walked;
    walked.beginFootprint();
    const executed = (address: bigint): boolean => walked.mayHaveExecuted(address) && footprint.mayExecute(address);
    const accessed = ({ address, length, kind }: Watchpoint): boolean => footprint.mayAccess(address, length, kind);

    for (let told: HitKind[] = []; ; told = ["breakpoint", "watchpoint"]) {
      const stop = watched.run(until, { kind: "stop", told });
      if (stop.kind === "position") break;
      answers.hits++;
      const place = `at ${watched.position}`;
      if (stop.kind === "breakpoint") expect(executed(watched.pc), `${watched.pc.toString(16)} ${place}`).toBe(true);
      else if (stop.kind === "watchpoint")
        expect(accessed(stop.hit.watchpoint), `${stop.hit.address.toString(16)} ${place}`).toBe(true);
    }
    for (const address of breakpoints) if (!executed(address)) answers.no++;
    for (const watchpoint of watchpoints) if (!accessed(watchpoint)) answers.no++;
  }
  return answers;
}

it("say no to nothing that a small program touches", { timeout: 60_000 }, async () => {
  const kernel = await smallProgram();
  const make = (): Machine => smallMachine(kernel, interpreter);
  for (let seed = 1; seed <= 3; seed++) {
    const { file } = await record(make, { seed, length: 20_000, motions: 0 });
    const both = [await replay(make(), file, 0), await replay(make(), file, 0)] as const;
    const { no, hits } = compare(...both, { seed, count: 100, length: 350 });
    expect(hits).toBeGreaterThan(100);
    expect(no).toBeGreaterThan(100);
  }
});

it("say no to nothing that Linux touches, interpreted and translated", { timeout: 240_000 }, async () => {
  const files = guest();
  const images = { kernel: readFileSync(files.kernel), initrd: readFileSync(files.initrd) };
  const configuration = {
    ...{ board: "virt", cpu: "cortex-a53", ramBytes: 128 * 2 ** 20, shift: 0, append: "console=ttyAMA0 nokaslr" },
    ...{ reboot: false, randomness: true, semantics: SEMANTICS },
  };
  const linux = (translation?: TranslationService): Machine =>
    boards.create({ configuration, images, interpreter, ...(translation && { translation }) });
  const translator = new Translator(arm64);
  const waiting: (() => void)[] = [];
  const service: TranslationService = {
    request: (requests, done) => {
      waiting.shift()?.();
      waiting.push(() => done(translator.answer({ id: 0, requests })));
    },
  };
  const { file } = await record(linux, { seed: 1, length: 62e6, motions: 0 });
  for (const [seed, from] of [3e6, 59e6].entries()) {
    const both = [await replay(linux(service), file, from), await replay(linux(), file, from)] as const;
    const { no, hits } = compare(...both, { seed: seed + 1, count: 40, length: 40_000 });
    expect(hits).toBeGreaterThan(1000);
    expect(no).toBeGreaterThan(500);
  }
});
