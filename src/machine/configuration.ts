import * as v from "valibot";
import { printable, UserError } from "../base/index.ts";

/** A whole number that JSON and JavaScript keep. */
export const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));

/**
 * What every machine's configuration has; a board's own schema extends and narrows it (`v.strictObject({ ...entries, ... })`:
 * a machine with something that its board does not know is not built without it). The order of the fields is that in which
 * recordings hold them.
 */
export const commonConfiguration = v.object({
  board: v.string(),
  cpu: v.string(),
  ramBytes: count,
  shift: count,
  append: v.string(),
  reboot: v.boolean(),
  randomness: v.boolean(),
  semantics: count,
});

/**
 * The value, if it is what the schema says; else a UserError of one line. The value may come from anywhere, so that of
 * it only what a schema's own `check` says is quoted. `what` has the fields: "the recording's header".
 */
export function checked<T>(schema: v.GenericSchema<unknown, T>, value: unknown, what: string): T {
  const result = v.safeParse(schema, value, { abortEarly: true });
  if (result.success) return result.output;
  const [issue] = result.issues;
  if (issue.type === "check") throw new UserError(issue.message);
  const path = v.getDotPath(issue);
  if (path !== null && issue.type === "strict_object" && issue.expected === "never")
    throw new UserError(`${what} has '${printable(path, 32)}', which this version does not know`);
  throw new UserError(
    path === null
      ? `${what} is not readable`
      : `${what} lacks '${path}', or it is no ${issue.expected ?? "such value"}`,
  );
}
