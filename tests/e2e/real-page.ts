import type { Page } from "playwright-core";
import type { App } from "../../src/ui/index.ts";

declare global {
  var hindsight: App;
}

/** Until the guest has printed a text, at any time. */
export function outputIncludes(page: Page, text: string): Promise<unknown> {
  return page.waitForFunction(
    (wanted) => new TextDecoder().decode(hindsight.history.slice(0, Infinity)).includes(wanted),
    text,
  );
}

/** What is one and the same whenever the machine stands at this position. */
export interface Instant {
  readonly position: number;
  readonly output: string;
  readonly hash: string;
}

/** The instant that the page shows. */
export function shownInstant(page: Page): Promise<Instant> {
  return page.evaluate(async () => {
    const { model, history, controller } = hindsight;
    const { position } = model.view;
    const output = new TextDecoder().decode(history.slice(0, history.countAt(position)));
    return { position, output, hash: await controller.api.stateHash() };
  });
}
