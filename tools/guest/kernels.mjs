// Debian's arm64 kernels besides the guest's: the generic one of the host's release, and its newest backport.
// @ts-check
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Apt, aptExists, unpack } from "./apt.mjs";

const folder = fileURLToPath(new URL("../../.cache/kernels/", import.meta.url));

/** @typedef {{ name: string, version: string, file: string }} Kernel */

/** The kernels, fetched when they are missing. Throws an error of one line when they cannot be had. @returns {Kernel[]} */
export function debianKernels() {
  return [kernel("generic", "binary"), kernel("backport", "backports")];
}

/** @param {string} name @param {"binary" | "backports"} kind @returns {Kernel} */
function kernel(name, kind) {
  const [file, note] = [join(folder, name), join(folder, `${name}.version`)];
  // The note is written last.
  if (!existsSync(note)) fetch(kind, file, note);
  return { name, version: readFileSync(note, "utf8").trim(), file };
}

/** @param {"binary" | "backports"} kind @param {string} file @param {string} note */
function fetch(kind, file, note) {
  if (!aptExists()) throw new Error("no apt here to fetch kernels with");
  mkdirSync(folder, { recursive: true });
  const work = mkdtempSync(join(folder, "work-"));
  try {
    const apt = new Apt(work, { kind });
    apt.update();
    const image = /linux-image-\S+/.exec(apt.show("linux-image-arm64").get("Depends") ?? "")?.[0];
    if (image === undefined) throw new Error("linux-image-arm64 names no kernel package");
    process.stderr.write(`kernels: downloading ${image}\n`);
    const pkg = apt.download(image);
    unpack(pkg, join(work, "root"));
    const boot = join(work, "root/boot");
    const vmlinuz = readdirSync(boot).find((entry) => entry.startsWith("vmlinuz-"));
    if (vmlinuz === undefined) throw new Error(`${image} holds no kernel`);
    copyFileSync(join(boot, vmlinuz), `${file}.part`);
    renameSync(`${file}.part`, file);
    writeFileSync(note, `${image} ${pkg.version}\n`);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}
