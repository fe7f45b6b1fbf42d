// Debian's amd64 kernel on `pc`: its boot beside QEMU's and beside arm64's, and going back in it.
// @ts-check
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readRecording } from "../../build/src/timetravel/index.js";
import { guest } from "../guest/index.mjs";
import { amd64, arm64, recordedBoots } from "./processes.mjs";
import { logSize, median, ratio, time } from "./table.mjs";
import { travelRows } from "./travel.mjs";

/** @param {number} runs */
export async function pcTable(runs) {
  const files = guest("amd64");
  const folder = mkdtempSync(join(tmpdir(), "hindsight-bench-"));
  const boots = recordedBoots(amd64, files, folder);
  const others = recordedBoots(arm64, guest(), mkdtempSync(join(folder, "arm64-")));
  /** @type {Record<"theirs" | "alone" | "first" | "kept" | "arm64", number[]>} */
  const times = { theirs: [], alone: [], first: [], kept: [], arm64: [] };
  try {
    // What earlier boots leave behind is there after two of them.
    for (let run = -2; run < 0; run++) await boots.kept();
    for (let run = 0; run < runs; run++) {
      times.theirs.push(await boots.theirs());
      times.alone.push(await boots.alone());
      times.arm64.push(await others.alone());
      times.first.push(await boots.first(run));
      times.kept.push(await boots.kept());
    }
    const length = lengthOf(boots.log);
    const speed = (/** @type {number[]} */ ms, instructions = length) =>
      `${time(ms)}, ${(instructions / median(ms) / 1e3).toFixed(0)} M/s`;
    const quotient = (/** @type {number[]} */ ours) => ratio(median(ours), median(times.theirs));
    return [
      ["boot to `Hindsight guest ready`", `${(length / 1e6).toFixed(0)} M instructions`, ""],
      ["QEMU 7.2, `-icount shift=0,rr=record`", speed(times.theirs), ""],
      ["Hindsight, Node, interpreter alone", speed(times.alone), ""],
      ["the same, arm64's kernel", speed(times.arm64, lengthOf(others.log)), ""],
      ["Hindsight, Node, first boot", speed(times.first), ""],
      ["Hindsight, Node", speed(times.kept), ""],
      ["Node, interpreter alone / QEMU", quotient(times.alone), "≤ 2.0"],
      ["Node, first boot / QEMU", quotient(times.first), ""],
      ["Node / QEMU", quotient(times.kept), ""],
      ["log of the boot, without input", logSize(boots.log), "≤ 16 KB"],
      ...(await travelRows(boots.log, files, runs, { first: "≤ 80 ms", next: "≤ 2 ms" })),
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Instructions. @param {string} log */
function lengthOf(log) {
  return readRecording(readFileSync(log)).history.end;
}
