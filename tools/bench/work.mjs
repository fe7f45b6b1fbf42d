// What the translator is for: the boot and two pieces of work typed at the shell, recorded and replayed, beside QEMU,
// the interpreter alone and v86.
// @ts-check
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pcGuest } from "../guest/i386.mjs";
import { GdbClient } from "./gdb-client.mjs";
import {
  bootOptions,
  done,
  loop,
  ours,
  qemu,
  readyLine,
  Shell,
  timeToLine,
  unattended,
  unattendedLoop,
  v86,
} from "./processes.mjs";
import { median, memory, ratio, time } from "./table.mjs";

const md5 = "dd if=/dev/zero bs=65536 count=1024 2>/dev/null | md5sum";
const GDB_PORT = 17234;
/** The kernel's, without KASLR. */
const KERNEL_TEXT = 0xffff800008010000n;
/** @param {{ kernel: string, initrd: string }} files @param {number} runs */
export async function workTable(files, runs) {
  pcGuest(); // fetched before anything is timed
  const folder = mkdtempSync(join(tmpdir(), "hindsight-bench-"));
  const recording = (/** @type {string} */ name) => bootOptions(files, join(folder, `${name}.rr`));
  const kept = { XDG_CACHE_HOME: join(folder, "kept") };
  /** @type {Record<string, number[]>} */
  const t = {};
  const note = (/** @type {string} */ name, /** @type {number} */ figure) => void (t[name] ??= []).push(figure);

  /** @param {string} who @param {string[]} command @param {string[]} options @param {Record<string, string>} [env] */
  async function work(who, command, options, env) {
    const shell = new Shell(command, options, env);
    let before = { ms: 0, instructions: 0 };
    const notePiece = async (/** @type {string} */ piece, /** @type {number} */ ms) => {
      note(`${piece} ${who}`, ms);
      note(`${piece} memory ${who}`, shell.peakMemory);
      if (command !== ours) return;
      const now = translatorsWork(await shell.monitor("info jit"));
      note(`${piece} translator ${who}`, now.ms - before.ms);
      note(`${piece} instructions ${who}`, now.instructions - before.instructions);
      before = now;
    };
    const boot = await shell.until(readyLine);
    await shell.until("# ");
    await notePiece("boot", boot);
    await notePiece("loop", await shell.type(loop));
    await notePiece("md5", await shell.type(md5));
    await shell.end();
  }

  /** The loop with breakpoints at 32 of the kernel's pages and a watchpoint, none of them hit. */
  async function watched() {
    const shell = new Shell(ours, [...recording("watched"), "-gdb", `tcp:127.0.0.1:${GDB_PORT}`], kept);
    await shell.until(readyLine);
    await shell.until("# ");
    const gdb = await GdbClient.connect(GDB_PORT);
    await gdb.ask("?");
    for (let page = 0; page < 32; page++)
      await gdb.ask(`Z0,${(KERNEL_TEXT + BigInt(page * 4096 + 0xffc)).toString(16)},4`);
    await gdb.ask(`Z2,${KERNEL_TEXT.toString(16)},8`);
    gdb.send("c");
    void gdb.reply().then((stop) => Promise.reject(new Error(`the loop hit a breakpoint: ${stop}`)));
    note("loop watched", await shell.type(loop));
    gdb.close();
    await shell.end();
  }

  /** @param {string} who @param {string[]} command @param {Record<string, string>} env */
  async function replay(who, command, env) {
    const whole = recording(who).map((o) => (o.includes("console=") ? `${o} ${unattendedLoop}` : o));
    await timeToLine(command, whole, done, { toTheEnd: true, env });
    const again = whole.map((option) => option.replace("rr=record", "rr=replay"));
    note(`replay ${who}`, await timeToLine(command, again, done, { env }));
  }

  try {
    // What earlier sessions leave behind is there after two of them.
    for (let run = -2; run < 0; run++) await work("before", ours, recording("ours"), kept);
    for (let run = 0; run < runs; run++) {
      await work("theirs", qemu, recording("theirs"));
      await replay("theirs", qemu, {});
      await work("ours", ours, recording("ours"), kept);
      await replay("ours", ours, kept);
      await watched();
      await work("first", ours, recording("ours"), { XDG_CACHE_HOME: join(folder, `kept-${run}`) });
      await work("interpreted", ours, [...recording("ours"), "-accel", "tcg,translate=off"]);
      for (let pair = 0; pair < 3; pair++)
        for (const how of ["record", "bare"]) note(`unattended ${how}`, await unattended(how, files, kept));
      await work("v86", v86, []);
    }
    const of = (/** @type {string} */ name) => t[name] ?? [];
    /** @param {string} what @param {string} piece @param {string} must @param {[string, string][]} others */
    const rows = (what, piece, must, others) => [
      [`${what}: QEMU`, time(of(`${piece} theirs`)), ""],
      [`${what}: Hindsight`, time(of(`${piece} ours`)), ""],
      [`${what}: ratio`, ratio(median(of(`${piece} ours`)), median(of(`${piece} theirs`))), must],
      ...others.map(([name, who]) => [`${what}: ${name}`, time(of(`${piece} ${who}`)), ""]),
    ];
    /** @type {[string, string][]} */
    const others = [
      ["Hindsight, nothing kept", "first"],
      ["Hindsight, interpreter alone", "interpreted"],
      ["v86, 32-bit, which records nothing", "v86"],
    ];
    const translator = (/** @type {string} */ piece, /** @type {string} */ who) =>
      translated(median(of(`${piece} translator ${who}`)), median(of(`${piece} instructions ${who}`)));
    return [
      ...rows("boot to the shell, recording", "boot", "≤ 2.0", others),
      ...rows("200,000 rounds of a shell loop, recording", "loop", "≤ 1.2", others),
      ...rows("64 MB of zeros through md5sum, recording", "md5", "≤ 1.0", others),
      ...rows("replay of boot and loop", "replay", "≤ 1.5", []),
      [
        "the shell loop, with 32 breakpoints and a watchpoint that are not hit / without",
        ratio(median(of("loop watched")), median(of("loop ours"))),
        "",
      ],
      [
        "boot and loop, with recording, snapshots and hashes / with none of it, pairs in one run",
        ratio(...pairs(of("unattended record"), of("unattended bare"))),
        "≤ 1.05",
      ],
      ...["boot", "loop", "md5"].flatMap((piece) => [
        [`translator, ${piece}: nothing kept`, translator(piece, "first"), ""],
        [`translator, ${piece}: what is not kept yet`, translator(piece, "ours"), ""],
      ]),
      ...["boot", "loop"].map((piece) => [
        `peak memory, ${piece}: QEMU, Hindsight, v86`,
        ["theirs", "ours", "v86"].map((who) => memory(of(`${piece} memory ${who}`))).join(", "),
        "",
      ]),
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The median of the ratios of each pair, as a fraction. @param {number[]} ours @param {number[]} theirs @returns {[number, number]} */
function pairs(ours, theirs) {
  return [median(ours.map((one, at) => one / /** @type {number} */ (theirs[at]))), 1];
}

/** @param {string} counters what `info jit` says */
function translatorsWork(counters) {
  const number = (/** @type {RegExp} */ what) => Number((what.exec(counters)?.[1] ?? "0").replaceAll(",", ""));
  return { ms: number(/translator's time +([\d,]+) ms/), instructions: number(/made so far +([\d,]+) instructions/) };
}

/** @param {number} ms @param {number} instructions */
function translated(ms, instructions) {
  if (instructions === 0) return "nothing";
  return `${((ms * 1000) / instructions).toFixed(0)} µs per guest instruction (${instructions.toFixed(0)} in ${ms.toFixed(0)} ms)`;
}
