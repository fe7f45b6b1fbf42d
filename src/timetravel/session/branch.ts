import type { LiveEnd } from "../door/live-end.ts";
import type { Session } from "./session.ts";
import type { SessionLog } from "../log/session-log.ts";
import type { Snapshot } from "../state/snapshots.ts";
import type { LeftHistory } from "./timeline.ts";

/** `NAME-loadvm-1`, or the first such name that is free, in front of a file's extension. */
export function nameOfLoaded(parent: string, taken: ReadonlySet<string>): string {
  const [, base, extension = ""] = /^(.+?)(?:-loadvm-\d+)?(\.[a-z]\w{0,11})?$/is.exec(parent)!;
  for (let number = 1; ; number++) {
    const name = `${base}-loadvm-${number}${extension}`;
    if (!taken.has(name)) return name;
  }
}

/** Recorded history that waits, untouched, while another one is made from one of its positions: a throw-away branch. */
export interface Aside {
  /** State here, and all before, is the same in both. Pinned. */
  readonly from: Snapshot;
  readonly left: LeftHistory;
  readonly live: LiveEnd | undefined;
  readonly log: SessionLog;
  readonly mode: Session["mode"];
}
