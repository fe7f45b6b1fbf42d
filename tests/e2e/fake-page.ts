import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect } from "vitest";
import type { App } from "../../src/ui/index.ts";
import type { FakeMachine } from "../../src/ui/testing/fake.ts";
import { launch, openPage, startServer } from "./browser.ts";

declare global {
  var hindsight: App;
  var fake: FakeMachine;
}

export interface FakePage {
  readonly page: Page;
  readonly browser: Browser;
  readonly url: string;
}

/** For each test of the `describe` that calls this: the page from its sources, with a made-up machine. Its errors fail the test. */
export function withFakePage(opened: (fake: FakePage) => void): void {
  let browser: Browser;
  let server: { url: string; close(): Promise<void> };
  let page: Page;
  let errors: string[];

  beforeAll(async () => {
    [browser, server] = await Promise.all([launch(), startServer()]);
  });
  afterAll(async () => {
    await browser?.close();
    await server?.close();
  });
  beforeEach(async () => {
    const url = `${server.url}?fake=1e9`;
    ({ page, errors } = await openPage(browser, url));
    opened({ page, browser, url });
  });
  afterEach(async () => {
    await page.context().close();
    expect(errors).toEqual([]);
  });
}
