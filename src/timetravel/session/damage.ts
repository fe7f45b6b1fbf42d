/** Why nothing is stored in it: writing behind the good part would destroy what can perhaps be saved. */
export const damagedRecording = "the recording is damaged";

/** For the user of one that is. */
export function noticeOf(damage: string): string {
  return `${damage}; what comes before it is replayed`;
}
