import { UserError } from "../base/index.ts";
import type { DebuggerEdit } from "../hardware/index.ts";
import { boards } from "../machine/index.ts";
import type { LoadedBranch, Session, SnapshotInfo } from "../timetravel/index.ts";
import type { DebugTarget } from "./target.ts";

// What the human monitor and QMP do alike.

/** Goes to a position of known history; a relative one counts from where the motion in progress arrives. */
export async function seekTo(
  { control, session }: DebugTarget,
  where: number | ((from: number) => number),
): Promise<void> {
  const relative = typeof where !== "number";
  const seek = async (): Promise<void> => {
    const position = relative ? where(session.position) : where;
    if (position > session.end)
      throw new UserError(`position ${position} is beyond the end of history, ${session.end}`);
    await session.seek(position);
    checkArrived(session, session.position === position);
  };
  await control.exclusive(seek, relative ? "follow" : "end");
}

/** A motion that someone else ended is not an answer. */
export function checkArrived({ position }: Session, arrived: boolean): void {
  if (!arrived) throw new UserError(`interrupted at position ${position}`);
}

/** Stops the next run, forwards or back, that comes to a position, once. One at a time: a second one takes the first one's place. */
export function setReplayBreak(session: Session, position: number): void {
  if (position >= session.position && session.mode !== "play" && session.atEnd)
    throw new UserError("replay_break works where history is: nothing is known of what comes after the live end");
  session.replayBreak = position;
}

export function deleteReplayBreak(session: Session): void {
  if (session.replayBreak === undefined) throw new UserError("no replay_break is set");
  session.replayBreak = undefined;
}

/** Resets the machine; with -no-reboot that is its end, and the answer is to quit. */
export function systemReset(target: DebugTarget, reason: string): "reset" | "quit" {
  const { session, state } = target;
  checkLive(session, "a reset");
  if (!session.machine.configuration.reboot && session.branchedAt !== undefined && session.mode !== "none")
    throw new UserError("with -no-reboot a reset ends the machine, and with it this branch: 'branch_end' does that");
  if (!session.machine.configuration.reboot) {
    state.shutdown(reason);
    return "quit";
  }
  session.reset();
  state.reset(reason);
  return "reset";
}

/** Wakes a machine that is suspended. */
export function systemWakeup({ session }: DebugTarget): void {
  checkLive(session, "a wake-up");
  if (session.machine.suspended !== true) throw new UserError("Unable to wake up: guest is not in suspended state");
  session.wakeUp();
}

/** Throws where nobody can press a button: in history. */
function checkLive(session: Session, what: string): void {
  if (session.mode === "play" && session.branchedAt === undefined)
    throw new UserError("history is replayed here, and what happened in it stays: 'branch NAME' goes on otherwise");
  if (!session.atEnd)
    throw new UserError(`this is the past: ${what} is possible at the live end ('seek end'), or in a branch`);
}

/** Saves a named snapshot here; a machine that runs goes on afterwards. Resolves to what its user should know of it. */
export async function saveSnapshot({ control, session }: DebugTarget, name: string): Promise<string | undefined> {
  await control.pause(() => session.saveSnapshot(name));
  return session.unstored && `'${name}' is kept until this session ends, not in the recording: ${session.unstored}`;
}

/**
 * Goes to a named snapshot; a machine that runs goes on from there, as QEMU's does. Resolves to what its user should
 * know of it.
 */
export async function loadSnapshot({ control, session }: DebugTarget, name: string): Promise<string | undefined> {
  const { position } = checkSnapshot(session, name);
  return control.pause(async () => {
    const branch = await session.loadSnapshot(name);
    checkArrived(session, session.position === position);
    return describeLoaded(session, position, branch);
  });
}

function describeLoaded({ mode, atEnd }: Session, position: number, branch?: LoadedBranch): string | undefined {
  if (branch?.recording) {
    const { name, parent } = branch.recording;
    return `recording '${name}' goes on from position ${position}; '${parent}' is kept with all that came after: replay it to return`;
  }
  if (branch)
    return `a branch goes on from position ${position}, not recorded; what came after is kept: 'branch_end' returns to it`;
  if (mode === "play" || atEnd) return undefined;
  return `position ${position} of history: what came after is replayed from here, up to the live end`;
}

/** Resolves to what its user should know of it. */
export async function deleteSnapshot({ session }: DebugTarget, name: string): Promise<string | undefined> {
  checkSnapshot(session, name);
  await session.deleteSnapshot(name);
  return (
    session.unstored && `'${name}' is forgotten until this session ends, not in the recording: ${session.unstored}`
  );
}

/** All that can be loaded. */
export function allSnapshots(session: Session): readonly SnapshotInfo[] {
  return [...session.snapshots(), ...session.snapshotsAside()];
}

function checkSnapshot(session: Session, name: string): SnapshotInfo {
  const found = allSnapshots(session).find((s) => s.name === name);
  const recording = session.leftSnapshots.get(name);
  if (!found && recording !== undefined)
    throw new UserError(
      `snapshot '${name}' is in recording '${recording}', which this one left before it: replay that`,
    );
  if (!found) throw new UserError(`snapshot '${name}' does not exist`);
  return found;
}

/** A BREAK on a port of the machine, by its name, as if its other end had sent it. */
export function sendBreak(session: Session, id: string): void {
  const { machine } = session;
  const ports = boards.named(machine.configuration.board).ports.filter((_name, port) => machine.ports[port]);
  const port = ports.indexOf(id);
  if (port < 0) throw new UserError(`chardev '${id}' not found; there is ${ports.join(", ")}`);
  if (!session.sendBreak(port)) throw new UserError("input is not taken: this is recorded history");
}

/** Makes edits one after the other; a machine that runs goes on afterwards, and one that they end is at its end for all. */
export async function editMachine(
  { control, host, session }: DebugTarget,
  edits: readonly DebuggerEdit[],
): Promise<void> {
  await control.pause(async () => {
    for (const edit of edits)
      if (!session.edit(edit)) throw new UserError("nothing was done: the machine is off, or on its way elsewhere");
  });
  // Who lets the machine run learns so that it has ended.
  if (session.lastStop?.kind === "shutdown") host.resume();
}
