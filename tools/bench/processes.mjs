// Whole processes, timed from their start to a line on their console.
// @ts-check
import { spawn } from "node:child_process";
import { join } from "node:path";
import { root } from "../support/process.mjs";

export const append = "console=ttyAMA0 nokaslr panic=-1";
export const readyLine = "Hindsight guest ready";

/** @param {{ kernel: string, initrd: string }} files @param {string} log */
export function bootOptions(files, log) {
  const machine = ["-M", "virt", "-cpu", "cortex-a53", "-m", "256", "-nographic", "-no-reboot", "-net", "none"];
  const images = ["-kernel", files.kernel, "-initrd", files.initrd, "-append", append];
  return [...machine, ...images, "-icount", `shift=0,rr=record,rrfile=${log}`];
}

/** Our command, without the build check of bin/. */
export const ours = [process.execPath, join(root, "build/src/cli/main.js")];
export const qemu = ["qemu-system-aarch64"];

/**
 * Milliseconds from the start of a process to a text on its console; the process is ended then.
 * @param {string[]} command @param {string[]} options @param {string} text @returns {Promise<number>}
 */
export function timeToLine(command, options, text) {
  const [program, ...first] = command;
  const start = performance.now();
  const child = spawn(/** @type {string} */ (program), [...first, ...options], { stdio: ["pipe", "pipe", "inherit"] });
  return new Promise((resolve, reject) => {
    let seen = "";
    let elapsed = NaN;
    child.on("error", reject);
    child.stdout.on("data", (bytes) => {
      seen = (seen + bytes.toString("latin1")).slice(-4096);
      if (Number.isNaN(elapsed) && seen.includes(text)) {
        elapsed = performance.now() - start;
        child.kill("SIGTERM");
      }
    });
    child.on("close", () => {
      if (Number.isNaN(elapsed)) reject(new Error(`${program} ended before "${text}"`));
      else resolve(elapsed);
    });
  });
}
