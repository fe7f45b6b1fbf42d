export type { LoggedInput, Progress, Session, SnapshotInfo, TravelOptions, TravelStop } from "./session.ts";
