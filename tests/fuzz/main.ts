// Malformed packets, QMP and monitor commands against a real machine: no crash, no hang.
//
//   npm run fuzz -- [--inputs N] [--seed N] [rsp] [qmp] [hmp]
import { readArguments } from "../../tools/support/arguments.mjs";
import { fuzz } from "./drive.ts";
import type { Protocol } from "./messages.ts";
import { FuzzTargets } from "./target.ts";

const all: readonly Protocol[] = ["rsp", "qmp", "hmp"];
const { values, positionals } = readArguments(
  "npm run fuzz -- [--inputs N] [--seed N] [rsp] [qmp] [hmp]: malformed messages",
  {
    allowPositionals: true,
    options: { inputs: { type: "string", default: "100000" }, seed: { type: "string", default: "1" } },
  },
);
const targets = await FuzzTargets.create();
for (const protocol of all.filter((name) => positionals.length === 0 || positionals.includes(name))) {
  const start = performance.now();
  await fuzz(targets, { protocol, seed: Number(values.seed), inputs: Number(values.inputs) });
  console.log(`${protocol}: ${values.inputs} messages, ${((performance.now() - start) / 1000).toFixed(0)} s`);
}
