// What the benchmark boots in v86: Debian's 32-bit kernel, our initramfs with a 32-bit busybox, and a PC's firmware.
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
import { initramfs } from "./initramfs.mjs";

const cache = fileURLToPath(new URL("../../.cache/", import.meta.url));
const folder = join(cache, "i386");

/** Paths of the files, fetched when missing. Throws an error of one line when they cannot be had. */
export function pcGuest() {
  if (!existsSync(folder)) fetch();
  const file = (/** @type {string} */ name) => join(folder, name);
  return { kernel: file("vmlinuz"), initrd: file("initrd.gz"), bios: file("bios.bin"), vgaBios: file("vgabios.bin") };
}

function fetch() {
  if (!aptExists()) throw new Error("no apt here to fetch the 32-bit guest with");
  mkdirSync(cache, { recursive: true });
  const work = mkdtempSync(join(cache, "i386-"));
  try {
    // Figures are compared over months: the release's own kernel changes less often than its updates.
    const apt = new Apt(join(work, "apt"), { kind: "binary", architecture: "i386", updates: false });
    apt.update();
    const image = /linux-image-\S+/.exec(apt.show("linux-image-686").get("Depends") ?? "")?.[0];
    if (image === undefined) throw new Error("linux-image-686 names no kernel package");
    const root = join(work, "root");
    for (const name of [image, "busybox-static", "seabios"]) {
      process.stderr.write(`i386 guest: downloading ${name}\n`);
      unpack(apt.download(name), root);
    }
    const vmlinuz = readdirSync(join(root, "boot")).find((name) => name.startsWith("vmlinuz-"));
    if (vmlinuz === undefined) throw new Error(`${image} holds no kernel`);
    const whole = join(work, "whole");
    mkdirSync(whole);
    copyFileSync(join(root, "boot", vmlinuz), join(whole, "vmlinuz"));
    writeFileSync(join(whole, "initrd.gz"), initramfs(readFileSync(join(root, "bin/busybox"))));
    copyFileSync(join(root, "usr/share/seabios/bios.bin"), join(whole, "bios.bin"));
    copyFileSync(join(root, "usr/share/seabios/vgabios-stdvga.bin"), join(whole, "vgabios.bin"));
    renameSync(whole, folder);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}
