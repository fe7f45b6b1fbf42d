// Seeks, steps and runs backwards on a long recording, at the session and at gdb's socket.
// @ts-check
import { once } from "node:events";
import { connect } from "node:net";
import { DebugTarget, GdbServer } from "../../build/src/debug/index.js";
import { GdbPort } from "../../build/src/cli/gdb-port.js";
import { nodeHost } from "../../build/src/cli/scheduler.js";
import { openSession, readRecording } from "../../build/src/timetravel/index.js";
import { longSession } from "./long-session.mjs";
import { median, ratio } from "./table.mjs";

/** @typedef {import("../../build/src/timetravel/index.js").TravelSession} Session */

/** Nobody executes this address. */
const nowhere = 0xffff_0000_dead_0000n;

/**
 * @param {{ kernel: string, initrd: string }} files
 * @param {number} scale of all lengths and counts; 1 for the table
 */
export async function longTravelTable(files, scale) {
  const random = generator();
  const made = await longSession(files);
  const { session } = made;
  const times = (/** @type {number} */ count) => Math.ceil(count * scale);
  const to = async (/** @type {number} */ length) => {
    await session.seek(session.end);
    if (session.end < length * scale) await session.run({ until: length * scale });
  };
  await to(1e9);
  const short = await seeks(session, random, times(100));
  await to(2e9);
  const length = session.end;
  const warm = await seeks(session, random, times(200));
  const cold = await seeks(session, random, times(60), () => session.machine.evictCaches());
  const socket = await atSocket(session, random, times(100));
  const watch = await watchpointBack(session, random, times(20));
  const back = await nothingBack(session);
  const stored = await fromStore(made, random, times(60));
  await to(4e9);
  const long = await seeks(session, random, times(100));
  await session.dispose();
  return [
    ["recording: boot, ten minutes at the prompt, a busy shell", `${(length / 1e9).toFixed(2)} G instructions`, ""],
    ["log of the boot", kilobytes(made.bootBytes), "16 KB"],
    ["log of an hour idle at the prompt", kilobytes(made.hourBytes), "64 KB"],
    ["seek to a random position, median / worst of 200", both(warm.times), "60 / 250 ms"],
    ["of the median: restoring / replaying", `${ms(median(warm.restores))} / ${ms(median(warm.replays))}`, ""],
    ["the same with code caches cold, of 60", both(cold.times), ""],
    ["the same just opened, keyframes in the store, of 60", both(stored.times), ""],
    ["reverse-stepi at the socket, first, median / worst of 100", both(socket.first), "80 / 250 ms"],
    ["the next 1,000 from there, median", ms(median(socket.next)), "2 ms"],
    ["the same, against stepi at the socket", ratio(median(socket.next), median(socket.forward)), ""],
    ["reverse-continue to a watchpoint hit 1 M instructions back, median / worst of 20", both(watch), "100 ms"],
    [
      "reverse-continue over everything, no hit",
      `${(back / 1000).toFixed(1)} s, ${(length / back / 1e3).toFixed(0)} M/s`,
      "",
    ],
    ["seek, 4 G against 1 G instructions", ratio(median(long.times), median(short.times)), "≤ 1.2"],
  ];
}

