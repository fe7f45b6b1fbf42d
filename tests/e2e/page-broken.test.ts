import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { browserExists, launch, openPage } from "./browser.ts";
import { startSite } from "./site.ts";
import type { Served } from "./static-server.ts";

/** The built page when a part of it is not there, as after a new version was put on the site. */
describe.skipIf(!browserExists)("a page whose site has lost", { timeout: 120_000 }, () => {
  let browser: Browser;
  let server: Served;
  let page: Page;

  beforeAll(async () => {
    [browser, server] = await Promise.all([launch(), startSite()]);
  });
  afterAll(async () => {
    await browser?.close();
    await server?.close();
  });
  beforeEach(async () => {
    ({ page } = await openPage(browser, "about:blank"));
  });
  afterEach(() => page.context().close());

  async function openWithout(file: RegExp): Promise<void> {
    await page.context().route(file, (route) => route.abort());
    await page.goto(server.url);
  }

  it("the machine's worker: says so instead of waiting for ever", async () => {
    await openWithout(/\/main-[^/]*\.js$/);
    await page.getByText("The machine's worker failed").waitFor();
  });

  it("the interpreter: says so", async () => {
    await openWithout(/\/interpreter-[^/]*\.wasm$/);
    await page.getByRole("button", { name: "Boot the demo" }).click();
    await page
      .locator(".notices")
      .getByText(/interpreter|fetch/i)
      .waitFor();
  });

  it("nothing, but answers late: the button to press stays where it is", async () => {
    let answer = (): void => {};
    const asked = new Promise<void>((resolve) => (answer = resolve));
    await page.context().route(/\/guest\//, async (route) => {
      await asked;
      if (route.request().url().endsWith("/demo.hindsight")) await route.fulfill({ body: "" });
      else await route.continue();
    });
    await page.goto(server.url);
    const button = page.getByRole("button", { name: "Boot the demo" });
    const { x, y, width, height } = (await button.boundingBox())!;
    // Near its edge, as people do.
    await page.mouse.move(x + width - 4, y + height - 4);
    await page.mouse.down();
    answer();
    await page.waitForFunction(() => hindsight.model.demo !== undefined);
    await page.waitForFunction(() =>
      document.querySelector(".welcome")!.textContent.includes(hindsight.model.demo!.title),
    );
    expect(await button.boundingBox()).toEqual({ x, y, width, height });
    await page.mouse.up();
    await page.waitForFunction(() => hindsight.model.view.mode === "record");
  });

  it("the translator: says so, and boots", async () => {
    await openWithout(/\/translator-[^/]*\.js$/);
    await page.getByRole("button", { name: "Boot the demo" }).click();
    await page.getByText("The translator failed").waitFor();
    const from = await page.evaluate(() => hindsight.model.view.position);
    await page.waitForFunction((before) => hindsight.model.view.position > before + 20e6, from);
    expect(await page.evaluate(() => hindsight.model.view.translated)).toBe(0);
  });
});
