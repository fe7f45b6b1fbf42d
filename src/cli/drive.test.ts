import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { checkDrive } from "./drive.ts";
import { checkQcow2 } from "./qcow2.ts";

const qemuImg = "/usr/bin/qemu-img";

/** A header of an empty image of 1 MiB as the format's description has it: 64 KiB clusters, tables in clusters 1 and 3. */
function header(change: (view: DataView) => void = () => {}): Uint8Array {
  const bytes = new Uint8Array(104);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, 0x514649fb);
  view.setUint32(4, 3);
  view.setUint32(20, 16);
  view.setBigUint64(24, 1n << 20n);
  view.setUint32(36, 1);
  view.setBigUint64(40, 0x30000n);
  view.setBigUint64(48, 0x10000n);
  view.setUint32(56, 1);
  view.setUint32(96, 4);
  view.setUint32(100, 104);
  change(view);
  return bytes;
}

describe("a qcow2 header", () => {
  const check = (change?: (view: DataView) => void, bytes = 4 << 16): void => checkQcow2(header(change), bytes);

  it("is taken when it is right", () => {
    expect(() => check()).not.toThrow();
    expect(() => check((v) => v.setUint32(4, 2))).not.toThrow();
  });

  it.each<[string, (view: DataView) => void]>([
    ["no qcow2 header", (v) => v.setUint32(0, 0)],
    ["qcow2 version 4 is not supported", (v) => v.setUint32(4, 4)],
    ["clusters of 2^8 bytes", (v) => v.setUint32(20, 8)],
    ["clusters of 2^4294967295 bytes", (v) => v.setUint32(20, 0xffffffff)],
    ["the name of its backing file is not in the header", (v) => v.setBigUint64(8, 1n << 40n)],
    ["an unknown kind of encryption", (v) => v.setUint32(32, 3)],
    ["its L1 table is too large", (v) => v.setUint32(36, 0xffffffff)],
    ["its L1 table is too small for its size", (v) => v.setBigUint64(24, 1n << 60n)],
    ["its L1 table is not aligned", (v) => v.setBigUint64(40, 0x30001n)],
    ["its L1 table is not in the file", (v) => v.setBigUint64(40, 0x40000n)],
    ["its L1 table is not in the file", (v) => v.setBigUint64(40, 0xffffffffffff0000n)],
    ["its refcount table has an impossible size", (v) => v.setUint32(56, 0)],
    ["its refcount table is not in the file", (v) => v.setBigUint64(48, 0n)],
    ["too many snapshots", (v) => v.setUint32(60, 0x20000)],
    ["its snapshot table is not in the file", (v) => v.setUint32(60, 1)],
    ["it is marked corrupt", (v) => v.setBigUint64(72, 2n)],
    ["the image has features that are not known here", (v) => v.setBigUint64(72, 1n << 33n)],
    ["an impossible refcount order", (v) => v.setUint32(96, 7)],
    ["its header has an impossible length", (v) => v.setUint32(100, 96)],
  ])("is refused: %s", (message, change) => expect(() => check(change)).toThrow(message));

  it("is refused when it is cut off, at any byte", () => {
    for (let length = 0; length < 104; length++)
      expect(() => checkQcow2(header().subarray(0, length), 4 << 16)).toThrow(/damaged/);
  });
});

describe("-drive", () => {
  let folder: string;
  const file = (): string => join(folder, "disk");
  const check = (format?: "qcow2" | "raw") => () => checkDrive({ file: file(), format });
  beforeAll(() => (folder = mkdtempSync(join(tmpdir(), "hindsight-drive-"))));
  afterAll(() => rmSync(folder, { recursive: true }));

  it("must be a file that can be read", () => {
    expect(check()).toThrow(/^-drive file=.*disk: could not open it: ENOENT/);
    expect(() => checkDrive({ file: folder, format: undefined })).toThrow(/could not open it: EISDIR/);
  });

  it("is looked at for what it is, or for what it is said to be", () => {
    writeFileSync(file(), "anything");
    expect(check()).not.toThrow();
    expect(check("raw")).not.toThrow();
    expect(check("qcow2")).toThrow(/: the image is damaged: no qcow2 header$/);
    writeFileSync(file(), header());
    expect(check()).toThrow("its L1 table is not in the file");
  });

  it.skipIf(!existsSync(qemuImg))("takes what qemu-img makes", () => {
    for (const options of [
      "compat=0.10",
      "cluster_size=512",
      "cluster_size=2M",
      "lazy_refcounts=on",
      "extended_l2=on",
    ]) {
      execFileSync(qemuImg, ["create", "-q", "-f", "qcow2", "-o", options, file(), "128M"]);
      expect(check("qcow2"), options).not.toThrow();
    }
    execFileSync(qemuImg, ["snapshot", "-c", "one", file()]);
    expect(check("qcow2")).not.toThrow();
    writeFileSync(file(), readFileSync(file()).subarray(0, 70_000));
    expect(check("qcow2")).toThrow(/is not in the file$/);
  });
});
