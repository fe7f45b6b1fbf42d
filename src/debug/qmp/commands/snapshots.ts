import { UserError } from "../../../base/index.ts";
import { deleteSnapshot, loadSnapshot, saveSnapshot } from "../../actions.ts";
import type { DebugTarget } from "../../target.ts";
import type { ArgumentType, QmpCommand } from "../command.ts";

/** Snapshots live in the recording, not on a disk: which devices they are asked for makes no difference. */
const places: Readonly<Record<string, ArgumentType>> = { "job-id": "string", tag: "string", devices: "strings?" };

/** A job that succeeded has no text of its own. */
function tell({ host }: DebugTarget, note: string | undefined): void {
  if (note !== undefined) host.message(note);
}

export const snapshots: readonly QmpCommand[] = [
  {
    name: "snapshot-save",
    arguments: { ...places, vmstate: "string?" },
    run({ target, session }, { "job-id": id, tag }) {
      target.jobs.start(id as string, "snapshot-save", async () => {
        if (session.snapshots().some(({ name }) => name === tag))
          throw new UserError(`snapshot '${tag as string}' exists already`);
        tell(target, await saveSnapshot(target, tag as string));
      });
    },
  },
  {
    name: "snapshot-load",
    arguments: { ...places, vmstate: "string?" },
    run({ target }, { "job-id": id, tag }) {
      target.jobs.start(id as string, "snapshot-load", async () =>
        tell(target, await loadSnapshot(target, tag as string)),
      );
    },
  },
  {
    name: "snapshot-delete",
    arguments: places,
    run({ target }, { "job-id": id, tag }) {
      target.jobs.start(id as string, "snapshot-delete", async () =>
        tell(target, await deleteSnapshot(target, tag as string)),
      );
    },
  },
  { name: "query-jobs", returns: "any", run: ({ target }) => target.jobs.list() },
  { name: "job-dismiss", arguments: { id: "string" }, run: ({ target }, { id }) => target.jobs.dismiss(id as string) },
];
