import type { History } from "../log/history.ts";

/** Why nothing is stored in it: writing behind the good part would destroy what can perhaps be saved. */
export const damagedRecording = "the recording is damaged";

/** For the user of one that is. */
export function noticeOf(damage: string): string {
  return `${damage}; what comes before it is replayed`;
}

/** The end of a large recording is found while its beginning is shown. Resolves with history known to its end. */
export async function readOn(history: History, grown: () => void): Promise<void> {
  while (history.growth) {
    await history.growth;
    grown();
  }
}
