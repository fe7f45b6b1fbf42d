// An initramfs of Debian's arm64 packages, their dependencies and busybox, which runs scripts and powers off.
// @ts-check
import { createHash } from "node:crypto";
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Apt, unpack } from "../guest/apt.mjs";
import { Cpio } from "../guest/cpio.mjs";
import { appletsOf } from "../guest/initramfs.mjs";

const folder = fileURLToPath(new URL("../../.cache/oracle/", import.meta.url));

/** Folders that no program needs here. */
const UNUSED = /^usr\/share\/(doc|man|locale|info|lintian|bug|doc-base|bash-completion|zoneinfo|i18n)$/;

/** Printed before and after a script's output. */
export const marker = (/** @type {string} */ what, /** @type {string} */ name) => `### ${what} ${name}`;

/**
 * @typedef {object} Program
 * @property {string} name
 * @property {readonly string[]} packages
 * @property {string} script for sh, in an empty folder; its output must not depend on time
 */

/**
 * Path of an initramfs with these programs; made when there is none of the same. Not compressed: to unpack it would take
 * the guest longer than to copy it.
 * @param {readonly Program[]} programs
 * @returns {string}
 */
export function oracleInitramfs(programs) {
  const key = createHash("sha256").update(JSON.stringify(programs)).digest("hex").slice(0, 16);
  const file = join(folder, `${key}.cpio`);
  if (existsSync(file)) return file;
  const root = unpacked([...new Set(["busybox-static", ...programs.flatMap(({ packages }) => packages)])].sort());
  const archive = new Cpio();
  for (const path of ["bb", "bin", "dev", "etc", "lib", "proc", "root", "run", "sys", "tmp", "usr", "var", "programs"])
    archive.directory(path);
  addTree(archive, root, "");
  const busybox = readFileSync(join(root, "bin/busybox"));
  for (const applet of appletsOf(busybox)) archive.symlink(`bb/${applet}`, "/bin/busybox");
  if (!existsSync(join(root, "bin/sh"))) archive.symlink("bin/sh", "busybox");
  archive.characterDevice("dev/console", 5, 1);
  archive.file("etc/passwd", "root:x:0:0:root:/root:/bin/sh\n", 0o644);
  archive.file("etc/group", "root:x:0:\n", 0o644);
  for (const { name, script } of programs) archive.file(`programs/${name}.sh`, script);
  archive.file("init", init(programs.map(({ name }) => name)));
  writeFileSync(`${file}.part`, archive.bytes());
  renameSync(`${file}.part`, file);
  return file;
}

/** @param {string[]} names */
function init(names) {
  return `#!/bin/busybox sh
export PATH=/usr/bin:/bin:/usr/sbin:/sbin:/bb HOME=/root LC_ALL=C TZ=UTC PYTHONHASHSEED=0 PERL_HASH_SEED=0
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev
mount -t tmpfs tmpfs /tmp
stty -onlcr
${names
  .map(
    (name) => `mkdir -p /tmp/${name}
cd /tmp/${name}
echo '${marker("begin", name)}'
sh /programs/${name}.sh 2>&1
echo "status $?"
echo '${marker("end", name)}'
cd /
rm -rf /tmp/${name}
`,
  )
  .join("")}poweroff -f
`;
}

/** The folder with the files of these packages and of all that they need. @param {string[]} names */
function unpacked(names) {
  const key = createHash("sha256").update(names.join()).digest("hex").slice(0, 16);
  const root = join(folder, `root-${key}`);
  if (existsSync(root)) return root;
  mkdirSync(folder, { recursive: true });
  // Two runs may fetch at once.
  const work = mkdtempSync(join(folder, "work-"));
  const apt = new Apt(work);
  process.stderr.write("oracle: reading Debian's arm64 index\n");
  apt.update();
  const part = join(work, "root");
  const needed = apt.closure(names);
  process.stderr.write(`oracle: downloading ${needed.length} packages\n`);
  for (const file of apt.downloadAll(needed)) unpack({ file }, part);
  if (!existsSync(root)) renameSync(part, root);
  rmSync(work, { recursive: true });
  return root;
}

/** @param {Cpio} archive @param {string} root @param {string} at */
function addTree(archive, root, at) {
  for (const name of readdirSync(join(root, at))) {
    const path = at === "" ? name : `${at}/${name}`;
    const stat = lstatSync(join(root, path));
    if (UNUSED.test(path)) continue;
    if (stat.isSymbolicLink()) archive.symlink(path, readlinkSync(join(root, path)));
    else if (stat.isDirectory()) {
      archive.directory(path);
      addTree(archive, root, path);
    } else if (stat.isFile()) archive.file(path, readFileSync(join(root, path)), stat.mode & 0o777);
  }
}
