import type { ProgressView } from "../api/index.ts";

/** Files smaller than this come and go before anybody could cancel them. */
const SHOWN_BYTES = 2 ** 24;

/** What a long copy asks and tells at each of its pieces. */
export interface Transfer {
  /** So many bytes are copied by now. Throws when the user has cancelled it. */
  done(bytes: number): void;
}

/** Recordings on their way between files and the library: shown, and cancelled with all else. */
export class Transfers {
  private readonly running = new Set<AbortController>();

  constructor(private readonly progress: (progress: ProgressView | undefined) => void) {}

  /** Resolves to undefined when the user has cancelled it; `work` has then put everything back. */
  async run<T>(task: string, total: number, work: (transfer: Transfer) => Promise<T>): Promise<T | undefined> {
    const controller = new AbortController();
    this.running.add(controller);
    const shown = total >= SHOWN_BYTES;
    const done = (bytes: number): void => {
      controller.signal.throwIfAborted();
      if (shown) this.progress({ task, done: bytes, total, unit: "bytes", cancellable: true });
    };
    try {
      return await work({ done });
    } catch (error) {
      if (!controller.signal.aborted) throw error;
      return undefined;
    } finally {
      this.running.delete(controller);
      if (shown) this.progress(undefined);
    }
  }

  cancel(): void {
    for (const controller of this.running) controller.abort();
  }
}
