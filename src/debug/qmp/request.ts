import { UserError } from "../../base/index.ts";
import type { Arguments } from "./command.ts";

export interface Request {
  readonly name: string;
  readonly arguments: Arguments;
}

/** Whether something is a JSON object. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** `{"execute": NAME, "arguments": {...}, "id": ...}`. Throws a UserError that says what is wrong with another one. */
export function readRequest(value: unknown): Request {
  if (!isObject(value)) throw new UserError("QMP input must be a JSON object");
  for (const name of Object.keys(value)) {
    if (!["execute", "arguments", "id"].includes(name)) throw new UserError(`QMP input member '${name}' is unexpected`);
  }
  const { execute, arguments: given = {} } = value;
  if (execute === undefined) throw new UserError("QMP input lacks member 'execute'");
  if (typeof execute !== "string") throw new UserError("QMP input member 'execute' must be a string");
  if (!isObject(given)) throw new UserError("QMP input member 'arguments' must be an object");
  return { name: execute, arguments: given };
}
