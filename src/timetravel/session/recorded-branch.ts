import { sha256Hex, UserError } from "../../base/index.ts";
import { readWhole, wrongName } from "../../storage/index.ts";
import { logFile } from "../log/log-file.ts";
import type { LogWriter } from "../log/writer.ts";
import type { Course } from "./course.ts";
import type { Keeping } from "./keeping.ts";
import type { SessionParts } from "./session-parts.ts";

/** `NAME-loadvm-1`, or the first such name that is free, in front of a file's extension. */
export function nameOfLoaded(parent: string, taken: ReadonlySet<string>): string {
  const [, base, extension = ""] = /^(.+?)(?:-loadvm-\d+)?(\.[a-z]\w{0,11})?$/is.exec(parent)!;
  for (let number = 1; ; number++) {
    const name = `${base}-loadvm-${number}${extension}`;
    if (!taken.has(name)) return name;
  }
}

/** Throws a UserError when a branch of `parent` cannot have this name. */
function checkName(name: string, parent: string): void {
  // It lies beside its parent.
  if (/[/\\]/.test(name))
    throw new UserError(`a branch lies beside its parent, '${parent}': give it a name without a path`);
  const hidden = name.startsWith(".") && !parent.startsWith(".");
  const wrong = wrongName(name) ?? (hidden ? `'${name}' begins with a dot, which '${parent}' does not` : undefined);
  if (wrong !== undefined) throw new UserError(wrong);
}

/**
 * Makes a recording of the throw-away branch, or of history up to here, and goes on in it; the one that it comes from is
 * closed as it is. Nothing has changed when it rejects.
 */
export async function recordBranch(
  name: string,
  course: Course,
  keeping: Keeping,
  { stored, host, claim: claimName }: Pick<SessionParts, "stored" | "host" | "claim">,
): Promise<void> {
  const { recordingName, mode, diversion: thrownAway } = course;
  if (!stored?.store || recordingName === undefined)
    throw new UserError("only a recording has branches; nothing is recorded or replayed here");
  const { store, header } = stored;
  checkName(name, recordingName);
  const claim = await claimName?.(name);
  let writer: LogWriter | undefined;
  if (!thrownAway) course.divert();
  try {
    const left = course.recordedLog;
    // Nothing of it may come after what its branch knows of it.
    await left.settled().catch(() => undefined);
    const file = await readWhole(store, recordingName);
    const reference = {
      name: recordingName,
      position: course.branchedAt!,
      bytes: file.length,
      sha256: sha256Hex(file),
    };
    const parent = { ...reference, left: mode === "record" };
    const created = host.realTime() * 1000;
    const branchFile = logFile(store, name, { ...header, created, parent });
    writer = await branchFile.renew();
    for (const record of course.chronicle.history.records()) writer.add(record);
    writer.flush();
    await writer.settled();
    await keeping.close();
    course.log.storeIn(writer, branchFile);
    course.keepBranch(name, parent);
    keeping.startAnew(store, name);
    await left.close();
    claim?.moved();
  } catch (error) {
    await writer?.abandon();
    if (writer) await store.delete(name).catch(() => undefined);
    claim?.dispose();
    if (!thrownAway) {
      course.rejoin();
      if (course.atEnd) course.returnToLive();
    }
    throw error;
  }
}
