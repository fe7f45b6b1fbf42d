// What lies in a site's guest/ folder (see src/worker/guest.ts), and where it is on this computer.
// @ts-check
import { execFile } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { guest } from "../guest/index.mjs";
import { demoRecording, demoTranslations } from "./build.mjs";
import { root } from "./process.mjs";

/**
 * Files by their path in the site. The packages that the guest was made from are stated beside it. The demo recording
 * is left out when there is none of this guest.
 * @param {boolean} demo
 * @returns {Map<string, string>}
 */
export function guestFiles(demo) {
  const { kernel, initrd, packages } = guest();
  for (const [file, variable] of [
    [kernel, "HINDSIGHT_KERNEL"],
    [initrd, "HINDSIGHT_INITRD"],
  ])
    if (!existsSync(file ?? "")) throw new Error(`${file} does not exist: see ${variable}`);
  const manifest = join(root, "build/guest.json");
  mkdirSync(join(root, "build"), { recursive: true });
  writeFileSync(manifest, `${JSON.stringify(packages, null, 2)}\n`);
  const files = new Map([
    ["guest/Image", kernel],
    ["guest/initrd.gz", initrd],
    ["guest/guest.json", manifest],
  ]);
  if (demo && existsSync(demoRecording)) files.set("guest/demo.hindsight", demoRecording);
  if (demo && existsSync(demoTranslations)) files.set("guest/demo.translations", demoTranslations);
  return files;
}

/** What boots a PC, by what the boards ask for. */
const firmware = ["bios-256k.bin", "vgabios-stdvga.bin", "linuxboot_dma.bin", "multiboot_dma.bin", "pvh.bin"];

/**
 * The second guest's files, and a PC's firmware, by their path in the site: fetched when they are asked for. They reject with an
 * error of one line where that fails, and try again the next time.
 * @returns {Map<string, () => Promise<string>>}
 */
export function laterFiles() {
  const guest = once(() => pathsFrom("tools/guest/index.mjs", ["--amd64"]));
  const file = (/** @type {number} */ line) => async () => /** @type {string} */ ((await guest())[line]);
  const bios = firmware.map((name) => {
    const paths = once(() => pathsFrom("tools/guest/firmware.mjs", [name]));
    const path = async () => /** @type {string} */ ((await paths())[0]);
    return /** @type {const} */ ([`guest/firmware/${name}`, path]);
  });
  return new Map([["guest-amd64/bzImage", file(0)], ["guest-amd64/initrd.gz", file(1)], ...bios]);
}

/** The paths that a script of ours prints, one a line; in a process of its own, which holds nobody up. @param {string} script @param {string[]} args */
async function pathsFrom(script, args) {
  const child = promisify(execFile)(process.execPath, [join(root, script), ...args]);
  // What it is doing, and why it fails, is for who reads the terminal.
  child.child.stderr?.pipe(process.stderr, { end: false });
  const { stdout } = await child;
  return stdout.trim().split("\n");
}

/** Done once for all who ask, unless it fails. @template T @param {() => Promise<T>} work @returns {() => Promise<T>} */
function once(work) {
  /** @type {Promise<T> | undefined} */
  let done;
  return () =>
    (done ??= work().catch((error) => {
      done = undefined;
      throw error;
    }));
}
