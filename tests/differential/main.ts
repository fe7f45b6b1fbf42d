// Random instructions on QEMU and on our CPU: what differs, and how.
//
//   npx tsx tests/differential/main.ts [--seed N] [--only REGEXP] [--per-handler N] [--extra N] [--sctlr BITS] [--show N]
import { readArguments } from "../../tools/support/arguments.mjs";
import { arm64 } from "../../src/isa/arm64/index.ts";
import { loadInterpreter } from "../support/interpreter.ts";
import { sctlr } from "./layout.ts";
import { runOnOurs } from "./ours.ts";
import { runDifferential } from "./run.ts";

const { values } = readArguments(
  "npm run differential -- [--seed N] [--only REGEXP] [--per-handler N] [--extra N] [--sctlr BITS] [--show N]",
  {
    options: {
      seed: { type: "string", default: "1" },
      only: { type: "string", default: "" },
      "per-handler": { type: "string", default: "3" },
      extra: { type: "string", default: "200" },
      sctlr: { type: "string", default: String(sctlr.mmu) },
      show: { type: "string", default: "2" },
    },
  },
);
const { cases, failures } = await runDifferential(runOnOurs(loadInterpreter()), {
  rows: arm64.instructions,
  seed: Number(values.seed),
  only: new RegExp(values.only, "i"),
  perHandler: Number(values["per-handler"]),
  extra: Number(values.extra),
  sctlr: BigInt(values.sctlr),
});
const counts = new Map<string, number>();
for (const { about, text } of failures) {
  const count = (counts.get(about) ?? 0) + 1;
  counts.set(about, count);
  if (count <= Number(values.show)) console.log(`${text}\n`);
}
for (const [about, count] of counts) console.log(`${String(count).padStart(5)}  ${about}`);
console.log(`${cases} cases, ${failures.length} differ`);
process.exitCode = failures.length === 0 ? 0 : 1;
