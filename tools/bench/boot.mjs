// The kernel's boot, recorded: our command, our page in headless Chromium, in Firefox where there is one, and QEMU, in turn.
// @ts-check
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openBrowser, openFirefox } from "./browser.mjs";
import { firefoxExists } from "./firefox.mjs";
import { arm64, recordedBoots } from "./processes.mjs";
import { logSize, median, ratio, time } from "./table.mjs";

/**
 * "First" is where nothing is kept of earlier boots: no translated code, and in the browser no visit before.
 * @param {{ kernel: string, initrd: string }} files @param {string} page @param {number} runs
 */
export async function bootTable(files, page, runs) {
  const folder = mkdtempSync(join(tmpdir(), "hindsight-bench-"));
  const boots = recordedBoots(arm64, files, folder);
  const browser = await openBrowser(page);
  const firefox = firefoxExists() ? await openFirefox(page) : undefined;
  /** @type {Record<"theirs" | "alone" | "firstNode" | "node" | "firstClick" | "firstLoad" | "click" | "load" | "foxClick" | "foxLoad", number[]>} */
  const times = {
    theirs: [],
    alone: [],
    firstNode: [],
    node: [],
    firstClick: [],
    firstLoad: [],
    click: [],
    load: [],
    foxClick: [],
    foxLoad: [],
  };
  try {
    const visitor = await browser.visitor();
    for (let run = -2; run < runs; run++) {
      const theirs = await boots.theirs();
      const again = await boots.kept();
      const visit = await visitor.boot();
      const fox = await firefox?.boot();
      // What earlier boots leave behind is there after two of them.
      if (run < 0) continue;
      times.theirs.push(theirs);
      times.node.push(again);
      times.click.push(visit.sinceClick);
      times.load.push(visit.sinceLoad);
      times.foxClick.push(...(fox ? [fox.sinceClick] : []));
      times.foxLoad.push(...(fox ? [fox.sinceLoad] : []));
      times.alone.push(await boots.alone());
      times.firstNode.push(await boots.first(run));
      const stranger = await browser.visitor();
      const first = await stranger.boot();
      await stranger.leave();
      times.firstClick.push(first.sinceClick);
      times.firstLoad.push(first.sinceLoad);
    }
    /** @param {number[]} ours @param {number[]} others */
    const quotient = (ours, others) => ratio(median(ours), median(others));
    return [
      ["QEMU 7.2, `-icount shift=0,rr=record`", time(times.theirs), ""],
      ["Hindsight, Node, interpreter alone", time(times.alone), ""],
      ["Hindsight, Node, first boot", time(times.firstNode), ""],
      ["Hindsight, Node", time(times.node), ""],
      ["Hindsight, headless Chromium, first visit, from the click", time(times.firstClick), ""],
      ["Hindsight, headless Chromium, first visit, from page load", time(times.firstLoad), ""],
      ["Hindsight, headless Chromium, from the click", time(times.click), ""],
      ["Hindsight, headless Chromium, from page load", time(times.load), ""],
      ...(firefox === undefined
        ? []
        : [
            ["Hindsight, headless Firefox ESR, from the click", time(times.foxClick), ""],
            ["Hindsight, headless Firefox ESR, from page load", time(times.foxLoad), ""],
            ["Firefox / Node, from the click", quotient(times.foxClick, times.node), ""],
          ]),
      ["Node, interpreter alone / QEMU", quotient(times.alone, times.theirs), "≤ 8"],
      ["Node, first boot / QEMU", quotient(times.firstNode, times.theirs), "≤ 2.0"],
      ["Node / QEMU", quotient(times.node, times.theirs), "≤ 2.0"],
      ["Chromium, first visit, from page load / QEMU", quotient(times.firstLoad, times.theirs), ""],
      ["Chromium from page load / QEMU", quotient(times.load, times.theirs), "≤ 2.5"],
      ["Chromium / Node, first boot, from the click", quotient(times.firstClick, times.firstNode), "≤ 1.3"],
      ["Chromium / Node, from the click", quotient(times.click, times.node), "≤ 1.3"],
      ["log of the boot, without input", logSize(boots.log), "≤ 16 KB"],
    ];
  } finally {
    await browser.close();
    await firefox?.close();
    rmSync(folder, { recursive: true, force: true });
  }
}
