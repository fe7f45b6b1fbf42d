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
  const [node, theirs, chromium] = /** @type {[number[], number[], number[]]} */ ([[], [], []]);
  const log = join(folder, "boot.hindsight");
  const browser = await openBrowser(page);
  try {
    await browser.boot();
    for (let run = 0; run < runs; run++) {
      theirs.push(await timeToLine(qemu, bootOptions(files, join(folder, "qemu.rr")), readyLine));
      node.push(await timeToLine(ours, bootOptions(files, log), readyLine));
      chromium.push(await browser.boot());
    }
    const bytes = statSync(log).size;
    return [
      ["QEMU 7.2, `-icount shift=0,rr=record`", time(theirs), ""],
      ["Hindsight, Node, interpreter alone", time(node), ""],
      ["Hindsight, headless Chromium, page loaded, guest cached", time(chromium), ""],
      ["Node / QEMU", ratio(median(node), median(theirs)), "≤ 8"],
      ["Chromium / Node", ratio(median(chromium), median(node)), "≤ 1.3"],
      ["log of the boot, without input", `${(bytes / 1024).toFixed(1)} KB`, "≤ 16 KB"],
    ];
  } finally {
    await browser.close();
    rmSync(folder, { recursive: true, force: true });
  }
}
