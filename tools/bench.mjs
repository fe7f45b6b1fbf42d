// `npm run bench [-- --runs N]`: the tables of docs/benchmarks.md, ours beside QEMU in the same run. Medians.
// @ts-check
import "./support/node-version.mjs";
import { readArguments } from "./support/arguments.mjs";
import {
  buildCommandLine,
  buildInterpreter,
  buildPage,
  buildTools,
  installDependencies,
  recordDemo,
} from "./support/build.mjs";
import { guest } from "./guest/index.mjs";

const { values } = readArguments("npm run bench -- [--runs N]: the tables of docs/benchmarks.md", {
  options: { runs: { type: "string", default: "5" } },
});
const runs = Number(values.runs);
const page = "build/page";

if (!installDependencies() || !buildTools() || !buildCommandLine() || !buildInterpreter() || !buildPage(page))
  process.exit(1);
recordDemo();
const { bootTable } = await import("./bench/boot.mjs");
const { workTable } = await import("./bench/work.mjs");
const { travelTable } = await import("./bench/travel.mjs");
const { memoryTable } = await import("./bench/memory.mjs");
const { longTravelTable } = await import("./bench/long-travel.mjs");
const { format, machineLine } = await import("./bench/table.mjs");

const files = guest();
console.log(`${machineLine()}; medians of ${runs} runs, minimum and maximum in brackets\n`);
console.log(format("Boot to `Hindsight guest ready`, recording", await bootTable(files, page, runs)));
console.log(format("Work, beside QEMU", await workTable(files, runs)));
console.log(format("Time travel on the demo recording", await travelTable(files, runs)));
if (process.platform === "linux") console.log(format("Memory of the page's process", await memoryTable(page)));
console.log(format("Time travel on a recording of 2 G instructions", await longTravelTable(files, 1)));
