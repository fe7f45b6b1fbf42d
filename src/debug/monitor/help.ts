import { UserError } from "../../base/index.ts";
import type { Command } from "./command.ts";

/** `help`, made from the table itself. */
export function helpCommand(table: () => readonly Command[]): Command {
  return {
    name: "help",
    aliases: ["?"],
    args: "[COMMAND]",
    line: true,
    help: "show the commands, or one of them",
    run(_context, args) {
      const wanted = args.join(" ");
      const found = table().filter(
        ({ name, aliases }) =>
          wanted === "" || name === wanted || name.startsWith(wanted + " ") || aliases?.includes(wanted),
      );
      if (found.length === 0) throw new UserError(`no command '${wanted}'; try 'help'`);
      return found.map((command) => `${usage(command)} -- ${command.help}\n`).join("");
    },
  };
}

function usage({ name, aliases = [], takesFormat, args }: Command): string {
  return `${[name, ...aliases].join("|")}${takesFormat ? "/FMT" : ""} ${args}`.trimEnd();
}
