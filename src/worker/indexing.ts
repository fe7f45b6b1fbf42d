import type { TravelSession } from "../timetravel/index.ts";

/** Rest before the part of a recording that was never run is indexed. */
const restMs = 400;
/** What storing snapshots may take from the guest when the page was hidden. */
const hiddenMs = 2000;

export interface IndexingEvents {
  /** Whoever moves the machine meanwhile would not expect it. */
  hold(): boolean;
  changed(): void;
  failed(error: unknown): void;
  /** What there is to know of the recording is stored. */
  kept(): void;
  notKept(error: unknown): void;
}

/** A replayed recording at rest is run to its end once, so that all of it can be travelled in, and its index is stored. */
export class Indexing {
  /** The machine is on its way, and comes back. */
  active = false;
  /** The user has not cancelled it since the last motion. */
  wanted = true;
  /** Not stored yet: once is enough for what is recorded. */
  private keepWanted = true;
  private rest: ReturnType<typeof setTimeout> | undefined;
  private closed = false;

  constructor(
    private readonly session: Pick<TravelSession, "mode" | "running" | "end" | "indexedTo" | "index" | "keep">,
    private readonly events: IndexingEvents,
  ) {}

  /** The machine rests: it begins in a moment, unless this is called again. */
  soon(): void {
    this.notYet();
    const { session } = this;
    if (this.closed || session.mode !== "play") return;
    // Played to its end, all of it is indexed: then there is only something to keep.
    const next = session.indexedTo >= session.end ? this.keepWanted && this.keep : this.wanted && this.index;
    if (next) this.rest = setTimeout(() => void next.call(this), restMs);
  }

  notYet(): void {
    clearTimeout(this.rest);
  }

  /** Stores what can be stored of a recording in the making while the browser is patient with a hidden page. */
  async keepNow(): Promise<void> {
    if (this.closed || this.session.mode !== "record") return;
    const start = performance.now();
    await this.keepWhile(() => !this.closed && performance.now() - start < hiddenMs);
  }

  dispose(): void {
    this.closed = true;
    this.notYet();
  }

  private async index(): Promise<void> {
    const { session, events } = this;
    if (session.running || this.closed || events.hold()) return;
    this.active = true;
    try {
      await session.index();
    } catch (error) {
      this.wanted = false;
      events.failed(error);
    } finally {
      this.active = false;
      events.changed();
    }
    this.soon();
  }

  private async keep(): Promise<void> {
    if (this.closed) return;
    this.keepWanted = false;
    await this.keepWhile(() => true);
  }

  private async keepWhile(patient: () => boolean): Promise<void> {
    try {
      await this.session.keep(patient);
      this.events.kept();
    } catch (error) {
      if (!this.closed) this.events.notKept(error);
    }
  }
}
