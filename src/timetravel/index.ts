export type { Progress, Session, SnapshotInfo, TravelOptions, TravelStop } from "./session.ts";
