import { UserError } from "../../base/index.ts";
import type { Session } from "../../timetravel/index.ts";
import type { Monitor } from "../monitor/monitor.ts";
import type { DebugTarget } from "../target.ts";
import type { Json } from "./json.ts";

export interface QmpContext {
  readonly target: DebugTarget;
  readonly session: Session;
  readonly monitor: Monitor;
  readonly commands: readonly QmpCommand[];
  /** The command asked for the end of the session: it comes once the reply has gone out. */
  quit: boolean;
}

/** "int" is a whole number of at least 0; "?" marks what may be left out. */
export type ArgumentType = "string" | "string?" | "int" | "int?" | "boolean?" | "strings" | "strings?";

export type Arguments = Readonly<Record<string, unknown>>;

/** One QMP command: what `run` gives is the reply's `return`; nothing is {}. */
export interface QmpCommand {
  readonly name: string;
  readonly arguments?: Readonly<Record<string, ArgumentType>>;
  /** What it gives, for the schema; absent where that is nothing. */
  readonly returns?: "str" | "any";
  run(context: QmpContext, args: Arguments): Json | void | Promise<Json | void>;
}

/** Throws a UserError when the arguments are not those that the command takes. */
export function checkArguments(command: QmpCommand, args: Arguments): void {
  const known = command.arguments ?? {};
  for (const name of Object.keys(args)) {
    if (!Object.hasOwn(known, name)) throw new UserError(`Parameter '${name}' is unexpected`);
  }
  for (const [name, type] of Object.entries(known)) {
    if (!Object.hasOwn(args, name)) {
      if (!type.endsWith("?")) throw new UserError(`Parameter '${name}' is missing`);
    } else checkType(name, type.replace("?", ""), args[name]);
  }
}

function checkType(name: string, type: string, value: unknown): void {
  const wrong = (expected: string): never => {
    throw new UserError(`Invalid parameter type for '${name}', expected: ${expected}`);
  };
  if (type === "int") {
    if (!Number.isInteger(value)) wrong("integer");
    if (!Number.isSafeInteger(value) || (value as number) < 0)
      throw new UserError(`Parameter '${name}' must be between 0 and ${Number.MAX_SAFE_INTEGER}`);
  } else if (type === "strings") {
    if (!Array.isArray(value) || value.some((item) => typeof item !== "string")) wrong("array of strings");
  } else if (typeof value !== type) wrong(type);
}
