// The kernel's boot, recorded: our command, our page in headless Chromium, and QEMU, in turn.
// @ts-check
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openBrowser } from "./browser.mjs";
import { bootOptions, ours, qemu, readyLine, timeToLine } from "./processes.mjs";
import { median, ratio, time } from "./table.mjs";

/** @param {{ kernel: string, initrd: string }} files @param {string} page @param {number} runs */
export async function bootTable(files, page, runs) {
  const folder = mkdtempSync(join(tmpdir(), "hindsight-bench-"));
  const [theirs, alone, node, clicked, loaded] = /** @type {[number[], number[], number[], number[], number[]]} */ ([
    [],
    [],
    [],
    [],
    [],
  ]);
  const log = join(folder, "boot.hindsight");
  const browser = await openBrowser(page);
  try {
    await browser.boot();
    for (let run = 0; run < runs; run++) {
      theirs.push(await timeToLine(qemu, bootOptions(files, join(folder, "qemu.rr")), readyLine));
      alone.push(await timeToLine(ours, [...bootOptions(files, log), "-accel", "tcg,translate=off"], readyLine));
      node.push(await timeToLine(ours, bootOptions(files, log), readyLine));
      const { sinceClick, sinceLoad } = await browser.boot();
      clicked.push(sinceClick);
      loaded.push(sinceLoad);
    }
    const bytes = statSync(log).size;
    return [
      ["QEMU 7.2, `-icount shift=0,rr=record`", time(theirs), ""],
      ["Hindsight, Node, interpreter alone", time(alone), ""],
      ["Hindsight, Node", time(node), ""],
      ["Hindsight, headless Chromium, from the click", time(clicked), ""],
      ["Hindsight, headless Chromium, from page load", time(loaded), ""],
      ["Node, interpreter alone / QEMU", ratio(median(alone), median(theirs)), "≤ 8"],
      ["Node / QEMU", ratio(median(node), median(theirs)), "≤ 2.0"],
      ["Chromium from page load / QEMU", ratio(median(loaded), median(theirs)), "≤ 2.5"],
      ["Chromium from the click / Node", ratio(median(clicked), median(node)), "≤ 1.3"],
      ["log of the boot, without input", `${(bytes / 1024).toFixed(1)} KB`, "≤ 16 KB"],
    ];
  } finally {
    await browser.close();
    rmSync(folder, { recursive: true, force: true });
  }
}
