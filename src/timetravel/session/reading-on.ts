import type { History } from "../log/history.ts";

/** The end of a large recording is found while its beginning is shown. Resolves with history known to its end. */
export async function readOn(history: History, grown: () => void): Promise<void> {
  while (history.growth) {
    await history.growth;
    grown();
  }
}
