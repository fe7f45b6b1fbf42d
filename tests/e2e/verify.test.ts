import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { encodeChunk, fileHead, chunkType } from "../../src/timetravel/log/chunks.ts";
import { encodeHeader } from "../../src/timetravel/log/header.ts";
import { encodeRecords } from "../../src/timetravel/log/records.ts";
import { describeImage, LOG_FORMAT, openSession, readRecording, recordSession } from "../../src/timetravel/index.ts";
import { FakeHost } from "../../src/timetravel/testing/fake-host.ts";
import { MemoryStore, readWhole } from "../../src/storage/index.ts";
import type { Machine } from "../../src/machine/index.ts";
import { ByteWriter } from "../../src/base/index.ts";
import { withFolder } from "../differential/toolchain.ts";
import { smallMachine, smallProgram } from "../guests/programs/small.ts";
import { loadInterpreter } from "../support/interpreter.ts";
import { hindsightCommand } from "./command-line.ts";

let done: () => void;
let folder: string;
let file: Uint8Array;

beforeAll(async () => {
  folder = await new Promise<string>((resolve) => {
    void withFolder((made) => {
      resolve(made);
      return new Promise<void>((end) => (done = end));
    });
  });
  const kernel = await smallProgram();
  const path = join(folder, "small.elf");
  writeFileSync(path, kernel);
  const machine = smallMachine(kernel, loadInterpreter());
  const store = new MemoryStore();
  const header = {
    configuration: machine.configuration,
    images: [describeImage("kernel", path, kernel)],
    ...{ created: 0, version: "test" },
  };
  const session = await recordSession({
    ...{ machine, store, header, name: "small", host: new FakeHost(1), sleep: false },
    limits: { hashInterval: 2 ** 16, snapshotInterval: 2 ** 16 },
  });
  await session.run({ until: 500_000 });
  await session.quit();
  file = await readWhole(store, "small");
});
afterAll(() => done());

async function verify(bytes: Uint8Array, ...options: string[]): Promise<{ code: number | null; output: string }> {
  const path = join(folder, "small.hindsight");
  writeFileSync(path, bytes);
  const run = hindsightCommand("verify", path, ...options);
  return { code: await run.exit, output: run.output };
}

it("says that all hashes of a recording are equal, with either engine", async () => {
  const { code, output } = await verify(file);
  expect(output).toMatch(/equal: 8 hashes in 500000 instructions, chain [0-9a-f]{32}\n/);
  expect(code).toBe(0);
  const translated = await verify(file, "-accel", "tcg,translate=on");
  expect(translated.output.split("\n").at(-2)).toBe(output.split("\n").at(-2));
});

it("names the interval where a recording is not what the machine does", async () => {
  const { header, history } = readRecording(file);
  history.hashes[4]!.hash[0]! ^= 1;
  const head = fileHead(LOG_FORMAT);
  const first = encodeChunk(chunkType.header, encodeHeader(header), head.length);
  const records = new ByteWriter();
  const { entropy, realTimes, idleEnds, inputs, hashes, end } = history;
  const all = [
    ...entropy,
    ...realTimes,
    ...idleEnds,
    ...inputs,
    ...hashes,
    { kind: "complete", position: end } as const,
  ];
  encodeRecords(
    all.sort((a, b) => a.position - b.position),
    records,
  );
  const chunk = encodeChunk(chunkType.records, records.finish(), head.length + first.length);
  const { code, output } = await verify(new Uint8Array(Buffer.concat([head, first, chunk])));
  expect(output).toMatch(/different between positions 262144 and 327680: .*hash/);
  expect(output).toMatch(/the interpreter differs in the same way/);
  expect(code).toBe(2);
});

it("says what is damaged, cut or of another version", async () => {
  const flipped = file.slice();
  flipped[file.length - 20]! ^= 8;
  expect(await verify(flipped)).toMatchObject({ code: 2, output: expect.stringMatching(/damaged at byte \d+/) });
  const cut = await verify(file.slice(0, file.length - 20));
  expect(cut).toMatchObject({ code: 0, output: expect.stringMatching(/equal: \d hashes/) });
  const { header } = readRecording(file);
  const other = { ...header, configuration: { ...header.configuration, semantics: 99 } };
  const head = fileHead(LOG_FORMAT);
  const foreign = Buffer.concat([head, encodeChunk(chunkType.header, encodeHeader(other), head.length)]);
  expect(await verify(new Uint8Array(foreign))).toMatchObject({
    code: 1,
    output: expect.stringMatching(/semantics 99; this one has semantics/),
  });
});

it("tells a recording that was left for a branch from one that was killed, and branched in a replay", async () => {
  const store = new MemoryStore();
  const kernel = await smallProgram();
  const { header } = readRecording(file);
  const limits = { hashInterval: 2 ** 16, snapshotInterval: 2 ** 16 };
  const common = (): { machine: Machine; host: FakeHost; limits: object } => ({
    machine: smallMachine(kernel, loadInterpreter()),
    host: new FakeHost(1),
    limits,
  });
  const name = "small.hindsight";
  const parts = common();
  const { configuration } = parts.machine;
  const session = await recordSession({ ...parts, store, header: { ...header, configuration }, name, sleep: false });
  await session.run({ until: 100_000 });
  await session.saveSnapshot("s");
  await session.run({ until: 200_000 });
  await session.keep();
  const killed = await readWhole(store, name);
  const write = async (...names: string[]): Promise<void> => {
    for (const branch of names) writeFileSync(join(folder, branch), await readWhole(store, branch));
  };

  await session.loadSnapshot("s");
  await session.quit();
  const left = await readWhole(store, name);
  const branchIn = async (bytes: Uint8Array, branch: string): Promise<void> => {
    const again = await openSession({ ...common(), store, name, recording: readRecording(bytes) });
    await again.seek(50_000);
    await again.branch(branch);
    await again.dispose();
  };
  await branchIn(left, "a-replay");
  await write("a-replay");
  expect((await verify(killed)).output).toMatch(/no hash stands after position 196608: it was killed, is recording/);
  expect((await verify(left)).output).toMatch(/no hash stands after position 196608: it was killed, is recording/);
  await write("small-loadvm-1.hindsight");
  expect((await verify(left)).output).toMatch(
    /no hash stands after position 196608: it was left for its branch 'small-loadvm-1.hindsight', from position 100000\n/,
  );
});

it("names the option for an image that is not the recording's", async () => {
  const { code, output } = await verify(file, "-kernel", "/dev/null");
  expect(output).toMatch(
    /^hindsight: the recording was made with the kernel '.*'.*; -kernel \/dev\/null is another file\n$/,
  );
  expect(code).toBe(1);
});
