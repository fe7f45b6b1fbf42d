import type { Notice } from "../api/index.ts";

/** What the page was told of and is not over: only of that it is told the end. */
export class Told {
  private readonly causes = new Set<string>();

  constructor(
    private readonly page: () => { notice(notice: Notice): unknown; over(cause: string): unknown } | undefined,
  ) {}

  notice(notice: Notice): void {
    if (notice.cause !== undefined) this.causes.add(notice.cause);
    this.page()?.notice(notice);
  }

  /** Cheap, and may be said whenever all is well. */
  over(cause: string): void {
    if (this.causes.delete(cause)) this.page()?.over(cause);
  }
}
