import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { UserError } from "../../src/base/index.ts";
import type { Machine } from "../../src/machine/index.ts";
import { nodeHost } from "../../src/cli/scheduler.ts";
import { DirectoryStore } from "../../src/storage/directory/index.ts";
import { openSession, readRecording, type TravelSession } from "../../src/timetravel/index.ts";
import { decodeFootprints } from "../../src/timetravel/keyframes/stored-footprints.ts";
import { decodeIndex, decodeKeyframe } from "../../src/timetravel/keyframes/format.ts";
import { PackReader } from "../../src/timetravel/keyframes/pack.ts";
import { record } from "../../src/timetravel/testing/properties.ts";
import { Random } from "../../src/timetravel/testing/random.ts";
import { smallMachine, smallProgram } from "../../tests/guests/programs/small.ts";
import { loadInterpreter } from "../../tests/support/interpreter.ts";

const limits = { snapshotInterval: 2 ** 14, hashInterval: 2 ** 14, keyframeInterval: 2 ** 15 };
const name = "small";

export interface Outcome {
  readonly what: string;
  readonly tried: number;
  /** Refused, or what is damaged or missing was told or left out: nothing wrong was shown. */
  readonly detected: number;
}

/** Damages the log, the stored snapshots and their index in every way, or in `sample` ways where those are too many. */
export async function corrupt(sample: number): Promise<Outcome[]> {
  const interpreter = loadInterpreter();
  const kernel = await smallProgram();
  const { file } = await record(() => smallMachine(kernel, interpreter), {
    seed: 1,
    length: 400_000,
    motions: 0,
    limits,
  });
  const folder = mkdtempSync(join(tmpdir(), "hindsight-"));
  try {
    const open = async (): Promise<TravelSession> =>
      openSession({
        ...{ machine: smallMachine(kernel, interpreter), host: nodeHost(), name, limits },
        ...{ recording: readRecording(file), store: new DirectoryStore(folder) },
      });
    writeFileSync(join(folder, name), file);
    const session = await open();
    await session.index();
    await session.keep();
    const hashes = new Map<number, string>();
    for (const position of [70_001, 200_000, 399_000]) {
      await session.seek(position);
      hashes.set(position, session.stateHash());
    }
    await session.dispose();
    return [
      ...damageLog(file),
      ...(await damageBlobs(folder, smallMachine(kernel, interpreter))),
      ...(await damageFiles(folder, open, hashes, sample)),
    ];
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** All truncations and all single bits of the log. What is read of it must be what was written, up to the damage. */
function damageLog(file: Uint8Array): Outcome[] {
  const whole = readRecording(file).history.records().slice(0, -1).map(show);
  const isPrefix = (bytes: Uint8Array, mustTell: boolean): boolean => {
    try {
      const { history, damage } = readRecording(bytes);
      const records = history.records().slice(0, -1).map(show);
      // Lists are told apart by kind, so that a prefix of the file is a prefix of each.
      const known = new Set(whole);
      return records.every((record) => known.has(record)) && (!mustTell || damage !== undefined);
    } catch (error) {
      if (error instanceof UserError) return true;
      throw error;
    }
  };
  let [cuts, flips] = [0, 0];
  for (let length = 0; length < file.length; length++) if (isPrefix(file.slice(0, length), false)) cuts++;
  const copy = file.slice();
  for (let bit = 0; bit < file.length * 8; bit++) {
    copy[bit >> 3]! ^= 1 << (bit & 7);
    if (isPrefix(copy, true)) flips++;
    copy[bit >> 3]! ^= 1 << (bit & 7);
  }
  return [
    { what: `log of ${file.length} bytes: every truncation`, tried: file.length, detected: cuts },
    { what: "log: every single bit", tried: file.length * 8, detected: flips },
  ];
}

function decodePack(bytes: Uint8Array): void {
  const pack = new PackReader(bytes);
  pack.pages(Array.from({ length: pack.count }, (_, index) => index));
}

/** All single bits and truncations of the index and of the smallest snapshot, as they are decoded. */
async function damageBlobs(folder: string, machine: Machine): Promise<Outcome[]> {
  const cache = new DirectoryStore(folder).cache(name);
  const outcomes: Outcome[] = [];
  for (const [key, decode] of [
    ["index", decodeIndex],
    ["footprints", (blob: Uint8Array) => decodeFootprints(blob, machine)],
    [(await cache.keys()).find((one) => one.startsWith("state-"))!, decodeKeyframe],
    [(await cache.keys()).find((one) => one.startsWith("pages-"))!, decodePack],
  ] as const) {
    const blob = (await cache.get(key))!;
    const step = Math.max(1, Math.floor((blob.length * 8) / 20_000));
    let [tried, detected] = [0, 0];
    const attempt = (bytes: Uint8Array): void => {
      tried++;
      try {
        decode(bytes);
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
        detected++;
      }
    };
    for (let bit = 0; bit < blob.length * 8; bit += step) {
      blob[bit >> 3]! ^= 1 << (bit & 7);
      attempt(blob);
      blob[bit >> 3]! ^= 1 << (bit & 7);
    }
    for (let length = 0; length < blob.length; length += step) attempt(blob.slice(0, length));
    const share = step === 1 ? "every" : `every ${step}th`;
    outcomes.push({
      what: `${key.replace(/-.*/, "")} of ${blob.length} bytes: ${share} bit, truncation`,
      tried,
      detected,
    });
  }
  return outcomes;
}

/** Files of the cache, damaged at random: the recording opens and shows the states that it has. */
async function damageFiles(
  folder: string,
  open: () => Promise<TravelSession>,
  hashes: ReadonlyMap<number, string>,
  sample: number,
): Promise<Outcome[]> {
  const random = new Random(1);
  const cache = join(folder, `${name}.cache`);
  const files = readdirSync(cache);
  let detected = 0;
  for (let count = 0; count < sample; count++) {
    const path = join(cache, random.pick(files));
    const bytes = readFileSync(path);
    const damaged = Buffer.from(bytes);
    if (random.between(0, 3) > 0) damaged[random.between(0, bytes.length - 1)]! ^= 1 << random.between(0, 7);
    writeFileSync(path, random.between(0, 3) > 0 ? damaged : damaged.subarray(0, random.between(0, bytes.length - 1)));
    const session = await open();
    let right = true;
    for (const [position, hash] of hashes) {
      await session.seek(position);
      if (session.stateHash() !== hash) right = false;
    }
    await session.dispose();
    if (right) detected++;
    writeFileSync(path, bytes);
  }
  return [
    { what: `${files.length} files of the cache, a bit or the end at random: right states`, tried: sample, detected },
  ];
}

function show(record: object): string {
  return JSON.stringify(record, (_key, value: unknown) => (value instanceof Uint8Array ? Array.from(value) : value));
}
