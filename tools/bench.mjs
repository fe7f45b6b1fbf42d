// `npm run bench [-- --runs N] [--only PREFIX]`: the tables of docs/benchmarks.md, ours beside QEMU in the same run. Medians.
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

/** Tables by name, each made by what is imported only when the sources are compiled. */
const tables = {
  boot: {
    title: "Boot to `Hindsight guest ready`, recording",
    make: async () => (await import("./bench/boot.mjs")).bootTable(guest(), page, runs),
  },
  work: {
    title: "Work, beside QEMU",
    make: async () => (await import("./bench/work.mjs")).workTable(guest(), runs),
  },
  travel: {
    title: "Time travel on the demo recording",
    make: async () => (await import("./bench/travel.mjs")).travelTable(guest(), runs),
  },
  memory: {
    title: "Memory of the page's process",
    make: async () => (process.platform === "linux" ? (await import("./bench/memory.mjs")).memoryTable(page) : []),
  },
  long: {
    title: "Time travel on a recording of 2 G instructions",
    make: async () => (await import("./bench/long-travel.mjs")).longTravelTable(guest(), 1),
  },
  x86: {
    title: "Debian's amd64 kernel on `pc`, recording, and back",
    make: async () => (await import("./bench/pc.mjs")).pcTable(runs),
  },
};
const names = /** @type {(keyof typeof tables)[]} */ (Object.keys(tables));

const { values } = readArguments(
  `npm run bench -- [--runs N] [--only PREFIX]: the tables of docs/benchmarks.md: ${names.join(", ")}`,
  { options: { runs: { type: "string", default: "5" }, only: { type: "string", default: "" } } },
);
const runs = Number(values.runs);
const page = "build/page";
const chosen = names.filter((name) => name.startsWith(values.only));
if (chosen.length === 0) {
  process.stderr.write(`no table begins with "${values.only}": ${names.join(", ")}\n`);
  process.exit(1);
}

if (!installDependencies() || !buildTools() || !buildCommandLine() || !buildInterpreter()) process.exit(1);
if (chosen.some((name) => name !== "x86")) {
  if (!buildPage(page)) process.exit(1);
  recordDemo();
}
const { format, machineLine } = await import("./bench/table.mjs");

console.log(`${machineLine()}; medians of ${runs} runs, minimum and maximum in brackets\n`);
for (const name of chosen) console.log(format(tables[name].title, await tables[name].make()));
