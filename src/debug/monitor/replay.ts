import type { Session } from "../../timetravel/index.ts";
import { checkArrived, deleteReplayBreak, seekTo, setReplayBreak } from "../actions.ts";
import { parseDestination, positionOf, search } from "../destination.ts";
import { type Command, parseCount, single } from "./command.ts";

function describe({ mode, recordingName, position, branchedAt }: Session): string {
  if (mode === "none") return "Record/replay is not active";
  const verb = mode === "record" ? "Recording" : "Replaying";
  const branch = branchedAt === undefined ? "" : `\nin a throw-away branch of ${branchedAt}, which is not recorded`;
  return `${verb} execution '${recordingName ?? ""}': instruction count = ${position}${branch}`;
}

/** 83,000,000 ns as "0.083000000 s". */
function seconds(ns: number): string {
  return `${Math.floor(ns / 1e9)}.${String(ns % 1e9).padStart(9, "0")} s`;
}

export const replay: readonly Command[] = [
  {
    name: "info replay",
    args: "",
    help: "show whether a recording is made or replayed, and the instruction count",
    run: ({ session }) => describe(session),
  },
  {
    name: "replay_break",
    args: "N",
    help: "stop when the instruction count N is reached, forwards in a replay or on the way back; once",
    run: ({ session }, args) =>
      setReplayBreak(session, parseCount(single(args, "the instruction count"), "the instruction count")),
  },
  {
    name: "replay_delete_break",
    args: "",
    help: "remove what replay_break set",
    run: ({ session }) => deleteReplayBreak(session),
  },
  {
    name: "replay_seek",
    args: "N",
    moves: true,
    help: "go to the instruction count N, forwards or backwards",
    run: ({ target }, args) =>
      seekTo(target, parseCount(single(args, "the instruction count"), "the instruction count")),
  },
  {
    name: "seek",
    args: "N|start|end|+N|-N|TIME|SYMBOL",
    line: true,
    moves: true,
    help: "go to a position of history, to a virtual time (1.5s, 20ms, 300us, 40ns), to the line of the kernel's log with a time (1.2892) or to the last, else next, execution of a symbol",
    async run({ target, session, rest }, args) {
      const destination = parseDestination(args.length === 0 ? single(args, "where to go") : rest);
      if (destination.kind === "distance") return seekTo(target, (from) => Math.max(0, from + destination.steps));
      const position = positionOf(session, destination);
      if (position !== undefined) return seekTo(target, position);
      await target.control.exclusive(async () => checkArrived(session, await search(target, destination)));
    },
  },
  {
    name: "when",
    args: "",
    help: "show the position, the end of history and the virtual time",
    run({ session }) {
      const where = session.atEnd ? (session.mode === "play" ? "the end" : "the live end") : `of ${session.end}`;
      const branch = session.branchedAt === undefined ? "" : `, in a throw-away branch of ${session.branchedAt}`;
      return `position ${session.position}, ${where}${branch}; virtual time ${seconds(session.machine.nowNs)}`;
    },
  },
  {
    name: "info hash",
    args: "",
    help: "show the position and the hash of the whole state there: equal in every replay",
    run: ({ target, session }) =>
      target.control.pause(async () => `position ${session.position}; state hash ${session.stateHash()}`),
  },
];
