// The guest's root: busybox, its links, and an /init that ends in a shell on the console.
// @ts-check
import { gzipSync } from "node:zlib";
import { Cpio } from "./cpio.mjs";

// A serial line has no size: without one, the shell would ask the terminal for its own at every prompt.
const init = `#!/bin/sh
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev
export PATH=/bin HOME=/root TERM=\${TERM:-linux}
hostname hindsight
cd /root
stty rows 24 cols 80
echo 'Hindsight guest ready'
setsid cttyhack sh
poweroff -f
`;

/** A gzipped newc archive. @param {Uint8Array} busybox a static one, of any architecture */
export function initramfs(busybox) {
  const archive = new Cpio();
  for (const path of ["bin", "dev", "etc", "proc", "root", "run", "sys", "tmp", "usr"]) archive.directory(path);
  archive.characterDevice("dev/console", 5, 1);
  archive.symlink("sbin", "bin");
  archive.symlink("usr/bin", "../bin");
  archive.symlink("usr/sbin", "../bin");
  archive.file("etc/passwd", "root:x:0:0:root:/root:/bin/sh\n", 0o644);
  archive.file("etc/group", "root:x:0:\n", 0o644);
  for (const applet of appletsOf(busybox)) archive.symlink(`bin/${applet}`, "busybox");
  archive.file("bin/busybox", busybox); // itself in the list: last
  archive.file("init", init);
  // zlib writes no time and, on every host we build on, the same operating system byte; fix it all the same.
  const compressed = gzipSync(archive.bytes(), { level: 9 });
  compressed[9] = 3;
  return compressed;
}

/**
 * The applets built into a busybox, from its table of names (`applet_names`: NUL-terminated, sorted, beginning with
 * `[` and `[[`), since a binary for another processor cannot be asked on this host.
 * @param {Uint8Array} busybox
 * @returns {string[]}
 */
export function appletsOf(busybox) {
  const text = Buffer.from(busybox).toString("latin1");
  const start = text.indexOf("\0[\0[[\0");
  if (start < 0) throw new Error("no applet table in this busybox");
  const applets = [];
  for (let at = start + 1; ;) {
    const end = text.indexOf("\0", at);
    const name = text.slice(at, end);
    if (!/^[\w.[-]+$/.test(name)) return applets;
    applets.push(name);
    at = end + 1;
  }
}
