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
  /** As `help` shows it: "N", "[NAME]". */
  readonly args: string;
  readonly help: string;
  /** "x/4i": the part from the slash on is the first argument. */
  readonly takesFormat?: boolean;
  /** Takes the machine elsewhere, or lets it run. */
  readonly moves?: true;
  run(context: Context, args: readonly string[]): string | void | Promise<string | void>;
}

/** The only argument of a command. */
export function single(args: readonly string[], what: string): string {
  const [value, ...rest] = args;
  if (value === undefined || rest.length > 0) throw new UserError(`one argument is needed: ${what}`);
  return value;
}

/** A position or another count: decimal, or hex with 0x. */
export function parseCount(text: string, what: string): number {
  const value = /^(\d+|0x[0-9a-fA-F]+)$/.test(text) ? Number(text) : NaN;
  if (Number.isNaN(value)) throw new UserError(`${what} must be a whole number, not '${text}'`);
  if (!Number.isSafeInteger(value)) throw new UserError(`${what} is too large: ${text}`);
  return value;
}
