import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { type FdtNode, readFdt } from "../../src/machine/virt/fdt.ts";
import { virtParts } from "../../src/machine/virt/testing/parts.ts";
import { VirtBoard } from "../../src/machine/virt/virt.ts";
import { SEMANTICS } from "../../src/timetravel/index.ts";
import { Qtest } from "./qtest.ts";

const folder = mkdtempSync(join(tmpdir(), "hindsight-"));
const qemu = new Qtest();
afterAll(() => {
  qemu.end();
  rmSync(folder, { recursive: true });
});

function qemuTree(): FdtNode {
  const file = join(folder, "virt.dtb");
  const args = ["-M", `virt,dumpdtb=${file}`, "-cpu", "cortex-a53", "-nic", "none", "-display", "none"];
  execFileSync("qemu-system-aarch64", args, { stdio: "ignore" });
  return readFdt(new Uint8Array(readFileSync(file))).root;
}

/** Where a node's registers are, and the windows of a bus, by the cells of the root: two for an address, two for a size. */
function windowsOf(node: FdtNode): number[] {
  const numbers = (property: string): number[] => {
    const bytes = node.properties.get(property) ?? new Uint8Array();
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return Array.from({ length: bytes.length >> 3 }, (_, i) => Number(view.getBigUint64(8 * i)));
  };
  if (/^(cpu|memory)/.test(node.name)) return [];
  const regions = numbers("reg").filter((_, i) => i % 2 === 0);
  // A range of PCI's is seven cells: three for its own address, and then as everywhere.
  const ranges = node.properties.get("ranges");
  if (!node.name.startsWith("pcie@") || !ranges) return [...regions, ...node.children.flatMap(windowsOf)];
  const view = new DataView(ranges.buffer, ranges.byteOffset, ranges.byteLength);
  for (let at = 12; at < ranges.length; at += 28) regions.push(Number(view.getBigUint64(at)));
  return regions;
}

it("every device of the tree that QEMU dumps answers as QEMU's, without firmware and whoever wrote the tree", async () => {
  const board = new VirtBoard(virtParts({ ramBytes: 256 * 2 ** 20, semantics: SEMANTICS }));
  const windows = windowsOf(qemuTree());
  expect(windows.length).toBe(45);
  for (const base of windows) {
    // Which interrupts a controller has is another test's; the clock's first register is the time.
    for (const offset of [...(base === 0x0901_0000 ? [] : [0]), 8, 0x10, 0x20]) {
      const at = base + offset;
      if (board.bus.find("read", at) === undefined) expect(offset, at.toString(16)).toBeGreaterThanOrEqual(0x18);
      else expect(`${at.toString(16)}: ${board.bus.read(at, 4)}`).toBe(`${at.toString(16)}: ${await qemu.read(at, 4)}`);
    }
  }
});
