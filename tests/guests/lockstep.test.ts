import { expect, it } from "vitest";
import { guest } from "../../tools/guest/index.mjs";
import { bisect } from "../../tools/lockstep/bisect.ts";
import { arm64 } from "../../tools/lockstep/arm64/kind.ts";
import { startTrace } from "../../tools/lockstep/qemu.ts";
import { compareTrace } from "../../tools/lockstep/trace.ts";

const { kernel, initrd } = guest();
const linux = { kind: arm64, kernel, initrd, append: "console=ttyAMA0 nokaslr", megabytes: 256 };
const interpreter = await arm64.interpreter();

it("goes through the kernel's first 200,000 steps as QEMU does", async () => {
  const ours = arm64.ours(linux, interpreter);
  const { reference, dumps } = await startTrace(linux, ours.tree?.bytes);
  try {
    ours.takeTree(await reference.memory(ours.tree!.address, ours.tree!.room));
    await reference.qmp.execute("cont");
    const { steps, difference } = await compareTrace(arm64, ours, dumps, 200_000, () => {});
    expect(difference).toBeUndefined();
    expect(steps).toBe(200_000);
  } finally {
    reference.dispose();
  }
}, 120_000);

it("has the registers that QEMU has throughout the kernel's first 100 million instructions", async () => {
  expect(await bisect(linux, interpreter, 100e6, { ram: false, log: () => {} })).toBeUndefined();
}, 240_000);
