import { UserError } from "../../base/index.ts";

/** Turns the host's refusals into lines for the user; what is not one passes through. */
export async function orUserError<T>(what: string, action: Promise<T>): Promise<T> {
  try {
    return await action;
  } catch (error) {
    const code = errorCode(error);
    if (code === undefined) throw error;
    const why: Record<string, string> = {
      ENOENT: "no such file or directory",
      EEXIST: "it exists already",
      EACCES: "permission denied",
      EPERM: "not permitted",
      EROFS: "the file system is read-only",
      EISDIR: "it is a directory",
      ENOSPC: "storage is full",
      EDQUOT: "storage is full",
    };
    throw new UserError(`${what}: ${why[code] ?? code}`, { cause: error });
  }
}

export async function unlessMissing<T>(action: Promise<T>): Promise<T | undefined> {
  try {
    return await action;
  } catch (error) {
    // A path may lead through what is a file.
    if (["ENOENT", "ENOTDIR"].includes(errorCode(error) ?? "")) return undefined;
    throw error;
  }
}

export function isFull(error: unknown): boolean {
  return ["ENOSPC", "EDQUOT"].includes(errorCode(error) ?? "");
}

export function errorCode(error: unknown): string | undefined {
  return error instanceof Error && "code" in error ? String(error.code) : undefined;
}
