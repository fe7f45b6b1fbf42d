// Seeks, steps and runs backwards on a long recording, at the session and at gdb's socket; QEMU beside it where it can.
// @ts-check
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { nodeHost } from "../../build/src/cli/scheduler.js";
import { openSession, readRecording } from "../../build/src/timetravel/index.js";
import { timed } from "./gdb-client.mjs";
import { farBack, interrupts, nothingBack, stepsBack, stepsThroughGdb, watchpointBack } from "./long-back.mjs";
import { readWhole } from "../../build/src/storage/index.js";
import { longSession } from "./long-session.mjs";
import { qemuTravel } from "./qemu-travel.mjs";
import { median, ratio } from "./table.mjs";

/** @typedef {import("../../build/src/timetravel/index.js").TravelSession} Session */

/** In the boot: QEMU's replay of a session with a prompt stops at the prompt. */
const inBoot = 700e6;

/**
 * @param {{ kernel: string, initrd: string }} files
 * @param {number} scale of all lengths and counts; 1 for the table
 */
export async function longTravelTable(files, scale) {
  const random = generator();
  const theirs = await qemuTravel(files, inBoot);
  const folder = mkdtempSync(join(tmpdir(), "hindsight-long-"));
  process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
  const made = await longSession(files, folder);
  const { session } = made;
  const times = (/** @type {number} */ count) => Math.ceil(count * scale);
  const to = async (/** @type {number} */ length) => {
    await session.seek(session.end);
    if (session.end < length * scale) await session.run({ until: length * scale });
  };
  await to(1e9);
  note("recorded 1 G");
  const places = Array.from({ length: times(100) }, () => Math.floor(random() * session.end));
  await seeks(session, places);
  const short = await seeks(session, places);
  await to(2e9);
  note("recorded 2 G");
  const length = session.end;
  const anywhere = (/** @type {number} */ count) =>
    Array.from({ length: times(count) }, () => Math.floor(random() * length));
  const warm = await seeks(session, anywhere(200));
  const cold = await seeks(session, anywhere(60), () => session.machine.evictCaches());
  note("seeks");
  const socket = await stepsBack(session, random, times(100));
  await session.seek(Math.floor(random() * session.end));
  const gdb = await stepsThroughGdb(session, times(1000));
  const watch = await watchpointBack(session, random, times(20));
  note("steps and watchpoints");
  const boot = await nothingBack(session, inBoot);
  const back = await nothingBack(session, length);
  const far = await farBack(session, random);
  const stopped = far && (await interrupts(session, far.address, random, times(40)));
  note("runs back");
  const stored = await fromStore(made, anywhere(60));
  note("from the store");
  await to(4e9);
  note("recorded 4 G");
  await seeks(session, places);
  const long = await seeks(session, places);
  await session.dispose();
  return [
    ["recording: boot, ten minutes at the prompt, a busy shell", `${(length / 1e9).toFixed(2)} G instructions`, ""],
    ["log of the boot", kilobytes(made.bootBytes), "16 KB"],
    ["log of an hour idle at the prompt", kilobytes(made.hourBytes), "64 KB"],
    [`seek to a random position, median / worst of ${warm.times.length}`, both(warm.times), "60 / 250 ms"],
    ["of the median: restoring / replaying", `${ms(median(warm.restores))} / ${ms(median(warm.replays))}`, ""],
    [`the same with code caches cold, of ${cold.times.length}`, both(cold.times), "60 / 250 ms"],
    [`the same just opened, keyframes in the store, of ${stored.times.length}`, both(stored.times), "60 / 250 ms"],
    [
      `reverse-stepi at the socket, first, median / worst of ${socket.first.length}`,
      `${both(socket.first)}; QEMU at ${inBoot / 1e6} M ${ms(theirs.stepMs)}`,
      "80 / 250 ms",
    ],
    ["the next 1,000 from there, median", ms(median(socket.next)), "2 ms"],
    ["the same, against stepi at the socket", ratio(median(socket.next), median(socket.forward)), ""],
    [
      "reverse-stepi against stepi, 1,000 through gdb",
      `${ratio(gdb.back, gdb.forward)} (${ms(gdb.back)} / ${ms(gdb.forward)})`,
      "≤ 2",
    ],
    [
      `reverse-continue to a watchpoint hit 1 M instructions back, median / worst of ${watch.length}`,
      both(watch),
      "100 ms",
    ],
    [`reverse-continue from ${inBoot / 1e6} M with no hit`, `${ms(boot)}; QEMU ${ms(theirs.backMs)}`, "≤ 1.0 × QEMU's"],
    ["the same from the end", ms(back), ""],
    [
      "reverse-continue to where no footprint leads",
      far
        ? `${(far.elapsed / 1e3).toFixed(2)} s, ${(far.instructions / far.elapsed / 1e3).toFixed(0)} M/s`
        : "none found",
      "",
    ],
    [`Ctrl-C in the middle of that, median / worst of ${stopped?.length ?? 0}`, stopped ? both(stopped) : "", "100 ms"],
    [
      `seek to the same ${places.length} places of the first 1 G, with ${(session.end / 1e9).toFixed(1)} G known against 1 G`,
      `${ratio(median(long.times), median(short.times))} (${ms(median(long.times))} / ${ms(median(short.times))})`,
      "≤ 1.2",
    ],
  ];
}

/** @param {Session} session @param {readonly number[]} places */
async function seeks(session, places, before = () => {}) {
  const [times, restores, replays] = /** @type {[number[], number[], number[]]} */ ([[], [], []]);
  const { snapshots } = /** @type {any} */ (session).course.chronicle;
  const restore = snapshots.restore.bind(snapshots);
  let restored = 0;
  snapshots.restore = (/** @type {unknown} */ snapshot) => {
    const start = performance.now();
    restore(snapshot);
    restored += performance.now() - start;
  };
  for (const target of places) {
    before();
    restored = 0;
    const elapsed = await timed(() => session.seek(target));
    times.push(elapsed);
    restores.push(restored);
    replays.push(elapsed - restored);
  }
  delete snapshots.restore;
  return { times, restores, replays };
}

/**
 * A session that was just opened, with what the store has.
 * @param {Awaited<ReturnType<typeof longSession>>} made @param {readonly number[]} places
 */
async function fromStore({ session, store, name, machine }, places) {
  await session.seek(session.end);
  await session.keep();
  const recording = readRecording(await readWhole(store, name));
  const opened = await openSession({
    machine: await machine(),
    host: nodeHost(),
    name,
    recording,
    store,
    readOnly: "the session that made it goes on",
  });
  const result = await seeks(opened, places);
  await opened.dispose();
  return result;
}

/** The same positions in every run. */
function generator() {
  let state = 1;
  return () => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return state / 2 ** 32;
  };
}

/** It takes minutes: says how far it is. @param {string} what */
function note(what) {
  process.stderr.write(`${(performance.now() / 1000).toFixed(0)} s: ${what}\n`);
}

/** @param {number[]} times */
const both = (times) => `${ms(median(times))} / ${ms(Math.max(...times))}`;
/** @param {number} value */
const ms = (value) => `${value.toFixed(value < 1 ? 2 : 1)} ms`;
/** @param {number} bytes */
const kilobytes = (bytes) => `${(bytes / 1024).toFixed(1)} KB`;
