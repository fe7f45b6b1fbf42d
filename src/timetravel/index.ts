export type {
  DroppedBranch,
  LastWrite,
  LoadedBranch,
  LoggedInput,
  Progress,
  Session,
  SnapshotInfo,
  TravelOptions,
  TravelStop,
} from "./session/session.ts";
export type { TravelSession } from "./session/travel-session.ts";
export {
  openSession,
  plainSession,
  recordSession,
  type OpenOptions,
  type RecordOptions,
  type SessionOptions,
} from "./session/factories.ts";
export type { Claim } from "./session/session-parts.ts";
export { Turns, type Manner } from "./motion/turns.ts";
export type { Host } from "./door/host.ts";
export type { TravelLimits } from "./session/chronicle.ts";
export { Divergence } from "./divergence.ts";
export { RecordingPaused } from "./log/recording-paused.ts";
export { checkImages, describeImage, type ImageReference, type LogHeader, type ParentReference } from "./log/header.ts";
export { readLogHeader } from "./log/head.ts";
export { holdsNothing, readRecording, type Recording } from "./log/reader.ts";
export { openRecording } from "./log/stored-recording.ts";
export { CACHE_FORMAT, LOG_FORMAT, OLDEST_SEMANTICS, SEMANTICS } from "./versions.ts";
export { verifyRecording, type Verdict, type VerifyOptions } from "./verify/verify.ts";
export type { Difference } from "./verify/state-difference.ts";
