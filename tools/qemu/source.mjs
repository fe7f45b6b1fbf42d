// QEMU's own functional tests, from sid's source package: into the cache, to be run. Nothing of it becomes part of this
// project. Removing .cache/qemu fetches anew.
// @ts-check
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Apt, aptExists } from "../guest/apt.mjs";

/** Where QEMU's tests, their kernel and their results are kept. */
export const qemuFolder = fileURLToPath(new URL("../../.cache/qemu/", import.meta.url));

const wanted = ["*/tests/functional", "*/python/qemu"];

/** The folder with QEMU's tests/functional and python, and its version. @returns {{ folder: string, version: string }} */
export function qemuTests() {
  const folder = join(qemuFolder, "source");
  const note = join(folder, "version");
  if (!existsSync(note)) fetch(folder);
  return { folder, version: readFileSync(note, "utf8").trim() };
}

/** @param {string} folder */
function fetch(folder) {
  if (!aptExists()) throw new Error("no apt here to fetch QEMU's tests with");
  const work = join(qemuFolder, "work");
  rmSync(work, { recursive: true, force: true });
  const apt = new Apt(work, { kind: "source", suite: "sid" });
  progress("reading sid's index of sources");
  apt.update();
  const { version, archive } = newest(apt);
  const part = join(work, "source");
  mkdirSync(part);
  execFileSync("tar", ["-xf", archive, "-C", part, "--strip-components=1", "--wildcards", ...wanted]);
  writeFileSync(join(part, "version"), `${version}\n`);
  rmSync(folder, { recursive: true, force: true });
  renameSync(part, folder);
  rmSync(work, { recursive: true });
}

/** sid's index may be ahead of the mirror: the newest version that can be had. @param {Apt} apt */
function newest(apt) {
  const order = (/** @type {string} */ a, /** @type {string} */ b) => b.localeCompare(a, "en", { numeric: true });
  let failure = new Error("sid's index has no qemu");
  for (const version of apt.sourceVersions("qemu").sort(order)) {
    progress(`downloading the source of qemu ${version}`);
    try {
      return { version, archive: apt.downloadSource("qemu", version) };
    } catch (error) {
      failure = /** @type {Error} */ (error);
    }
  }
  throw failure;
}

/** @param {string} text */
function progress(text) {
  process.stderr.write(`qemu: ${text}\n`);
}
