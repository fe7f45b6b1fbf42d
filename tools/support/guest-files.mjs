// What lies in a site's guest/ folder (see src/worker/guest.ts), and where it is on this computer.
// @ts-check
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
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
