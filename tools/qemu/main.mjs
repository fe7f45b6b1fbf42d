// `npm run test:qemu`: QEMU's own functional tests of reverse debugging and replay, run against our command line.
//
//   npm run test:qemu -- [--runs N] [--load] [reverse] [replay] [reverse-x86]
//
//   --runs N   each test N times (default 1)
//   --load     with as many busy processes as there are cores beside them
//
// The tests and their base classes are QEMU's; see run.py for what is replaced. Not part of `npm test`: sid moves.
// @ts-check
import "../support/node-version.mjs";
import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, rmSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { guest } from "../guest/index.mjs";
import { readArguments } from "../support/arguments.mjs";
import { buildCommandLine, buildInterpreter, installDependencies } from "../support/build.mjs";
import { installPackages } from "../support/packages.mjs";
import { root } from "../support/process.mjs";
import { qemuFolder, qemuTests } from "./source.mjs";

/** By name, which of our programs stands for QEMU. */
const programs = { reverse: "aarch64", replay: "aarch64", "reverse-x86": "x86_64" };
const tests = Object.keys(programs);
const LONGEST_RUN_MS = 10 * 60_000;

try {
  process.exitCode = main() ? 0 : 1;
} catch (error) {
  process.stderr.write(`test:qemu: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}

function main() {
  const { values, positionals } = readArguments(
    "npm run test:qemu -- [--runs N] [--load] [reverse] [replay] [reverse-x86]: QEMU's own tests on our command line",
    {
      allowPositionals: true,
      options: { runs: { type: "string", default: "1" }, load: { type: "boolean", default: false } },
    },
  );
  const runs = Number(values.runs);
  if (!(Number.isInteger(runs) && runs > 0)) throw new Error(`--runs ${values.runs}: not a number of runs`);
  const unknown = positionals.find((name) => !tests.includes(name));
  if (unknown !== undefined) throw new Error(`${unknown}: not a test; there are ${tests.join(" and ")}`);
  if (!installPackages() || !installDependencies() || !buildCommandLine() || !buildInterpreter()) return false;
  const { kernel, initrd } = guest();
  const { folder, version } = qemuTests();
  const names = positionals.length > 0 ? positionals : tests;
  console.log(`QEMU ${version}: ${names.join(", ")}`);
  const busy = values.load ? Array.from({ length: availableParallelism() }, keepBusy) : [];
  try {
    return names.map((name) => passes(name, runs, [folder, kernel, initrd])).every(Boolean);
  } finally {
    for (const process of busy) process.kill("SIGKILL");
  }
}

/** @param {string} name @param {number} runs @param {string[]} places */
function passes(name, runs, places) {
  let passed = 0;
  for (let run = 1; run <= runs; run++) {
    const start = performance.now();
    const system = programs[/** @type {keyof typeof programs} */ (name)];
    const { status, output } = python([...places, name], join(root, `bin/hindsight-system-${system}`));
    if (status === 0) passed++;
    else process.stderr.write(output);
    const seconds = ((performance.now() - start) / 1000).toFixed(1);
    console.log(`${name} ${run} of ${runs}: ${status === 0 ? "ok" : "FAILED"} (${seconds} s)`);
  }
  console.log(`${name}: ${passed} of ${runs} passed`);
  return passed === runs;
}

/** @param {string[]} args @param {string} program */
function python(args, program) {
  const build = join(qemuFolder, "build");
  // A run that was interrupted leaves its scratch files.
  rmSync(build, { recursive: true, force: true });
  mkdirSync(join(build, "tests/functional"), { recursive: true });
  const env = {
    ...process.env,
    QEMU_TEST_QEMU_BINARY: program,
    // Upstream skips x86's test for QEMU's sake.
    QEMU_TEST_FLAKY_TESTS: "1",
    QEMU_TEST_GDB: "gdb-multiarch",
    QEMU_TEST_CACHE_DIR: join(qemuFolder, "assets"),
    QEMU_TEST_NO_DOWNLOAD: "1",
    QEMU_BUILD_ROOT: build,
    PYTHONPATH: join(root, "tools/qemu/python"),
    PYTHONDONTWRITEBYTECODE: "1",
  };
  const { status, stdout, stderr, error } = spawnSync("python3", [join(root, "tools/qemu/run.py"), ...args], {
    // The replay test runs scripts/replay-dump.py from here.
    cwd: join(root, "tools/qemu"),
    env,
    encoding: "utf8",
    timeout: LONGEST_RUN_MS,
    maxBuffer: 1 << 26,
  });
  return { status, output: `${stdout ?? ""}${stderr ?? ""}${error ? `${error.message}\n` : ""}` };
}

/** Ends with us, however we end. */
function keepBusy() {
  return spawn(process.execPath, ["-e", "const parent = process.ppid; while (process.ppid === parent);"], {
    stdio: "ignore",
  });
}
