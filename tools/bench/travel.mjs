// Replay, indexing, seeks and reverse steps, in one Node process, on a recording.
// @ts-check
import { readFileSync } from "node:fs";
import { imagesToBoot } from "../../build/src/cli/files.js";
import { machineFactory } from "../../build/src/cli/make-machine.js";
import { nodeHost } from "../../build/src/cli/scheduler.js";
import { openSession, readRecording } from "../../build/src/timetravel/index.js";
import { demoRecording } from "../support/build.mjs";
import { median, ratio, time } from "./table.mjs";

/** No snapshots and no hash of its own: a bare replay. */
const bare = { snapshotInterval: 2 ** 50, hashInterval: 2 ** 50 };
const replays = 10;

/** On the demo recording. @param {{ kernel: string, initrd: string }} files @param {number} runs */
export function travelTable(files, runs) {
  return travelRows(demoRecording, files, runs, { first: "≤ 0.5 s", next: "≤ 20 ms" });
}

/**
 * @param {string} file @param {{ kernel: string, initrd: string }} files of its guest @param {number} runs
 * @param {{ first: string, next: string }} must of steps back
 */
export async function travelRows(file, files, runs, must) {
  const recording = readRecording(readFileSync(file));
  const { configuration } = recording.header;
  const { images } = await imagesToBoot(configuration, {
    ...files,
    dtb: undefined,
    bios: undefined,
    splash: undefined,
  });
  const machine = await machineFactory(configuration, images, false);
  const open = (/** @type {object} */ limits = {}) =>
    openSession({
      name: "bench",
      recording,
      host: nodeHost(),
      limits,
      machine: machine(),
    });

  const [replayed, indexed, first, next] = /** @type {[number[], number[], number[], number[]]} */ ([[], [], [], []]);
  const hashes = new Set();
  let end = 0;
  for (let run = 0; run < Math.max(runs, replays / 2); run++) {
    for (const [times, limits] of /** @type {const} */ ([
      [replayed, bare],
      [indexed, {}],
    ])) {
      const session = await open(limits);
      times.push(await timed(() => session.run()));
      end = session.position;
      hashes.add(session.stateHash());
      if (times === indexed) {
        await session.seek(Math.floor(end * 0.97) + run * 12_345);
        await session.seek(end - 1_234_567 - run * 1_111_111);
        first.push(await timed(() => session.stepBack()));
        for (let step = 0; step < 20; step++) next.push(await timed(() => session.stepBack()));
      }
      await session.dispose();
    }
  }
  return [
    ["recording's length", `${(end / 1e6).toFixed(0)} M instructions`, ""],
    ["replay, bare", `${time(replayed)}, ${(end / median(replayed) / 1e3).toFixed(0)} M/s`, ""],
    ["replay with snapshots and hashes checked (indexing)", time(indexed), ""],
    ["indexing / replay", ratio(median(indexed), median(replayed)), "≤ 1.3"],
    ["reverse-stepi near the end, the first", time(first), must.first],
    ["reverse-stepi, each after", time(next), must.next],
    [`state hashes at the end of ${indexed.length + replayed.length} replays`, `${hashes.size} distinct`, "1"],
  ];
}

/** @param {() => Promise<unknown>} work */
async function timed(work) {
  const start = performance.now();
  await work();
  return performance.now() - start;
}
