import { expect, it } from "vitest";
import { arm64 } from "../../src/isa/arm64/index.ts";
import { loadInterpreter } from "../support/interpreter.ts";
import { sctlr } from "./layout.ts";
import { runOnOurs } from "./ours.ts";
import { runDifferential } from "./run.ts";

const ours = runOnOurs(loadInterpreter());

// To see more of one row: npx tsx tests/differential/main.ts --only ROW --seed N
it.each([
  { what: "with the MMU on", seed: 1, bits: sctlr.mmu },
  { what: "with the MMU on, other cases", seed: 2, bits: sctlr.mmu },
  { what: "with EL0 free to manage caches", seed: 4, bits: sctlr.mmu | sctlr.userCaches },
  { what: "with alignment checks", seed: 3, bits: sctlr.mmu | sctlr.alignmentCheck },
  { what: "with EL0 big-endian", seed: 5, bits: sctlr.mmu | sctlr.userBigEndian },
  {
    what: "with EL0 big-endian and alignment checks",
    seed: 6,
    bits: sctlr.mmu | sctlr.userBigEndian | sctlr.alignmentCheck,
  },
])("random instructions do what they do on QEMU, $what", async ({ seed, bits }) => {
  const { cases, failures } = await runDifferential(ours, {
    rows: arm64.instructions,
    seed,
    perHandler: 3,
    extra: 300,
    sctlr: bits,
  });
  expect(cases).toBeGreaterThan(3000);
  expect(
    failures
      .slice(0, 5)
      .map(({ text }) => text)
      .join("\n\n"),
  ).toBe("");
});
