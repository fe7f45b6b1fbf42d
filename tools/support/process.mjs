// Running other programs, and knowing when their output is out of date.
// @ts-check
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

/** The repository's root, with a slash at its end. */
export const root = fileURLToPath(new URL("../../", import.meta.url));

/**
 * Runs a program in the repository's root with our terminal; true when it succeeds.
 * @param {string} command @param {string[]} args @param {NodeJS.ProcessEnv} [environment] added to ours
 */
export function run(command, args, environment = {}) {
  const env = { ...process.env, ...environment };
  return spawnSync(command, args, { cwd: root, stdio: "inherit", env }).status === 0;
}

/** Runs a tool that npm installed, by its file below node_modules. @param {string} script @param {string[]} args @param {NodeJS.ProcessEnv} [environment] */
export function runNode(script, args, environment) {
  return run(process.execPath, [join(root, script), ...args], environment);
}

/**
 * Whether an output is missing or older than one of the files, or a file of one of the folders (tests do not count).
 * @param {string} output @param {string[]} inputs
 */
export function stale(output, inputs) {
  const file = resolve(root, output);
  if (!existsSync(file)) return true;
  const made = statSync(file).mtimeMs;
  return inputs.some((input) => sources(resolve(root, input)).some((source) => statSync(source).mtimeMs > made));
}

/** @param {string} path @returns {string[]} */
function sources(path) {
  if (statSync(path).isFile()) return [path];
  return readdirSync(path, { recursive: true, encoding: "utf8" })
    .filter((name) => /\.(ts|json|mjs|css|svg)$/.test(name) && !name.endsWith(".test.ts"))
    .map((name) => join(path, name));
}
