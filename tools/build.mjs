// `npm run build`: dist/, the page with its guest and the demo recording, for any file server and any folder of it.
// @ts-check
import "./support/node-version.mjs";
import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { readArguments } from "./support/arguments.mjs";
import { buildInterpreter, buildPage, buildTools, installDependencies, recordDemo } from "./support/build.mjs";
import { guestFiles, laterFiles } from "./support/guest-files.mjs";
import { root } from "./support/process.mjs";

const folder = "dist";

readArguments("npm run build: makes dist/, a static site with guest and demo recording");

try {
  if (!installDependencies() || !buildTools() || !buildInterpreter() || !recordDemo() || !buildPage(folder))
    throw new Error("stopped: see above");
  /** @param {string} path in the site @param {string} file */
  const put = (path, file) => {
    const copy = join(root, folder, path);
    mkdirSync(dirname(copy), { recursive: true });
    copyFileSync(file, copy);
  };
  for (const [path, file] of guestFiles(true)) put(path, file);
  for (const [path, file] of await secondGuest()) put(path, file);
  // No bridge runs beside a static site: the page asks, and need not meet an error.
  writeFileSync(join(root, folder, "bridge.json"), "{}\n");
  process.stderr.write(`built ${folder}/: serve it from anywhere\n`);
} catch (error) {
  process.stderr.write(`build: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}

/** All of it, or nothing where something cannot be had: the page offers what is there. */
async function secondGuest() {
  /** @type {[string, string][]} */
  const files = [];
  try {
    for (const [path, file] of laterFiles()) files.push([path, await file()]);
    return files;
  } catch (error) {
    process.stderr.write(
      `build: goes without the second guest: ${error instanceof Error ? error.message : String(error)}\n`,
    );
    return [];
  }
}
