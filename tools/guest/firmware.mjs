// Debian's firmware, fetched when it is missing: for QEMU's `virt`, as `-bios` takes it, and what its `pc` boots with; memtest86+.
//
//   node tools/guest/firmware.mjs NAME...   fetches what is missing of a PC's files and prints their paths, one a line
//
// @ts-check
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { readArguments } from "../support/arguments.mjs";
import { Apt, aptExists, unpack } from "./apt.mjs";

const folder = fileURLToPath(new URL("../../.cache/firmware/", import.meta.url));

/** Path of U-Boot. Throws an error of one line when it cannot be had. */
export const uBoot = () => firmware("u-boot-qemu", "usr/lib/u-boot/qemu_arm64/u-boot.bin", "u-boot.bin");

/** Path of EDK II's UEFI. Throws an error of one line when it cannot be had. */
export const uefi = () => firmware("qemu-efi-aarch64", "usr/share/qemu-efi-aarch64/QEMU_EFI.fd", "QEMU_EFI.fd");

/** Path of memtest86+, which a PC boots as a kernel. Throws an error of one line when it cannot be had. */
export const memtest = () => firmware("memtest86+", "boot/memtest86+x64.bin", "memtest86+x64.bin", "amd64");

/** A PC's BIOS, that of its graphics card, and the option ROMs that boot kernels: the package of each. */
const packages = {
  seabios: ["bios-256k.bin", "vgabios-stdvga.bin"],
  "qemu-system-data": ["linuxboot_dma.bin", "multiboot_dma.bin", "pvh.bin"],
};
const shared = { seabios: "usr/share/seabios", "qemu-system-data": "usr/share/qemu" };

/** Path of one of a PC's files. Throws an error of one line when it cannot be had. @param {string} name */
export function pcFirmware(name) {
  for (const [pkg, files] of Object.entries(packages))
    if (files.includes(name)) return firmware(pkg, `${shared[/** @type {keyof typeof shared} */ (pkg)]}/${name}`, name);
  throw new Error(`there is no firmware called ${name}`);
}

/**
 * @param {string} name of the package @param {string} path in it @param {string} kept its name here
 * @param {string} [architecture] where the package is of one
 */
function firmware(name, path, kept, architecture = "arm64") {
  const file = join(folder, kept);
  if (existsSync(file)) return file;
  if (!aptExists()) throw new Error(`no apt here to fetch ${name} with`);
  mkdirSync(folder, { recursive: true });
  // Two runs may fetch at once.
  const work = mkdtempSync(join(folder, "work-"));
  try {
    process.stderr.write(`firmware: downloading ${name}\n`);
    const apt = new Apt(work, { kind: "binary", architecture });
    apt.update();
    unpack(apt.download(name), join(work, "root"));
    keep(work, join("root", path), kept);
    for (const other of packages[/** @type {keyof typeof packages} */ (name)] ?? [])
      keep(work, join("root", path, "..", other), other);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  return file;
}

/** @param {string} work @param {string} path in it @param {string} name */
function keep(work, path, name) {
  const part = join(work, name);
  copyFileSync(join(work, path), part);
  renameSync(part, join(folder, name));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { positionals } = readArguments(
    "node tools/guest/firmware.mjs NAME...: prints where a PC's firmware is; downloads what is missing",
    { allowPositionals: true },
  );
  try {
    for (const name of positionals) console.log(pcFirmware(name));
  } catch (error) {
    process.stderr.write(`firmware: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}
