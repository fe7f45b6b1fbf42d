import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { patchTree, SEED_BYTES, virtTree } from "./device-tree.ts";
import { cells, type FdtNode, flag, node, readFdt, strings, writeFdt } from "./fdt.ts";

const MB = 2 ** 20;

/** Nodes of QEMU's tree that are left out: docs/decisions/0010. */
const LEFT_OUT = [/^platform-bus@/, /^pcie@/, /^flash@/, /^v2m@/];

function qemuTree(ramMb: number, options = "", firmware = false): FdtNode {
  const folder = mkdtempSync(join(tmpdir(), "hindsight-"));
  try {
    const file = join(folder, "virt.dtb");
    const machine = `virt,dumpdtb=${file}${options}`;
    execFileSync(
      "qemu-system-aarch64",
      [
        ...["-M", machine, "-cpu", "cortex-a53", "-m", String(ramMb), "-display", "none", "-net", "none"],
        ...(firmware ? ["-bios", "/dev/null"] : []),
      ],
      { stdio: "ignore" },
    );
    return readFdt(new Uint8Array(readFileSync(file))).root;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function without(tree: FdtNode, leftOut: readonly RegExp[]): FdtNode {
  const children = tree.children.filter(({ name }) => !leftOut.some((pattern) => pattern.test(name)));
  return { ...tree, children: children.map((child) => without(child, leftOut)) };
}

/** Order counts: a kernel walks the tree in it. */
function lines(tree: FdtNode, path = ""): string[] {
  const own = [...tree.properties].map(([name, value]) => `${path}/${name} = ${Buffer.from(value).toString("hex")}`);
  return [
    ...own,
    ...tree.children.flatMap((child) => [`${path}/${child.name}`, ...lines(child, `${path}/${child.name}`)]),
  ];
}

const child = (tree: FdtNode, name: string) => tree.children.find((found) => found.name === name)!;

describe("the tree of virt", () => {
  it.each([256, 3072, 8192])("is QEMU's but for the nodes left out, with %i MB", (ramMb) => {
    const theirs = without(qemuTree(ramMb, ",dtb-randomness=off"), LEFT_OUT);
    const ours = virtTree({ ramBytes: ramMb * MB, append: "" });
    expect(lines(ours.root)).toEqual(lines(theirs));
  });

  it("has flash and PCIe for firmware, as QEMU's", () => {
    const theirs = qemuTree(256, ",dtb-randomness=off", true);
    const ours = virtTree({ ramBytes: 256 * MB, append: "", firmware: true });
    expect(lines(ours.root)).toEqual(lines(theirs));
  });

  it("has a node more with a watchdog, as Linux's binding of arm,sp805 wants it", () => {
    const plain = virtTree({ ramBytes: 256 * MB, append: "" }).root;
    const { root } = virtTree({ ramBytes: 256 * MB, append: "", watchdog: true });
    const { properties } = child(root, "watchdog@90f0000");
    expect(Object.fromEntries(properties)).toEqual({
      compatible: strings("arm,sp805", "arm,primecell"),
      reg: cells(0, 0x090f_0000, 0, 0x1000),
      interrupts: cells(0, 10, 4),
      clocks: cells(0x8000, 0x8000),
      "clock-names": strings("wdog_clk", "apb_pclk"),
    });
    expect(lines(without(root, [/^watchdog@/]))).toEqual(lines(plain));
  });

  it("has the seeds where QEMU has them", () => {
    const seed = Uint8Array.from({ length: SEED_BYTES }, (_, i) => i);
    const ours = virtTree({ ramBytes: 256 * MB, append: "", seed });
    const chosen = child(ours.root, "chosen").properties;
    const theirs = child(qemuTree(256), "chosen").properties;
    expect([...chosen].map(([name, value]) => [name, value.length])).toEqual(
      [...theirs].map(([name, value]) => [name, value.length]),
    );
    expect(chosen.get("kaslr-seed")).toEqual(seed.slice(0, 8));
    expect(chosen.get("rng-seed")).toEqual(seed.slice(8));
  });
});

describe("a tree of the user's", () => {
  const chosen = { ramBytes: 512 * MB, append: "quiet", initrd: { start: 0x4800_0000, end: 0x4800_1000 } };

  it("gets this machine's memory, PSCI and boot arguments", () => {
    const given = node("", {}, node("memory", { reg: flag }), node("memory@80000000", {}), node("mine", {}));
    const { root } = patchTree(writeFdt({ root: given, reservations: [], bootCpu: 0 }), chosen);
    expect(root.children.map(({ name }) => name)).toEqual(["psci", "memory@40000000", "mine", "chosen"]);
    expect([...child(root, "chosen").properties.keys()]).toEqual([
      "linux,initrd-end",
      "linux,initrd-start",
      "bootargs",
    ]);
    expect(child(root, "chosen").properties.get("bootargs")).toEqual(strings("quiet"));
  });

  it("keeps its own seeds unless there is entropy for them", () => {
    const given = node("", {}, node("chosen", { "rng-seed": Uint8Array.of(1), "stdout-path": strings("/uart") }));
    const blob = writeFdt({ root: given, reservations: [], bootCpu: 0 });
    const kept = child(patchTree(blob, chosen).root, "chosen").properties;
    expect(kept.get("rng-seed")).toEqual(Uint8Array.of(1));
    const seeded = child(patchTree(blob, { ...chosen, seed: new Uint8Array(SEED_BYTES) }).root, "chosen").properties;
    expect(seeded.get("rng-seed")).toEqual(new Uint8Array(32));
    expect(seeded.has("kaslr-seed")).toBe(false);
  });
});
