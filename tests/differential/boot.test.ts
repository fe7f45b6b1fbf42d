import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { readFdt } from "../../src/machine/virt/fdt.ts";
import { virtParts } from "../../src/machine/virt/testing/parts.ts";
import { VirtBoard, type VirtDependencies } from "../../src/machine/virt/virt.ts";
import { SEMANTICS } from "../../src/timetravel/index.ts";
import { Qtest } from "./qtest.ts";

const RAM_BASE = 0x4000_0000;
const RAM_MB = 256;

const folder = mkdtempSync(join(tmpdir(), "hindsight-"));
afterAll(() => rmSync(folder, { recursive: true }));

function image(textOffset: number, imageBytes: number): Uint8Array {
  const bytes = new Uint8Array(0x3000).fill(0x5a);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(8, BigInt(textOffset), true);
  view.setBigUint64(16, BigInt(imageBytes), true);
  view.setUint32(56, 0x644d5241, true);
  return bytes;
}

/** RAM after power-on, as our board fills it: pages that were written. */
function ours(kernel: Uint8Array, initrd: Uint8Array | undefined, append: string): Map<number, Uint8Array> {
  const written = new Map<number, Uint8Array>();
  const parts: Partial<VirtDependencies> = {
    images: initrd ? { kernel, initrd } : { kernel },
    memory: {
      read: () => undefined,
      write: (address, bytes) => (written.set(address, bytes), address >= RAM_BASE),
    },
  };
  const board = new VirtBoard(virtParts({ ramBytes: RAM_MB * 2 ** 20, append, semantics: SEMANTICS }, parts));
  const unused = () => {
    throw new Error("not asked here");
  };
  board.powerOn({ realTime: () => 0, entropy: unused, nextInput: unused, takeInputs: unused, idle: unused }, 0, true);
  return written;
}

describe("memory at power-on is as in QEMU", () => {
  it.each([
    ["Linux image with initrd", image(0, 0x190_0000), new Uint8Array(5000).fill(7), "console=ttyAMA0 quiet"],
    ["image with a text offset, nothing else", image(0x8_0000, 0x1_0000), undefined, ""],
    ["raw kernel", new Uint8Array(4096).fill(3), new Uint8Array(10).fill(8), "x"],
  ])("%s", async (_, kernel, initrd, append) => {
    const files = { kernel: join(folder, "kernel"), initrd: join(folder, "initrd") };
    writeFileSync(files.kernel, kernel);
    const args = ["-M", "virt,dtb-randomness=off", "-kernel", files.kernel, "-append", append];
    if (initrd) {
      writeFileSync(files.initrd, initrd);
      args.push("-initrd", files.initrd);
    }
    const qemu = new Qtest(args);
    try {
      const read = async (address: number, length: number) =>
        Buffer.from((await qemu.command(`read 0x${address.toString(16)} ${length}`)).slice(2), "hex");
      for (const [address, bytes] of ours(kernel, initrd, append)) {
        const theirs = await read(address, bytes.length);
        if (bytes.length < 2 ** 20) {
          expect(Buffer.compare(theirs, bytes), address.toString(16)).toBe(0);
          continue;
        }
        const [tree, reference] = [readFdt(bytes), readFdt(new Uint8Array(theirs))];
        const chosen = (from: typeof tree) => from.root.children.find(({ name }) => name === "chosen")!;
        expect(chosen(tree)).toEqual(chosen(reference));
        expect(theirs.readUInt32BE(4)).toBe(bytes.length);
      }
    } finally {
      qemu.end();
    }
  });
});
