import { hex, Sha256, UserError } from "../../base/index.ts";
import { pieces, type RecordingStore, withReader, wrongName } from "../../storage/index.ts";
import { logFile, type WrittenLog } from "../log/log-file.ts";
import type { SessionLog } from "../log/session-log.ts";
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

/** Of a recording as it is now, read in pieces. */
function digest(store: RecordingStore, name: string): Promise<{ bytes: number; sha256: string }> {
  return withReader(store, name, async (reader) => {
    const sha256 = new Sha256();
    let bytes = 0;
    for await (const piece of pieces(reader)) {
      sha256.update(piece);
      bytes += piece.length;
    }
    return { bytes, sha256: hex(sha256.digest()) };
  });
}

/** Of a log that a branch has taken the place of. What its store does not take any more, it would have said before. */
async function letGo(left: SessionLog): Promise<void> {
  await left.close().catch(() => undefined);
  await left.keepIndex();
  await left.release().catch(() => undefined);
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
  const { history } = course.chronicle;
  // What is named later may be of its past.
  while (history.growth) await history.growth;
  const { recordingName, mode, diversion: thrownAway } = course;
  if (!stored?.store || recordingName === undefined)
    throw new UserError("only a recording has branches; nothing is recorded or replayed here");
  const { store, header } = stored;
  checkName(name, recordingName);
  const claim = await claimName?.(name);
  let made: WrittenLog | undefined;
  if (!thrownAway) course.divert();
  try {
    const left = course.recordedLog;
    // Nothing of it may come after what its branch knows of it.
    await left.settled().catch(() => undefined);
    const position = course.branchedAt!;
    const file = await digest(store, recordingName);
    const parent = { name: recordingName, position, ...file, left: mode === "record" };
    const created = host.realTime() * 1000;
    const branchFile = logFile(store, name, { ...header, created, parent });
    made = await branchFile.renew();
    await course.log.storeIn(made, branchFile);
    await keeping.close();
    course.keepBranch(name, parent);
    keeping.startAnew(store, name);
    made = undefined;
    await letGo(left);
    claim?.moved();
  } catch (error) {
    await made?.discard().catch(() => undefined);
    claim?.dispose();
    if (!thrownAway) {
      course.rejoin();
      if (course.atEnd) course.returnToLive();
    }
    throw error;
  }
}
