// Running backwards through a long recording: to hits near and far, to none at all, and until Ctrl-C.
// @ts-check
import { spawn } from "node:child_process";
import { DebugTarget, GdbServer } from "../../build/src/debug/index.js";
import { GdbPort } from "../../build/src/cli/gdb-port.js";
import { GdbClient, timed } from "./gdb-client.mjs";

/** @typedef {import("../../build/src/timetravel/index.js").TravelSession} Session */

/** Nobody executes this address. */
const nowhere = 0xffff_0000_dead_0000n;

/** The session's own gdb server. @param {Session} session */
function serve(session) {
  const target = new DebugTarget(session, {
    ...{ version: "bench", resume: () => {}, quit: () => {}, message: () => {}, realTimeMs: () => 0 },
  });
  return GdbPort.listen("127.0.0.1", 0, {
    open: (connection) => {
      const server = new GdbServer(target, connection);
      return { receive: (bytes) => server.receive(bytes), closed: () => server.dispose() };
    },
  });
}

/** A client of it. @param {Session} session */
async function attach(session) {
  const port = await serve(session);
  const gdb = await GdbClient.connect(port.port);
  await gdb.ask("?");
  const close = async () => {
    gdb.close();
    await port.close();
  };
  return { gdb, close };
}

/**
 * Steps back at the socket: the first at random positions, then many from one, and forward again.
 * @param {Session} session @param {() => number} random @param {number} count
 */
export async function stepsBack(session, random, count) {
  const { gdb, close } = await attach(session);
  const [first, next, forward] = /** @type {[number[], number[], number[]]} */ ([[], [], []]);
  for (let at = 0; at < count; at++) {
    await session.seek(Math.floor(random() * session.end));
    first.push(await timed(() => gdb.ask("bs")));
    if (at > 0) continue;
    for (let step = 0; step < 1000; step++) next.push(await timed(() => gdb.ask("bs")));
    for (let step = 0; step < 1000; step++) forward.push(await timed(() => gdb.ask("s")));
  }
  await close();
  return { first, next, forward };
}

/**
 * gdb's own steps, back and forward, from where the session stands: milliseconds for each.
 * @param {Session} session @param {number} count
 */
export async function stepsThroughGdb(session, count) {
  const port = await serve(session);
  const gdb = spawn("gdb-multiarch", ["-nx", "-q"], { stdio: ["pipe", "pipe", "ignore"] });
  let seen = "";
  let news = () => {};
  gdb.stdout.on("data", (bytes) => {
    seen += bytes.toString("latin1");
    news();
  });
  const ask = async (/** @type {string} */ command) => {
    seen = "";
    gdb.stdin.write(`${command}\necho do\\ne\\n\n`);
    while (!seen.includes("do\ne\n")) await new Promise((resolve) => (news = () => resolve(undefined)));
  };
  await ask(`set confirm off\nset pagination off\ntarget remote 127.0.0.1:${port.port}`);
  const back = (await timed(() => ask(`reverse-stepi ${count}`))) / count;
  const forward = (await timed(() => ask(`stepi ${count}`))) / count;
  gdb.kill();
  await port.close();
  return { back, forward };
}

/**
 * To an 8-byte word on or near the stack that was written about 1 M instructions before.
 * @param {Session} session @param {() => number} random @param {number} count
 */
export async function watchpointBack(session, random, count) {
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
    session.setWatchpoints(words.map((address) => ({ kind: "write", address, length: 8 })));
    for (;;) {
      const stop = await session.run({ until: end });
      if (stop.kind !== "watchpoint") break;
      last.set(stop.hit.watchpoint.address, session.position);
    }
    session.setWatchpoints([]);
    const [address] = [...last].find(([, position]) => end - position > 0.7e6) ?? [];
    if (address === undefined) continue;
    await session.seek(Math.floor(random() * session.end));
    await session.seek(end);
    session.setWatchpoints([{ kind: "write", address, length: 8 }]);
    const elapsed = await timed(() => session.runBack());
    session.setWatchpoints([]);
    // An instruction that writes two of the words stops for one of them only.
    if (end - session.position > 0.7e6) times.push(elapsed);
  }
  return times;
}

/** From `position` to the start, by a breakpoint that was never hit. @param {Session} session @param {number} position */
export async function nothingBack(session, position, address = nowhere) {
  await session.seek(position);
  session.setBreakpoints(new Set([address]));
  const elapsed = await timed(() => session.runBack());
  session.setBreakpoints(new Set());
  return elapsed;
}

/**
 * To an address that was executed long ago, on a page that is always in use: what no footprint rules out.
 * @param {Session} session @param {() => number} random
 */
export async function farBack(session, random) {
  const address = await longAgo(session, random);
  if (address === undefined) return undefined;
  const end = await toEnd(session);
  session.setBreakpoints(new Set([address]));
  const elapsed = await timed(() => session.runBack());
  session.setBreakpoints(new Set());
  return { address, elapsed, instructions: end - session.position };
}

/** From Ctrl-C in the middle of such a search to the stop. @param {Session} session @param {bigint} address @param {() => number} random @param {number} count */
export async function interrupts(session, address, random, count) {
  const { gdb, close } = await attach(session);
  /** @type {number[]} */
  const times = [];
  await gdb.ask(`Z1,${address.toString(16)},4`);
  for (let at = 0; at < count; at++) {
    await toEnd(session);
    const stopped = gdb.ask("bc");
    await new Promise((resolve) => setTimeout(resolve, 20 + 400 * random()));
    times.push(
      await timed(() => {
        gdb.interrupt();
        return stopped;
      }),
    );
  }
  await gdb.ask(`z1,${address.toString(16)},4`);
  await close();
  return times;
}

/** @param {Session} session */
async function toEnd(session) {
  await session.seek(session.end);
  return session.position;
}

/** @param {Session} session @param {() => number} random */
async function longAgo(session, random) {
  /** @type {Set<bigint>} */
  const candidates = new Set();
  for (let at = 0; at < 60; at++) {
    await session.seek(Math.floor(5e6 + random() * 300e6));
    candidates.add(session.machine.pc);
  }
  const end = await toEnd(session);
  const { footprints } = /** @type {any} */ (session).course.chronicle;
  for (const address of candidates) {
    // Its page is in use now, but it was not executed for a while.
    const clear = footprints.clearFrom(end, (/** @type {any} */ footprint) => footprint.mayExecute(address));
    if (clear !== end) continue;
    session.setBreakpoints(new Set([address]));
    await session.seek(end - 100e6);
    const stop = await session.run({ until: end });
    session.setBreakpoints(new Set());
    if (stop.kind === "position") return address;
  }
  return undefined;
}
