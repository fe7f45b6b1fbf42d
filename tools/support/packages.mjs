// The Debian packages that the tests need, by the program that each is wanted for.
// @ts-check
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";

/** @type {Readonly<Record<string, string>>} program, or a file of a library, to package */
const packages = {
  chromium: "chromium",
  "gdb-multiarch": "gdb-multiarch",
  "aarch64-linux-gnu-as": "binutils-aarch64-linux-gnu",
  "qemu-system-aarch64": "qemu-system-arm",
  "qemu-system-x86_64": "qemu-system-x86",
  "qemu-img": "qemu-utils",
  "qemu-aarch64": "qemu-user",
  dtc: "device-tree-compiler",
  "llvm-mc": "llvm",
  ...(process.arch === "x64" && {
    gcc: "gcc",
    "/usr/lib32/libc.a": "libc6-dev-i386",
    "/usr/lib/gcc/x86_64-linux-gnu/12/32/libgcc.a": "lib32gcc-12-dev",
  }),
};

/** Names of the packages whose program is not on the path. */
function missing() {
  const folders = (process.env["PATH"] ?? "").split(delimiter);
  return Object.keys(packages)
    .filter((program) => !["", ...folders].some((folder) => existsSync(join(folder, program))))
    .map((program) => packages[program] ?? program);
}

/** Installs what is missing, quietly, where that is possible; else says in one line what is. True when all is there. */
export function installPackages() {
  const wanted = missing();
  if (wanted.length === 0) return true;
  if (process.getuid?.() !== 0 || !existsSync("/etc/debian_version")) {
    process.stderr.write(`missing: ${wanted.join(" ")} (npm test installs them on Debian as root)\n`);
    return false;
  }
  process.stderr.write(`installing ${wanted.join(" ")}\n`);
  // The package lists are fetched only when the ones at hand do not do.
  if (!apt(["install", ...wanted])) {
    apt(["update"]);
    const error = apt(["install", ...wanted]) ? undefined : missing();
    if (error !== undefined) process.stderr.write(`apt could not install: ${error.join(" ")}\n`);
  }
  return missing().length === 0;
}

/** @param {string[]} args */
function apt(args) {
  const quiet = ["-qq", "-y", "--no-install-recommends", "-o", "Dpkg::Use-Pty=0"];
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  return spawnSync("apt-get", [...quiet, ...args], { stdio: ["ignore", "ignore", "pipe"], env }).status === 0;
}
