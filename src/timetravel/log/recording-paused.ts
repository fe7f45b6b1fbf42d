import { UserError } from "../../base/index.ts";

/**
 * The store does not take what is recorded, so that the machine must not go on. Nothing is lost: what the store did not
 * take is kept in memory, and every motion at the live end tries to store it again before it begins.
 */
export class RecordingPaused extends UserError {
  override name = "RecordingPaused";

  constructor(why: string) {
    super(`recording is paused, nothing is lost: ${why}; it goes on when there is room`);
  }
}
