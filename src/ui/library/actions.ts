import type { BootSource, NamedBlob } from "../../api/index.ts";
import type { KeptBreakpoints } from "../debugger/kept-breakpoints.ts";
import type { EarlyKeys } from "../early-keys.ts";
import type { Motions } from "../motions.ts";
import type { Notices } from "../notices.ts";
import type { Page } from "../page.ts";
import { Deletions } from "./deletions.ts";

/** A machine that was opened is shown by then, or is the one that was there. */
const lateMs = 500;

/** Boots machines, opens recordings, and keeps the list of them. */
export class LibraryActions {
  readonly deletions: Deletions;
  /** What is on its way: asked for again, as by a double click, it is not opened twice. */
  private opening: string | undefined;

  constructor(
    private readonly page: Page,
    notices: Notices,
    private readonly motions: Motions,
    private readonly early: EarlyKeys,
    private readonly keptBreakpoints: KeptBreakpoints,
  ) {
    this.deletions = new Deletions(
      notices,
      (id) => this.deleteNow(id),
      () => page.changed(),
    );
  }

  boot(source: BootSource): void {
    const what = source.kind === "demo" ? `guest ${source.guest}` : undefined;
    this.start("Boot another machine?", what, async () => {
      // So that the browser does not drop recordings when space gets tight; asked when there is something to keep.
      void navigator.storage?.persist?.();
      await this.page.api.boot(source).finally(() => this.refreshRecordings());
    });
  }
  openDemoRecording(): void {
    this.start("Open another recording?", "demo recording", () => this.page.api.openDemoRecording());
  }
  openRecording(id: string): void {
    this.deletions.undo(id);
    this.start("Open another recording?", `recording ${id}`, () => this.page.api.openRecording(id));
  }
  private start(question: string, what: string | undefined, open: () => Promise<void>): void {
    if (what !== undefined && what === this.opening) return;
    this.motions.travel(question, undefined, async () => {
      this.opening = what;
      this.early.begin(this.page.model.machine);
      await open().finally(() => {
        if (this.opening === what) this.opening = undefined;
        setTimeout(() => this.early.end(), lateMs);
      });
    });
  }
  /** Reads what another tab has recorded since, and stays at the same instant. */
  reopen(): void {
    const { recording, position } = this.page.model.view;
    this.motions.travel("Open it again?", undefined, async () => {
      await this.page.api.openRecording(recording!.id);
      await this.motions.seeks.request(position);
    });
  }
  async refreshRecordings(): Promise<void> {
    const list = this.page.api.listRecordings();
    // That storage fails is said once.
    const told = this.page.model.notices.some(({ cause }) => cause === "storage");
    const recordings = await (told ? list.catch(() => undefined) : this.page.attempt(list, "recordings"));
    if (recordings) {
      this.page.model.recordings = recordings;
      this.keptBreakpoints.keepOnly(recordings.map(({ id }) => id));
    }
    this.page.changed();
  }
  /** False when the recording keeps its name. */
  async renameRecording(id: string, name: string): Promise<boolean> {
    if (name.trim() === "") return false;
    const renamed = await this.page.attempt(this.page.api.renameRecording(id, name.trim()).then(() => true));
    if (renamed) this.keptBreakpoints.renamed(id, name.trim());
    await this.refreshRecordings();
    return renamed ?? false;
  }
  private async deleteNow(id: string): Promise<void> {
    await this.page.attempt(this.page.api.deleteRecording(id));
    await this.refreshRecordings();
  }
  async download(file: Promise<NamedBlob | undefined>): Promise<void> {
    const named = await this.page.attempt(file);
    if (named === undefined) return;
    const link = document.createElement("a");
    link.href = URL.createObjectURL(named.blob);
    link.download = named.name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  }
}
