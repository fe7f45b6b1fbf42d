import type { Session } from "../../timetravel/index.ts";
import { deleteReplayBreak, seekTo, setReplayBreak } from "../actions.ts";
import { type Command, parseCount, single } from "./command.ts";

/** `seek`'s argument: N, start, end, +N, -N. */
function destination(session: Session, text: string): number {
  if (text === "start") return 0;
  if (text === "end") return session.end;
  const sign = text[0] === "+" ? 1 : text[0] === "-" ? -1 : 0;
  if (sign === 0) return parseCount(text, "a position");
  return Math.max(0, session.position + sign * parseCount(text.slice(1), "a distance"));
}

function describe({ mode, recordingName, position }: Session): string {
  if (mode === "none") return "Record/replay is not active";
  const verb = mode === "record" ? "Recording" : "Replaying";
  return `${verb} execution '${recordingName ?? ""}': instruction count = ${position}`;
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
    help: "stop when the instruction count N is reached (in replay)",
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
    args: "N|start|end|+N|-N",
    moves: true,
    help: "go to a position of history",
    run: ({ target, session }, args) => seekTo(target, destination(session, single(args, "N, start, end, +N or -N"))),
  },
  {
    name: "when",
    args: "",
    help: "show the position, the end of history and the virtual time",
    run({ session }) {
      const where = session.atEnd ? (session.mode === "play" ? "the end" : "the live end") : `of ${session.end}`;
      return `position ${session.position}, ${where}; virtual time ${seconds(session.machine.nowNs)}`;
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
