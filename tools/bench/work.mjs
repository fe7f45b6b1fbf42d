// What the translator is for: the boot and two pieces of work typed at the shell, recorded and replayed, beside QEMU.
// @ts-check
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bootOptions, ours, qemu, readyLine, Shell, timeToLine, withoutRecording } from "./processes.mjs";
import { median, ratio, time } from "./table.mjs";

const loop = "i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done";
const md5 = "dd if=/dev/zero bs=65536 count=1024 2>/dev/null | md5sum";
const done = "all done";
/** The loop without a prompt, at which QEMU's replay of its own recording stops for ever. The kernel prints this line, too. */
const alone = `rdinit=/bin/sh -- -c "${loop}; echo all do''ne; /bin/busybox poweroff -f"`;

/** @param {{ kernel: string, initrd: string }} files @param {number} runs */
export async function workTable(files, runs) {
  const folder = mkdtempSync(join(tmpdir(), "hindsight-bench-"));
  const log = (/** @type {string} */ name) => join(folder, name);
  /** @type {Record<string, number[]>} */
  const t = {};
  const note = (/** @type {string} */ name, /** @type {number} */ ms) => void (t[name] ??= []).push(ms);
  try {
    for (let run = 0; run < runs; run++) {
      for (const [who, command, options] of /** @type {const} */ ([
        ["theirs", qemu, bootOptions(files, log("qemu.rr"))],
        ["ours", ours, bootOptions(files, log("ours.rr"))],
        ["unrecorded", ours, withoutRecording(files)],
      ])) {
        const shell = new Shell(command, options);
        note(`boot ${who}`, await shell.until(readyLine));
        await shell.until("# ");
        note(`loop ${who}`, await shell.type(loop));
        if (who !== "unrecorded") note(`md5 ${who}`, await shell.type(md5));
        await shell.end();
        if (who === "unrecorded") continue;
        const whole = bootOptions(files, log(`${who}.rr`)).map((o) => (o.includes("console=") ? `${o} ${alone}` : o));
        await timeToLine(command, whole, done, { toTheEnd: true });
        const again = whole.map((option) => option.replace("rr=record", "rr=replay"));
        note(`replay ${who}`, await timeToLine(command, again, done));
      }
    }
    const of = (/** @type {string} */ name) => t[name] ?? [];
    const row = (/** @type {string} */ what, /** @type {string} */ name, /** @type {string} */ must) => [
      [`${what}: QEMU`, time(of(`${name} theirs`)), ""],
      [`${what}: Hindsight`, time(of(`${name} ours`)), ""],
      [`${what}: ratio`, ratio(median(of(`${name} ours`)), median(of(`${name} theirs`))), must],
    ];
    const kept = median(of("boot ours")) + median(of("loop ours"));
    const bare = median(of("boot unrecorded")) + median(of("loop unrecorded"));
    return [
      ...row("boot to the shell, recording", "boot", "≤ 2.0"),
      ...row("200,000 rounds of a shell loop, recording", "loop", "≤ 1.2"),
      ...row("64 MB of zeros through md5sum, recording", "md5", "≤ 1.0"),
      ...row("replay of boot and loop", "replay", "≤ 1.5"),
      ["boot and loop, with recording, snapshots and hashes / without", ratio(kept, bare), "≤ 1.05"],
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
