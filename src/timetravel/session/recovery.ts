import { Divergence } from "../divergence.ts";
import type { Course } from "./course.ts";
import type { Keeping } from "./keeping.ts";

/** After a divergence: goes back to what is known to be right. Resolves to the divergence as a user is told it. */
export async function recover(error: Divergence, { chronicle, live }: Course, keeping: Keeping): Promise<Divergence> {
  const { history, snapshots } = chronicle;
  const hashed = chronicle.lastHashed(error.position - 1);
  // The snapshots that were stored may be to blame, rather than the recording: next time it goes without them.
  const again = keeping.used;
  const message =
    `the replay differs from the recording between positions ${hashed} and ${error.position}: ${error.message}` +
    (again ? "; the snapshots beside the recording are thrown away: try again without them" : "");
  await keeping.discard();
  if (live) chronicle.restore(live.left ?? snapshots.nearest(history.end));
  else {
    const good = again ? 0 : hashed;
    chronicle.forgetAfter(good);
    if (!again) {
      history.end = Math.min(history.end, good);
      history.endReason = undefined;
    }
    chronicle.restore(snapshots.nearest(good));
  }
  return new Divergence(message, error.position);
}
