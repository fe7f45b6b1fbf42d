// The guests: Debian's cloud kernel for an architecture, and an initramfs of ours with Debian's static busybox.
//
//   node tools/guest/index.mjs [--amd64]  fetches what is missing and prints the two paths
//
//   .cache/guest/Image                the kernel for arm64, as `-kernel` takes it; .cache/guest-amd64/bzImage for amd64
//   .cache/guest/initrd.gz            the initramfs, as `-initrd` takes it
//   .cache/guest/guest.json           the packages they were made from: [{ name, version, architecture }, ...]
//
// HINDSIGHT_KERNEL and HINDSIGHT_INITRD name other files instead of arm64's. Removing .cache/guest fetches anew.
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
import { readArguments } from "../support/arguments.mjs";
import { Apt, aptExists, unpack } from "./apt.mjs";
import { initramfs } from "./initramfs.mjs";

/** Where arm64's guest is kept. */
export const guestFolder = fileURLToPath(new URL("../../.cache/guest/", import.meta.url));

/** @typedef {{ name: string, version: string, architecture: string }} Origin */
/** @typedef {{ kernel: string, initrd: string, packages: Origin[] }} Guest */

/** What differs: where it is kept, and how its kernel is called. */
const kinds = {
  arm64: { folder: guestFolder, image: "Image" },
  amd64: { folder: fileURLToPath(new URL("../../.cache/guest-amd64/", import.meta.url)), image: "bzImage" },
};
/** @typedef {keyof typeof kinds} Architecture */

/**
 * A guest's files, fetched when missing. Progress goes to stderr. Throws an error of one line when they cannot be had.
 * @param {Architecture} [architecture]
 * @returns {Guest}
 */
export function guest(architecture = "arm64") {
  const { HINDSIGHT_KERNEL: kernel, HINDSIGHT_INITRD: initrd } = architecture === "arm64" ? process.env : {};
  if (kernel && initrd) return { kernel, initrd, packages: [] };
  const fetched = cached(architecture) ?? fetch(architecture);
  return { ...fetched, kernel: kernel || fetched.kernel, initrd: initrd || fetched.initrd };
}

/** @param {Architecture} architecture */
function filesOf(architecture) {
  const { folder, image } = kinds[architecture];
  return { kernel: join(folder, image), initrd: join(folder, "initrd.gz"), manifest: join(folder, "guest.json") };
}

/** @param {Architecture} architecture @returns {Guest | undefined} */
function cached(architecture) {
  const { kernel, initrd, manifest } = filesOf(architecture);
  // The manifest is written last: where it stands, the others are whole.
  if (!existsSync(manifest)) return undefined;
  return { kernel, initrd, packages: JSON.parse(readFileSync(manifest, "utf8")) };
}

/** @param {Architecture} architecture @returns {Guest} */
function fetch(architecture) {
  if (!aptExists()) {
    const instead = architecture === "arm64" ? ": name one with HINDSIGHT_KERNEL and HINDSIGHT_INITRD" : "";
    throw new Error(`no apt here to fetch the guest with${instead}`);
  }
  const { folder } = kinds[architecture];
  const { kernel, initrd, manifest } = filesOf(architecture);
  mkdirSync(folder, { recursive: true });
  // Two runs may fetch at once.
  const work = mkdtempSync(join(folder, "work-"));
  try {
    const apt = new Apt(join(work, "apt"), { kind: "binary", architecture });
    progress(`reading Debian's ${architecture} index`);
    apt.update();
    const meta = `linux-image-cloud-${architecture}`;
    const image = /linux-image-\S+/.exec(apt.show(meta).get("Depends") ?? "")?.[0];
    if (image === undefined) throw new Error(`${meta} names no kernel package`);
    const root = join(work, "root");
    const packages = [image, "busybox-static"].map((name) => {
      progress(`downloading ${name}`);
      const pkg = apt.download(name);
      unpack(pkg, root);
      return { name: pkg.name, version: pkg.version, architecture };
    });
    progress("writing the initramfs");
    const vmlinuz = readdirSync(join(root, "boot")).find((name) => name.startsWith("vmlinuz-"));
    if (vmlinuz === undefined) throw new Error(`${image} holds no kernel`);
    const busybox = ["bin/busybox", "usr/bin/busybox"].map((path) => join(root, path)).find(existsSync);
    if (busybox === undefined) throw new Error("busybox-static holds no busybox");
    const part = (/** @type {string} */ name) => join(work, name);
    copyFileSync(join(root, "boot", vmlinuz), part("kernel"));
    writeFileSync(part("initrd"), initramfs(readFileSync(busybox)));
    writeFileSync(part("manifest"), `${JSON.stringify(packages, null, 2)}\n`);
    renameSync(part("kernel"), kernel);
    renameSync(part("initrd"), initrd);
    renameSync(part("manifest"), manifest);
    return { kernel, initrd, packages };
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** @param {string} text */
function progress(text) {
  process.stderr.write(`guest: ${text}\n`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = readArguments(
    "node tools/guest/index.mjs [--amd64]: prints where the guest's kernel and initrd are; downloads them when they are missing",
    { options: { amd64: { type: "boolean" } } },
  );
  try {
    const { kernel, initrd } = guest(values.amd64 ? "amd64" : "arm64");
    console.log(`${kernel}\n${initrd}`);
  } catch (error) {
    progress(error instanceof Error ? error.message : String(error));
    process.exitCode = 1;
  }
}
