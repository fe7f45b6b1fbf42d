import { UserError } from "../../base/index.ts";
import type { Session } from "../../timetravel/index.ts";
import type { DebugTarget } from "../target.ts";

export interface Context {
  readonly target: DebugTarget;
  readonly session: Session;
  /** The line behind the command's name, as it was typed. */
  readonly rest: string;
  quit: boolean;
}

/** One monitor command. `run` gives what to print; a UserError is printed as "Error: ...". */
export interface Command {
  /** "stop", "info replay" */
  readonly name: string;
  readonly aliases?: readonly string[];
  /** As `help` shows it: "N", "[NAME]"; a command takes as many arguments as stand here. */
  readonly args: string;
  /** All that is typed behind the command is one argument, spaces and all. */
  readonly line?: true;
  readonly help: string;
  /** "x/4i": the part from the slash on is the first argument. */
  readonly takesFormat?: boolean;
  /** Takes the machine elsewhere, or lets it run. */
  readonly moves?: true;
  run(context: Context, args: readonly string[]): string | void | Promise<string | void>;
}

/** The only argument of a command. */
export function single([value]: readonly string[], what: string): string {
  if (value === undefined) throw new UserError(`one argument is needed: ${what}`);
  return value;
}

/** Arguments are words; one in double quotes may have spaces, and a backslash in front of a quote or a backslash. */
export function readArguments(text: string): string[] {
  const words = text.match(/(?:"(?:[^"\\]|\\.)*"|[^\s"])+/g) ?? [];
  if (words.join("").length !== text.replace(/"(?:[^"\\]|\\.)*"|\s+/g, (part) => (part[0] === '"' ? part : "")).length)
    throw new UserError("a double quote is not closed");
  return words.map((word) =>
    word.replace(/"((?:[^"\\]|\\.)*)"/g, (_, inner: string) => inner.replace(/\\(["\\])/g, "$1")),
  );
}

/** Throws a UserError when a command is given more than it takes. */
export function checkArguments({ name, args, takesFormat }: Command, given: readonly string[]): void {
  const withFormat = takesFormat === true && given[0]?.startsWith("/") === true;
  const most = (args === "" ? 0 : args.split(" ").length) + (withFormat ? 1 : 0);
  if (given.length <= most) return;
  if (most === 0) throw new UserError(`${name} takes no arguments, and '${given.join(" ")}' was given`);
  throw new UserError(`too many arguments: ${name} takes ${args}; what has spaces in it stands in "double quotes"`);
}

/** A position or another count: decimal, or hex with 0x. */
export function parseCount(text: string, what: string): number {
  const value = /^(\d+|0x[0-9a-fA-F]+)$/.test(text) ? Number(text) : NaN;
  if (Number.isNaN(value)) throw new UserError(`${what} must be a whole number, not '${text}'`);
  if (!Number.isSafeInteger(value)) throw new UserError(`${what} is too large: ${text}`);
  return value;
}
