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
 * A PC's kernels, fetched when they are missing; of one that cannot be had, why not in one line: a package may be gone.
 * @returns {({ name: string, architecture: string, kernel: Kernel } | { name: string, architecture: string, missing: string })[]}
 */
export function pcKernels() {
  return pcPackages.map(([meta, from]) => {
    const name = "backport" in from ? `${meta}-backport` : meta;
    const { architecture } = from;
    try {
      return { name, architecture, kernel: kernel(name, meta, from) };
    } catch (error) {
      return { name, architecture, missing: error instanceof Error ? error.message : String(error) };
    }
  });
}

/** @typedef {{ architecture?: string, backport?: boolean, updates?: boolean }} From */

/** @param {string} name @param {string} meta the package that names the newest one @param {From} from @returns {Kernel} */
function kernel(name, meta, from) {
  const [file, note] = [join(folder, name), join(folder, `${name}.version`)];
  // The note is written last.
  if (!existsSync(note)) fetch(meta, from, file, note);
  return { name, version: readFileSync(note, "utf8").trim(), file };
}

/** @param {string} meta @param {From} from @param {string} file @param {string} note */
function fetch(meta, { architecture = "arm64", backport = false, updates = true }, file, note) {
  if (!aptExists()) throw new Error("no apt here to fetch kernels with");
  mkdirSync(folder, { recursive: true });
  const work = mkdtempSync(join(folder, "work-"));
  try {
    const apt = new Apt(
      work,
      backport ? { kind: "backports", architecture } : { kind: "binary", architecture, updates },
    );
    apt.update();
    const image = /linux-image-\S+/.exec(apt.show(meta).get("Depends") ?? "")?.[0];
    if (image === undefined) throw new Error(`${meta} names no kernel package`);
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
