// `npm test`: installs what the tests need, then runs every check, each stage with its time. The last line counts tests, those
// that were skipped too, whose names come before. A stage that is not a test (types, lint, builds) counts as one.
// @ts-check
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { guest } from "./guest/index.mjs";
import { readArguments } from "./support/arguments.mjs";
import { buildCommandLine, buildInterpreter, installDependencies } from "./support/build.mjs";
import { installPackages } from "./support/packages.mjs";
import { root, runNode } from "./support/process.mjs";

const total = { passed: 0, failed: 0 };
/** Names of what could not be run here. @type {string[]} */
const skipped = [];
const results = "build/test-results";

readArguments("npm test: installs what the tests need, as root, and runs all of them");
if (!installPackages() || !installDependencies()) process.exit(1);
rmSync(join(root, results), { recursive: true, force: true });
mkdirSync(join(root, results), { recursive: true });

check("types", () => tsc("-b") && tsc("-p", "tests"));
check("lint", lint);
check("format", () => runNode("node_modules/prettier/bin/prettier.cjs", ["--check", "--log-level=warn", "."]));
check("interpreter", buildInterpreter);
check("commands", buildCommandLine);
check("guest", () => guest() !== undefined);
vitest("tests", ["--exclude", "tests/e2e/**"]);
// Browsers and debuggers measure time: one file at once.
vitest("e2e", ["tests/e2e", "--no-file-parallelism"]);

for (const name of skipped) console.log(`skipped: ${name}`);
console.log(`${total.passed} passed, ${total.failed} failed, ${skipped.length} skipped`);
process.exitCode = total.failed === 0 ? 0 : 1;

/** @param {string} name @param {() => boolean} action */
function check(name, action) {
  const passed = stage(name, action);
  total[passed ? "passed" : "failed"]++;
}

/** @param {string} name @param {() => boolean} action */
function stage(name, action) {
  const start = performance.now();
  let passed = false;
  try {
    passed = action();
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
  }
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  console.log(`== ${name}: ${passed ? "ok" : "FAILED"} (${seconds} s)`);
  return passed;
}

/** @param {string[]} args */
function tsc(...args) {
  return runNode("node_modules/typescript/bin/tsc", args);
}

function lint() {
  return (
    runNode("node_modules/eslint/bin/eslint.js", ["--max-warnings=0", "."]) &&
    runNode("node_modules/oxlint/bin/oxlint", []) &&
    runNode("node_modules/knip/bin/knip.js", [])
  );
}

/** Runs vitest and adds its counts. @param {string} name @param {string[]} args */
function vitest(name, args) {
  const output = `${results}/${name}.json`;
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${output}`];
  const passed = stage(name, () => runNode("node_modules/vitest/vitest.mjs", ["run", ...args, ...reporters]));
  const counted = count(join(root, output));
  total.passed += counted.passed;
  skipped.push(...counted.skipped);
  // A run can fail without a failed test: an unhandled error, a file that does not load.
  total.failed += passed ? 0 : Math.max(1, counted.failed);
}

/** @param {string} file @returns {{ passed: number, failed: number, skipped: string[] }} */
function count(file) {
  try {
    const { numPassedTests, numFailedTests, numFailedTestSuites, testResults } = JSON.parse(readFileSync(file, "utf8"));
    return {
      passed: numPassedTests,
      failed: numFailedTests || numFailedTestSuites,
      skipped: testResults
        .flatMap((/** @type {any} */ { assertionResults }) => assertionResults)
        .filter((/** @type {any} */ { status }) => status !== "passed" && status !== "failed")
        .map((/** @type {any} */ { fullName }) => fullName),
    };
  } catch {
    return { passed: 0, failed: 0, skipped: [] };
  }
}
