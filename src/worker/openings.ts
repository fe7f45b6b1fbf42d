/** Openings and closings of machines take turns; a new one ends what the one before was fetching. */
export class Openings {
  private fetching: AbortController | undefined;
  private last: Promise<unknown> = Promise.resolve();

  /** `over`: one has ended, however it did. */
  constructor(private readonly over: () => void) {}

  /** Resolves also when `work` was ended by its signal: who ended it knows. */
  take(work: (signal: AbortSignal) => Promise<void>): Promise<void> {
    this.cancel();
    const before = this.last;
    const controller = new AbortController();
    this.fetching = controller;
    const turn = (async () => {
      await before.catch(() => undefined);
      try {
        await work(controller.signal);
      } catch (error) {
        if (!controller.signal.aborted) throw error;
      } finally {
        if (this.fetching === controller) this.fetching = undefined;
        this.over();
      }
    })();
    this.last = turn;
    return turn;
  }

  cancel(): void {
    this.fetching?.abort();
  }
}
