/** An impossible state was reached: a bug in Hindsight, never a user's mistake. On in production too. */
export class AssertionError extends Error {
  override name = "AssertionError";
}

export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new AssertionError(message);
}

export function unreachable(value: never): never {
  throw new AssertionError(`unreachable: ${String(value)}`);
}

/** A user's mistake or a damaged input: the message is one clear line, shown as it is. */
export class UserError extends Error {
  override name = "UserError";
}

/** What to tell of something that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
