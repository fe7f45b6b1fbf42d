import { formatPosition } from "./format.ts";
import type { Page } from "./page.ts";

/** Whoever moves the machine while a gdb holds it is asked first. */
export class Asking {
  constructor(private readonly page: Page) {}

  /** `what`: the question; `look`: where the user may look without moving the machine. */
  ask(what: string, look: number | undefined, move: () => Promise<unknown>): void {
    const { model } = this.page;
    const { bridge } = model.view;
    const proceed = (): void => {
      model.question = model.unread = undefined;
      void this.page.attempt(move());
      this.page.changed();
    };
    if (bridge.kind !== "attached" || model.view.mode === "none") return proceed();
    // Also while gdb lets it run: gdb would be told that it stopped where it was, not where it has gone since.
    const holds = bridge.stopped
      ? `gdb holds the machine at position ${formatPosition(model.view.position)}.`
      : "gdb has the machine run.";
    model.question = {
      text: `${holds} ${what}`,
      proceed,
      look,
    };
    this.page.changed();
  }

  /** Answers the question: detaches gdb, then moves. */
  detachAndGo(): void {
    const { question } = this.page.model;
    if (question === undefined) return;
    this.page.model.question = undefined;
    void this.page.attempt(this.page.api.detachDebugger().then(() => question.proceed()));
  }
  lookOnly(): void {
    const { model } = this.page;
    model.cursor = model.question?.look;
    model.question = undefined;
    this.page.changed();
  }
  forgetQuestion(): void {
    this.page.model.question = undefined;
    this.page.model.cursor = undefined;
    this.page.changed();
  }
}
