// The guest kernels with their debug symbols: Debian's vmlinux, for gdb.
//
//   node tools/guest/debug-symbols.mjs [--amd64]   fetches it when it is missing and prints its path
//
// A package is a download of some 260 MB, of which only vmlinux is kept. Removing .cache/debug fetches anew.
// @ts-check
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { readArguments } from "../support/arguments.mjs";
import { Apt, aptExists } from "./apt.mjs";
import { guest } from "./index.mjs";

const folder = fileURLToPath(new URL("../../.cache/debug/", import.meta.url));

/**
 * The file, fetched when missing. Throws an error of one line when it cannot be had.
 * @param {import("./index.mjs").Architecture} [architecture]
 * @returns {string}
 */
export function debugKernel(architecture = "arm64") {
  const kernel = guest(architecture).packages.find(({ name }) => name.startsWith("linux-image-"));
  if (kernel === undefined) throw new Error("the guest's kernel is not Debian's: there are no debug symbols of it");
  const file = join(folder, `vmlinux-${architecture === "arm64" ? "" : `${architecture}-`}${kernel.version}`);
  if (!existsSync(file)) fetch(`${kernel.name}-dbg`, kernel, file);
  return file;
}

/** @param {string} name @param {import("./index.mjs").Origin} kernel @param {string} file */
function fetch(name, { architecture, version }, file) {
  if (!aptExists()) throw new Error("no apt here to fetch the kernel's debug symbols with");
  mkdirSync(folder, { recursive: true });
  const work = mkdtempSync(join(folder, "work-"));
  try {
    const apt = new Apt(work, { kind: "binary", architecture });
    apt.update();
    const newest = apt.show(name).get("Version");
    if (newest !== version) throw new Error(`the archive has ${name} ${newest}, not the guest's ${version}`);
    process.stderr.write(`guest: downloading ${name}, 260 MB\n`);
    const { file: deb } = apt.download(name);
    const part = join(work, "vmlinux");
    const unpack = 'dpkg-deb --fsys-tarfile "$1" | tar -xOf - --wildcards "*/boot/vmlinux-*" > "$2"';
    execFileSync("sh", ["-c", unpack, "sh", deb, part]);
    renameSync(part, file);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = readArguments(
    "node tools/guest/debug-symbols.mjs [--amd64]: prints where the guest's vmlinux is; downloads 260 MB when it is missing",
    { options: { amd64: { type: "boolean" } } },
  );
  try {
    console.log(debugKernel(values.amd64 ? "amd64" : "arm64"));
  } catch (error) {
    process.stderr.write(`guest: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}