/** @param {Session} session @param {() => number} random @param {number} count */
async function seeks(session, random, count, before = () => {}) {
  const [times, restores, replays] = /** @type {[number[], number[], number[]]} */ ([[], [], []]);
  const { snapshots } = /** @type {any} */ (session).timeline;
  const restore = snapshots.restore.bind(snapshots);
  let restored = 0;
  snapshots.restore = (/** @type {unknown} */ snapshot) => {
    const start = performance.now();
    restore(snapshot);
    restored += performance.now() - start;
  };
  for (let at = 0; at < count; at++) {
    const target = Math.floor(random() * session.end);
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

/** @param {Session} session @param {() => number} random @param {number} count */
async function atSocket(session, random, count) {
  const target = new DebugTarget(session, {
    ...{ version: "bench", resume: () => {}, quit: () => {}, message: () => {}, realTimeMs: () => 0 },
  });
  const port = await GdbPort.listen("127.0.0.1", 0, {
    open: (connection) => {
      const gdb = new GdbServer(target, connection);
      return { receive: (bytes) => gdb.receive(bytes), closed: () => gdb.dispose() };
    },
  });
  const client = connect(port.port, "127.0.0.1");
  client.setNoDelay(true);
  await once(client, "connect");
  const ask = async (/** @type {string} */ packet) => {
    const sum = [...packet].reduce((total, character) => (total + character.charCodeAt(0)) & 255, 0);
    client.write(`$${packet}#${sum.toString(16).padStart(2, "0")}`);
    for (let reply = ""; !/#..$/.test(reply);) reply += String((await once(client, "data"))[0]);
    client.write("+");
  };
  await ask("?");
  const [first, next, forward] = /** @type {[number[], number[], number[]]} */ ([[], [], []]);
  for (let at = 0; at < count; at++) {
    await session.seek(Math.floor(random() * session.end));
    first.push(await timed(() => ask("bs")));
    if (at > 0) continue;
    for (let step = 0; step < 1000; step++) next.push(await timed(() => ask("bs")));
    for (let step = 0; step < 1000; step++) forward.push(await timed(() => ask("s")));
  }
  client.destroy();
  await port.close();
  return { first, next, forward };
}

/** To an 8-byte word on or near the stack that was written about 1 M instructions before. @param {Session} session @param {() => number} random @param {number} count */
async function watchpointBack(session, random, count) {
  /** @type {number[]} */
  const times = [];
  const { machine } = session;
  for (let tries = 0; times.length < count && tries < 10 * count; tries++) {
    const end = 2e6 + Math.floor(random() * (session.end - 2e6));
    await session.seek(end - 1e6);
    const sp = new DataView(machine.debug.readRegister(machine.debug.spRegister).buffer).getBigUint64(0, true);
    const words = Array.from({ length: 64 }, (_, at) => (sp & ~7n) + BigInt(8 * (at - 48)));
    /** @type {Map<bigint, number>} */
    const last = new Map();
    machine.setWatchpoints(words.map((address) => ({ kind: "write", address, length: 8 })));
    machine.run(end, {
      kind: "collect",
      onHit: (position, hit) => hit && last.set(hit.watchpoint.address, position),
    });
    machine.setWatchpoints([]);
    const [address] = [...last].find(([, position]) => end - position > 0.7e6) ?? [];
    await session.seek(end - 1);
    await session.seek(Math.floor(random() * session.end));
    await session.seek(end);
    if (address === undefined) continue;
    session.setWatchpoints([{ kind: "write", address, length: 8 }]);
    times.push(await timed(() => session.runBack()));
    session.setWatchpoints([]);
  }
  return times;
}

/** @param {Session} session */
async function nothingBack(session) {
  await session.seek(session.end);
  session.setBreakpoints(new Set([nowhere]));
  const elapsed = await timed(() => session.runBack());
  session.setBreakpoints(new Set());
  return elapsed;
}

/**
 * A session that was just opened, with what the store has.
 * @param {Awaited<ReturnType<typeof longSession>>} made @param {() => number} random @param {number} count
 */
async function fromStore({ session, store, name, machine }, random, count) {
  await session.seek(session.end);
  await session.keep();
  const recording = readRecording(await store.read(name));
  const opened = await openSession({ machine: machine(), host: nodeHost(), name, recording, store, readOnly: true });
  const result = await seeks(opened, random, count);
  await opened.dispose();
  return result;
}

/** @param {() => Promise<unknown>} work */
async function timed(work) {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

/** The same positions in every run. */
function generator() {
  let state = 1;
  return () => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return state / 2 ** 32;
  };
}

/** @param {number[]} times */
const both = (times) => `${ms(median(times))} / ${ms(Math.max(...times))}`;
/** @param {number} value */
const ms = (value) => `${value.toFixed(value < 1 ? 2 : 1)} ms`;
/** @param {number} bytes */
const kilobytes = (bytes) => `${(bytes / 1024).toFixed(1)} KB`;
