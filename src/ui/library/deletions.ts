import type { Notices } from "../notices.ts";

/** For so long a deletion can be taken back. */
const patienceMs = 8000;

/**
 * Recordings that their user has deleted, which are gone from the list at once and from storage some seconds later. A tab
 * that is closed before deletes nothing.
 */
export class Deletions {
  private readonly pending = new Map<
    string,
    { readonly timer: ReturnType<typeof setTimeout>; readonly notice: number }
  >();

  constructor(
    private readonly notices: Notices,
    /** Deletes for good. */
    private readonly remove: (id: string) => Promise<void>,
    private readonly changed: () => void,
  ) {}

  has(id: string): boolean {
    return this.pending.has(id);
  }

  /** `shown`: the machine on the screen is recorded there. */
  begin(id: string, name: string, shown = false): void {
    if (this.has(id)) return;
    const undo = (): void => this.undo(id);
    const text = `“${name}” is deleted${shown ? ", and the machine on the screen closes with it in a moment" : ""}`;
    const notice = this.notices.add({ level: "info", text, cause: `deleted ${id}`, undo });
    this.pending.set(id, { timer: setTimeout(() => void this.finish(id), patienceMs), notice });
    this.changed();
  }

  /** It is wanted after all. */
  undo(id: string): void {
    const one = this.pending.get(id);
    if (one === undefined) return;
    clearTimeout(one.timer);
    this.pending.delete(id);
    this.notices.dismiss(one.notice);
    this.changed();
  }

  private async finish(id: string): Promise<void> {
    const one = this.pending.get(id);
    if (one) this.notices.dismiss(one.notice);
    // Not in the list again while it goes.
    await this.remove(id);
    this.pending.delete(id);
    this.changed();
  }
}
