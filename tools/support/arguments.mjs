// What a tool is asked: `--help`, and what it does not know, in one line each, before it does anything.
// @ts-check
import { parseArgs } from "node:util";

/**
 * Reads the command line as node:util's parseArgs does, and ends the process where there is nothing more to do.
 * @template {import("node:util").ParseArgsConfig} T
 * @param {string} usage the command with its options, and what it does @param {T} [config]
 * @returns {ReturnType<typeof parseArgs<T>>}
 */
export function readArguments(usage, config) {
  try {
    const options = { ...config?.options, help: { type: /** @type {const} */ ("boolean"), short: "h" } };
    const parsed = parseArgs({ ...config, options });
    if (!parsed.values.help) return /** @type {ReturnType<typeof parseArgs<T>>} */ (parsed);
    process.stdout.write(`usage: ${usage}\n`);
    process.exit(0);
  } catch (error) {
    process.stderr.write(`${mistake(error)}; usage: ${usage}\n`);
    process.exit(1);
  }
}

/** Node's message goes on to say how a file name with a dash is written. @param {unknown} error */
function mistake(error) {
  return (error instanceof Error ? error.message : String(error)).replace(/\. .*/s, "");
}
