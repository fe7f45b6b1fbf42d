// The guest: Debian's arm64 cloud kernel, and an initramfs of ours with Debian's static busybox.
//
//   node tools/guest/index.mjs        fetches what is missing and prints the two paths
//
//   .cache/guest/Image                the kernel, as `-kernel` takes it
//   .cache/guest/initrd.gz            the initramfs, as `-initrd` takes it
//   .cache/guest/guest.json           the packages they were made from: [{ name, version }, ...]
//
// HINDSIGHT_KERNEL and HINDSIGHT_INITRD name other files instead. Removing .cache/guest fetches anew.
// @ts-check
import {
  copyFileSync,
  existsSync,
  mkdirSync,
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

/** Where the guest is kept. */
export const guestFolder = fileURLToPath(new URL("../../.cache/guest/", import.meta.url));

/** @typedef {{ kernel: string, initrd: string, packages: { name: string, version: string }[] }} Guest */

/**
 * The guest's files, fetched when missing. Progress goes to stderr. Throws an error of one line when they cannot be had.
 * @returns {Guest}
 */
export function guest() {
  const { HINDSIGHT_KERNEL: kernel, HINDSIGHT_INITRD: initrd } = process.env;
  if (kernel && initrd) return { kernel, initrd, packages: [] };
  const fetched = cached() ?? fetch();
  return { ...fetched, kernel: kernel || fetched.kernel, initrd: initrd || fetched.initrd };
}

const files = {
  kernel: join(guestFolder, "Image"),
  initrd: join(guestFolder, "initrd.gz"),
  manifest: join(guestFolder, "guest.json"),
};

/** @returns {Guest | undefined} */
function cached() {
  // The manifest is written last: where it stands, the others are whole.
  if (!existsSync(files.manifest)) return undefined;
  const { kernel, initrd, manifest } = files;
  return { kernel, initrd, packages: JSON.parse(readFileSync(manifest, "utf8")) };
}

/** @returns {Guest} */
function fetch() {
  if (!aptExists()) {
    throw new Error("no apt here to fetch the guest with: name one with HINDSIGHT_KERNEL and HINDSIGHT_INITRD");
  }
  mkdirSync(guestFolder, { recursive: true });
  const work = join(guestFolder, "work");
  const apt = new Apt(work);
  progress("reading Debian's arm64 index");
  apt.update();
  const meta = apt.show("linux-image-cloud-arm64").get("Depends") ?? "";
  const image = /linux-image-\S+/.exec(meta)?.[0];
  if (image === undefined) throw new Error("linux-image-cloud-arm64 names no kernel package");
  const packages = [image, "busybox-static"].map((name) => {
    progress(`downloading ${name}`);
    const pkg = apt.download(name);
    unpack(pkg, join(work, "root"));
    return { name: pkg.name, version: pkg.version, architecture: "arm64" };
  });
  progress("writing the initramfs");
  const root = join(work, "root");
  const vmlinuz = readdirSync(join(root, "boot")).find((name) => name.startsWith("vmlinuz-"));
  if (vmlinuz === undefined) throw new Error(`${image} holds no kernel`);
  const busybox = ["bin/busybox", "usr/bin/busybox"].map((path) => join(root, path)).find(existsSync);
  if (busybox === undefined) throw new Error("busybox-static holds no busybox");
  copyFileSync(join(root, "boot", vmlinuz), files.kernel);
  writeFileSync(files.initrd, initramfs(readFileSync(busybox)));
  writeFileSync(`${files.manifest}.part`, `${JSON.stringify(packages, null, 2)}\n`);
  renameSync(`${files.manifest}.part`, files.manifest);
  rmSync(work, { recursive: true });
  const { kernel, initrd } = files;
  return { kernel, initrd, packages };
}

/** @param {string} text */
function progress(text) {
  process.stderr.write(`guest: ${text}\n`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  readArguments(
    "node tools/guest/index.mjs: prints where the guest's kernel and initrd are; downloads them when they are missing",
  );
  try {
    const { kernel, initrd } = guest();
    console.log(`${kernel}\n${initrd}`);
  } catch (error) {
    progress(error instanceof Error ? error.message : String(error));
    process.exitCode = 1;
  }
}
