import type { Disposable } from "../../base/index.ts";
import type { RecordingStore } from "../../storage/index.ts";
import type { Host } from "../door/host.ts";
import type { Keyframes } from "../keyframes/keyframes.ts";
import type { LiveEnd } from "../door/live-end.ts";
import type { LogHeader } from "../log/header.ts";
import type { SessionLog } from "../log/session-log.ts";
import type { Chronicle } from "./chronicle.ts";

/** A name for a branch; disposed when none came of it. */
export interface Claim extends Disposable {
  /** The session goes by this name from now on. */
  moved(): void;
}

/** Bytes of a stream, or one message, that left a host port. */
export interface Printed {
  readonly port: number;
  readonly bytes: number[];
}

/** What a session is made of. */
export interface SessionParts {
  readonly chronicle: Chronicle;
  readonly host: Host;
  readonly live: LiveEnd | undefined;
  readonly log: SessionLog;
  /** Output that is new to history and not given to listeners yet. */
  readonly printed: Printed[];
  readonly recordingName: string | undefined;
  /** Where there is a store. */
  readonly keyframes: Keyframes | undefined;
  /** They are stored without being asked for. */
  readonly keeps: boolean;
  /** Something that the user should know of the recording, such as damage. */
  readonly notice: string | undefined;
  /** An idle guest waits in the host's time too. */
  readonly sleep: boolean;
  readonly claim: ((name: string) => Promise<Claim>) | undefined;
  /** Where the recording lies; undefined where there is none. */
  readonly stored: { readonly store: RecordingStore | undefined; readonly header: LogHeader } | undefined;
}
