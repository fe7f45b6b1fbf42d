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
import { guest } from "../../tools/guest/index.mjs";
import { Random } from "../differential/random.ts";
import { loadInterpreter } from "../support/interpreter.ts";

const commands = [
  "uname -a",
  "cd /tmp",
  "i=0; while [ $i -lt 300 ]; do i=$((i+1)); done; echo $i",
  "echo one two three > a",
  "cat a a a > b; wc b",
  "md5sum b",
  "head -c 200000 /dev/zero | sha256sum",
  "head -c 1000 /dev/urandom | md5sum",
  "seq 1 500 | sort -r | tail -3",
  "seq 1 200 | awk '{ s += $1 } END { print s / 7 }'",
  "gzip -c b | gunzip -c",
  "tar cf t.tar a b; tar tf t.tar",
  "sed 's/two/2/' b | grep -c 2",
  "dd if=/dev/zero of=z bs=4k count=64; sync",
  "cat /proc/interrupts | head -4",
  "sleep 0.05 & wait; date",
  "ls -l /; ps | head -5",
  "f() { [ $1 -lt 2 ] && echo 1 || echo $(($(f $(($1-1)))+1)); }; f 6",
  "mkfifo p; (cat p | md5sum) & cat b > p; wait",
  "rm -f a b z p t.tar; echo $?",
];

const files = guest();
const images = { kernel: readFileSync(files.kernel), initrd: readFileSync(files.initrd) };
const interpreter = loadInterpreter();
const translator = new Translator(arm64);

function linux(translation?: TranslationService): EmulatedMachine {
  const configuration = {
    ...{ board: "virt", cpu: "cortex-a53", ramBytes: 128 * 2 ** 20, shift: 0, append: "console=ttyAMA0 nokaslr quiet" },
    ...{ reboot: false, randomness: true, semantics: SEMANTICS },
  };
  return boards.create({ configuration, images, interpreter, ...(translation && { translation }) });
}

const atOnce: TranslationService = { request: (requests, done) => done(translator.answer({ id: 0, requests })) };

/** All that is asked for is translated, and is there at once. */
function translated(): EmulatedMachine {
  const machine = linux(atOnce);
  machine.cpu.regions.minHeat = 1;
  return machine;
}

/** Code arrives at random some runs of the CPU later, and is thrown away now and then. */
function mixed(): EmulatedMachine {
  const random = new Random(5);
  const late: (() => void)[] = [];
  const machine = linux({
    request: (requests, done) => void late.push(() => done(translator.answer({ id: 0, requests }))),
  });
  const { cpu } = machine;
  const run = cpu.run.bind(cpu);
  cpu.run = (until) => {
    if (late.length > 0 && random.chance(0.02)) late.shift()!();
    if (random.chance(0.0001)) machine.evictCaches();
    return run(until);
  };
  return machine;
}

async function record(): Promise<{ file: Uint8Array; output: string }> {
  const machine = linux();
  const store = new MemoryStore();
  const header = { configuration: machine.configuration, images: [], created: 0, version: "test" };
  const session = await recordSession({
    ...{ machine, store, header, host: nodeHost(), name: "typed", sleep: false },
  });
  const typist = new Typist(session);
  const typed = (async () => {
    await typist.sees(/Hindsight guest ready/);
    for (const command of commands) await typist.types(command);
    await typist.sees(/# $/);
    session.interrupt();
  })();
  await session.run({ until: 4e9 });
  await typed;
  const output = new TextDecoder("latin1").decode(session.outputUntil(0, Infinity));
  await session.quit();
  return { file: await readWhole(store, "typed"), output };
}

it("replays twenty typed commands with equal hashes, translated or not", { timeout: 300_000 }, async () => {
  const { file, output } = await record();
  for (const shown of ["\n300\r", "\n2871.43\r", "\n64+0 records in\r"]) expect(output).toContain(shown);
  const recording = readRecording(file);
  const replay = (machine: () => EmulatedMachine): ReturnType<typeof verifyRecording> =>
    verifyRecording({ recording, host: nodeHost(), machine, reference: linux });
  const verdict = await replay(linux);
  expect(verdict).toMatchObject({ kind: "equal", end: recording.history.end });
  expect(recording.history.hashes.length).toBeGreaterThan(20);
  const made: EmulatedMachine[] = [];
  for (const make of [translated, mixed]) {
    expect(await replay(() => (made[made.length] = make()))).toEqual(verdict);
    expect(made.at(-1)!.cpu.regions.counters.installed).toBeGreaterThan(100);
  }
});
