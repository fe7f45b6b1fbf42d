// Debian's U-Boot for QEMU's `virt`, as `-bios` takes it; fetched when it is missing.
// @ts-check
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Apt, aptExists, unpack } from "./apt.mjs";

const folder = fileURLToPath(new URL("../../.cache/firmware/", import.meta.url));

/** Path of u-boot.bin. Throws an error of one line when it cannot be had. @returns {string} */
export function uBoot() {
  const file = join(folder, "u-boot.bin");
  if (existsSync(file)) return file;
  if (!aptExists()) throw new Error("no apt here to fetch U-Boot with");
  mkdirSync(folder, { recursive: true });
  // Two runs may fetch at once.
  const work = mkdtempSync(join(folder, "work-"));
  try {
    process.stderr.write("firmware: downloading u-boot-qemu\n");
    const apt = new Apt(work);
    apt.update();
    unpack(apt.download("u-boot-qemu"), join(work, "root"));
    const part = join(work, "u-boot.bin");
    copyFileSync(join(work, "root/usr/lib/u-boot/qemu_arm64/u-boot.bin"), part);
    renameSync(part, file);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  return file;
}
