// Debian's kernels besides the guests': the generic one of the host's release, its newest backport, and a PC's for 32 bits.
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

/** arm64's, fetched when they are missing. Throws an error of one line when they cannot be had. @returns {Kernel[]} */
export function debianKernels() {
  return [kernel("generic", "linux-image-arm64", {}), kernel("backport", "linux-image-arm64", { backport: true })];
}

/** A PC's, by the packages that name the newest. */
const pcPackages = /** @type {const} */ ([
  ["linux-image-amd64", { architecture: "amd64" }],
  ["linux-image-amd64", { architecture: "amd64", backport: true }],
  ["linux-image-686", { architecture: "i386", updates: false }],
  ["linux-image-686-pae", { architecture: "i386", updates: false }],
]);

/**
 * A PC's kernel; when it cannot be had, why not in one line: a package may be gone.
 * @typedef {{ name: string, architecture: string, kernel: Kernel } | { name: string, architecture: string, missing: string }} PcKernel
 */

/** A PC's kernels, fetched when they are missing. @returns {PcKernel[]} */
export function pcKernels() {
  return pcPackages.map(([meta, from]) => pcKernel("backport" in from ? `${meta}-backport` : meta, meta, from));
}

/** @param {string} name @param {string} meta @param {From & { architecture: string }} from @returns {PcKernel} */
function pcKernel(name, meta, from) {
  const { architecture } = from;
  try {
    return { name, architecture, kernel: kernel(name, meta, from) };
  } catch (error) {
    return { name, architecture, missing: error instanceof Error ? error.message : String(error) };
  }
}

/** Kernels whose tables of symbols differ: 5.10, 6.1, 6.12, the newest that there are, and one of 32 bits. */
const symbolPackages = /** @type {const} */ ([
  ["cloud-amd64-bullseye", "linux-image-cloud-amd64", { architecture: "amd64", suite: "bullseye" }],
  ["cloud-amd64-bookworm", "linux-image-cloud-amd64", { architecture: "amd64", suite: "bookworm" }],
  ["cloud-amd64-trixie", "linux-image-cloud-amd64", { architecture: "amd64", suite: "trixie" }],
  ["cloud-amd64-trixie-backports", "linux-image-cloud-amd64", { architecture: "amd64", suite: "trixie-backports" }],
  ["cloud-amd64-sid", "linux-image-cloud-amd64", { architecture: "amd64", suite: "sid" }],
  ["linux-image-686-pae", "linux-image-686-pae", { architecture: "i386", updates: false }],
]);

/** @returns {PcKernel[]} */
export function symbolKernels() {
  return symbolPackages.map(([name, meta, from]) => pcKernel(name, meta, from));
}

/** @typedef {{ architecture?: string, backport?: boolean, updates?: boolean, suite?: string }} From */

/** @param {string} name @param {string} meta the package that names the newest one @param {From} from @returns {Kernel} */
function kernel(name, meta, from) {
  const [file, note] = [join(folder, name), join(folder, `${name}.version`)];
  // The note is written last.
  if (!existsSync(note)) fetch(meta, from, file, note);
  return { name, version: readFileSync(note, "utf8").trim(), file };
}

/** @param {string} meta @param {From} from @param {string} file @param {string} note */
function fetch(meta, { architecture = "arm64", backport = false, updates = true, suite }, file, note) {
  if (!aptExists()) throw new Error("no apt here to fetch kernels with");
  mkdirSync(folder, { recursive: true });
  const work = mkdtempSync(join(folder, "work-"));
  try {
    const apt = new Apt(
      work,
      backport
        ? { kind: "backports", architecture }
        : { kind: "binary", architecture, updates, ...(suite !== undefined && { suite }) },
    );
    apt.update();
    const image = /linux-image-\S+/.exec(apt.show(meta).get("Depends") ?? "")?.[0];
    if (image === undefined) throw new Error(`${meta} names no kernel package`);
    // Since 7.2 the file itself is in a package of its own.
    const holder = /linux-binary-[^\s,]+/.exec(apt.show(image).get("Depends") ?? "")?.[0] ?? image;
    process.stderr.write(`kernels: downloading ${holder}\n`);
    const pkg = apt.download(holder);
    const unpacked = join(work, "root");
    unpack(pkg, unpacked);
    const vmlinuz = readdirSync(unpacked, { recursive: true, encoding: "utf8" }).find((path) =>
      /(^|\/)vmlinuz(-[^/]*)?$/.test(path),
    );
    if (vmlinuz === undefined) throw new Error(`${holder} holds no kernel`);
    copyFileSync(join(unpacked, vmlinuz), `${file}.part`);
    renameSync(`${file}.part`, file);
    writeFileSync(note, `${image} ${pkg.version}\n`);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}
