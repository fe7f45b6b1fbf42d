import { deleteReplayBreak, seekTo, setReplayBreak } from "../../actions.ts";
import type { QmpCommand } from "../command.ts";

export const replay: readonly QmpCommand[] = [
  {
    name: "query-replay",
    returns: "any",
    run: ({ session: { mode, recordingName, position, branchedAt } }) => ({
      mode,
      ...(mode === "none" || recordingName === undefined ? {} : { filename: recordingName }),
      icount: position,
      // Ours: nothing is recorded there.
      ...(branchedAt === undefined ? {} : { "throw-away-branch-of": branchedAt }),
    }),
  },
  {
    name: "replay-break",
    arguments: { icount: "int" },
    run: ({ session }, { icount }) => setReplayBreak(session, icount as number),
  },
  { name: "replay-delete-break", run: ({ session }) => deleteReplayBreak(session) },
  {
    name: "replay-seek",
    arguments: { icount: "int" },
    run: ({ target }, { icount }) => seekTo(target, icount as number),
  },
];
