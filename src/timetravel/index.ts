export type {
  DroppedBranch,
  LastWrite,
  LoadedBranch,
  LoggedInput,
  Progress,
  Session,
  SnapshotInfo,
  TravelStop,
} from "./session/session.ts";
export type { TravelSession } from "./session/travel-session.ts";
export { openSession, plainSession, recordSession } from "./session/factories.ts";
export type { Claim } from "./session/session-parts.ts";
export { Turns, type Manner } from "./motion/turns.ts";
export type { Host } from "./door/host.ts";
export type { TravelLimits } from "./session/chronicle.ts";
export { RecordingPaused } from "./log/recording-paused.ts";
export { checkImages, describeImage, type ImageReference, type LogHeader, type ParentReference } from "./log/header.ts";
export { readLogHeader } from "./log/head.ts";
export { holdsNothing, readRecording, type Recording } from "./log/reader.ts";
export { openRecording } from "./log/stored-recording.ts";
export { LOG_FORMAT, OLDEST_SEMANTICS, SEMANTICS } from "./versions.ts";
export { verifyRecording, type Verdict } from "./verify/verify.ts";
