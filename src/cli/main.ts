import { UserError } from "../base/index.ts";
import { boards } from "../machine/index.ts";
import { readVersion } from "./files.ts";
import { describeProperties } from "./machine-options.ts";
import type { OptionRow } from "./option-row.ts";
import { optionRows } from "./option-rows.ts";
import { type Information, parseOptions } from "./options.ts";
import { run } from "./run.ts";

/** One of QEMU's programs, qemu-system-SYSTEM, as ours. Ends the process. */
export async function main(system: string): Promise<void> {
  const program = `hindsight-system-${system}`;
  const say = (line: string): void => void process.stderr.write(`${program}: ${line}\n`);
  try {
    const options = parseOptions(process.argv.slice(2), system);
    if ("information" in options) process.stdout.write(inform(options, program, system));
    else process.exit(await run(options, say));
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    say(error.message);
    process.exit(1);
  }
}

function inform({ information, board = "" }: Information, program: string, system: string): string {
  const there = boards.of(system);
  const lines = (names: readonly string[]): string => names.map((name) => `${name}\n`).join("");
  switch (information) {
    case "help":
      return `usage: ${program} [options]\n${optionRows(there).map(describe).join("")}`;
    case "version":
      return `Hindsight ${readVersion()}\n`;
    case "machines":
      return `Supported machines are:\n${lines(
        there.flatMap(({ name, description, aliases = [] }) =>
          [name, ...aliases].map((called) => `${called.padEnd(20)} ${description}`),
        ),
      )}`;
    case "properties":
      return describeProperties(boards.named(board));
    case "cpus":
      return `Available CPUs:\n${lines(there.flatMap(({ cpus }) => Object.keys(cpus).map((cpu) => `  ${cpu}`)))}`;
    case "accelerators":
      return "Accelerators supported:\ntcg\n";
    case "devices": {
      const models = there.flatMap(({ options }) => Object.keys(options.devices ?? {}));
      return models.length === 0 ? "no devices can be added yet\n" : lines(models.map((name) => `name "${name}"`));
    }
    case "netdevs":
      return "Available netdev backend types:\n";
  }
}

function describe({ names, argument = "", help }: OptionRow): string {
  return `${names.map((name) => `-${name}`).join(" or ")} ${argument}`.trimEnd() + `\n                ${help}\n`;
}
