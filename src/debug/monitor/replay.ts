import { UserError } from "../../base/index.ts";
import type { Session } from "../../timetravel/index.ts";
import { checkArrived, deleteReplayBreak, seekTo, setReplayBreak } from "../actions.ts";
import { type Command, parseCount, single } from "./command.ts";

/** `seek`'s argument: N, start, end, +N, -N. */
function destination(session: Session, text: string): number | ((from: number) => number) {
  if (text === "start") return 0;
  if (text === "end") return session.end;
  const sign = text[0] === "+" ? 1 : text[0] === "-" ? -1 : 0;
  if (sign === 0) return parseCount(text, "a position");
  const distance = sign * parseCount(text.slice(1), "a distance");
  return (from) => Math.max(0, from + distance);
}

const units: Readonly<Record<string, number>> = { s: 1e9, ms: 1e6, us: 1e3, ns: 1 };

/** "1.5s"; undefined for what is not a time. */
function nanoseconds(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)(s|ms|us|ns)$/.exec(text);
  if (!match) return undefined;
  const ns = Math.round(Number(match[1]) * units[match[2]!]!);
  if (!Number.isSafeInteger(ns)) throw new UserError(`'${text}' is too long a time`);
  return ns;
}

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
    args: "N|start|end|+N|-N|TIME",
    moves: true,
    help: "go to a position of history, or to a virtual time: 1.5s, 20ms, 300us, 40ns",
    run({ target, session }, args) {
      const text = single(args, "N, start, end, +N, -N or a time");
      const ns = nanoseconds(text);
      if (ns === undefined) return seekTo(target, destination(session, text));
      return target.control.exclusive(async () => {
        await session.seekTime(ns);
        checkArrived(session, session.machine.nowNs >= ns);
      });
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
