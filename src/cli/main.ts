import { UserError } from "../base/index.ts";
import { boards } from "../machine/index.ts";
import { readVersion } from "./files.ts";
import { optionRows } from "./option-rows.ts";
import { type Information, parseOptions } from "./options.ts";
import { run } from "./run.ts";

const PROGRAM = "hindsight-system-aarch64";

const say = (line: string): void => void process.stderr.write(`${PROGRAM}: ${line}\n`);

function inform(what: Information["information"]): string {
  switch (what) {
    case "help":
      return `usage: ${PROGRAM} [options]\n${optionRows.map(describe).join("")}`;
    case "version":
      return `Hindsight ${readVersion()}\n`;
    case "machines":
      return `Supported machines are:\n${boards.all.map(({ name, description }) => `${name.padEnd(20)} ${description}\n`).join("")}`;
    case "cpus":
      return `Available CPUs:\n${boards.cpus.map((cpu) => `  ${cpu}\n`).join("")}`;
    case "accelerators":
      return "Accelerators supported:\ntcg\n";
    case "devices":
      return "no devices can be added yet\n";
    case "netdevs":
      return "Available netdev backend types:\n";
  }
}

function describe({ names, argument = "", help }: (typeof optionRows)[number]): string {
  return `${names.map((name) => `-${name}`).join(" or ")} ${argument}`.trimEnd() + `\n                ${help}\n`;
}

try {
  const options = parseOptions(process.argv.slice(2));
  if ("information" in options) process.stdout.write(inform(options.information));
  else process.exit(await run(options, say));
} catch (error) {
  if (!(error instanceof UserError)) throw error;
  say(error.message);
  process.exit(1);
}
