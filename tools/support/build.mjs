// What must be built before the command line runs: the floors below it, and the interpreter.
// @ts-check
import { existsSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root, run, runNode, stale } from "./process.mjs";

const stamp = "build/cli.stamp";
/** The interpreter's asset, and what it is made from. */
export const interpreter = "build/interpreter-arm64.wasm";
const interpreterSources = ["src/base", "src/isa", "src/wasm", "src/engine"];

/** Installs the dependencies when they are missing. */
export function installDependencies() {
  if (existsSync(join(root, "node_modules/typescript"))) return true;
  process.stderr.write("installing dependencies\n");
  return run("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"]);
}

/** Compiles src/cli and the floors below it when a source is newer. */
export function buildCommandLine() {
  if (!stale(stamp, ["src"])) return true;
  if (!runNode("node_modules/typescript/bin/tsc", ["-b", "src/cli"])) return false;
  touch(stamp);
  return true;
}

/** Generates the interpreter when what it is made from is newer. */
export function buildInterpreter() {
  if (!stale(interpreter, interpreterSources)) return true;
  return run("npm", ["run", "--silent", "build:interpreter"]);
}

/** @param {string} file */
function touch(file) {
  writeFileSync(join(root, file), "", { flag: "a" });
  const now = new Date();
  utimesSync(join(root, file), now, now);
}
