// Debian's firmware for QEMU's `virt`, as `-bios` takes it; fetched when it is missing.
// @ts-check
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Apt, aptExists, unpack } from "./apt.mjs";

const folder = fileURLToPath(new URL("../../.cache/firmware/", import.meta.url));

/** Path of U-Boot. Throws an error of one line when it cannot be had. */
export const uBoot = () => firmware("u-boot-qemu", "usr/lib/u-boot/qemu_arm64/u-boot.bin", "u-boot.bin");

/** Path of EDK II's UEFI. Throws an error of one line when it cannot be had. */
export const uefi = () => firmware("qemu-efi-aarch64", "usr/share/qemu-efi-aarch64/QEMU_EFI.fd", "QEMU_EFI.fd");

/** @param {string} name of the package @param {string} path in it @param {string} kept its name here @returns {string} */
function firmware(name, path, kept) {
  const file = join(folder, kept);
  if (existsSync(file)) return file;
  if (!aptExists()) throw new Error(`no apt here to fetch ${name} with`);
  mkdirSync(folder, { recursive: true });
  // Two runs may fetch at once.
  const work = mkdtempSync(join(folder, "work-"));
  try {
    process.stderr.write(`firmware: downloading ${name}\n`);
    const apt = new Apt(work);
    apt.update();
    unpack(apt.download(name), join(work, "root"));
    const part = join(work, kept);
    copyFileSync(join(work, "root", path), part);
    renameSync(part, file);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  return file;
}
