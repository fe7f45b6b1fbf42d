import type { Notice } from "../api/index.ts";

export interface ShownNotice extends Notice {
  readonly id: number;
  /** What takes back what it tells of. */
  readonly undo?: () => void;
}

/** A page with more of them has no room for its console. */
const most = 4;
const infoMs = 6000;

/** What the page has to say. A notice goes when its cause is over, not only when its reader says so. */
export class Notices {
  private lastId = 0;

  constructor(
    private readonly model: { notices: readonly ShownNotice[] },
    private readonly changed: () => void,
  ) {}

  /** Takes the place of what was said of the same cause; without one, of the same words. Gives its id. */
  add(notice: Notice & { readonly undo?: () => void }): number {
    const id = ++this.lastId;
    const same = ({ cause, text }: Notice): boolean =>
      notice.cause === undefined ? cause === undefined && text === notice.text : cause === notice.cause;
    const all = [...this.model.notices.filter((other) => !same(other)), { ...notice, id }];
    // What can be taken back stays until it cannot.
    this.model.notices = all.filter((one, index) => one.undo !== undefined || index >= all.length - most);
    if (notice.level === "info" && notice.undo === undefined) setTimeout(() => this.dismiss(id), infoMs);
    this.changed();
    return id;
  }

  dismiss(id: number): void {
    this.keep((notice) => notice.id !== id);
  }

  /** The cause is over; `until`: of what was said up to this id, and not of what came of it since. */
  over(cause: string, until = this.lastId): void {
    this.keep((notice) => notice.cause !== cause || notice.id > until);
  }

  get last(): number {
    return this.lastId;
  }

  private keep(wanted: (notice: ShownNotice) => boolean): void {
    const left = this.model.notices.filter(wanted);
    if (left.length === this.model.notices.length) return;
    this.model.notices = left;
    this.changed();
  }
}
