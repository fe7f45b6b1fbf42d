import { RecordingPaused, type TravelSession } from "../timetravel/index.ts";
import type { Notice } from "../api/index.ts";

/** The cause of notices about what the browser does not keep. */
export const storageCause = "storage";
/** Between two looks for room. */
const retryMs = 1000;

export interface StorageEvents {
  notice(notice: Notice): void;
  /** What notices of this cause told of is over. */
  over(cause: string): void;
}

/** A recording that storage has no room for: says so, looks for room now and then, and goes on by itself. */
export class PausedRecording {
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly events: StorageEvents) {}

  /**
   * A motion of this session failed. False when it did for another reason. `goOn`: is called once all is stored, if the
   * machine has stood there meanwhile.
   */
  failed(error: unknown, session: TravelSession, goOn: () => void): boolean {
    if (!(error instanceof RecordingPaused)) return false;
    this.events.notice({ level: "error", text: error.message, cause: storageCause });
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.lookForRoom(session, session.position, goOn), retryMs);
    return true;
  }

  private async lookForRoom(session: TravelSession, position: number, goOn: () => void): Promise<void> {
    const { timer } = this;
    const stored = await session.storeRest().catch(() => false);
    // Another machine, or another motion, meanwhile.
    if (timer !== this.timer) return;
    if (!stored) this.timer = setTimeout(() => void this.lookForRoom(session, position, goOn), retryMs);
    else {
      this.end();
      if (!session.running && session.atEnd && session.position === position) goOn();
    }
  }

  /** It is over: stored, or another machine is shown. */
  end(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.events.over(storageCause);
  }
}
