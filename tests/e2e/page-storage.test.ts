import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { browserExists, launch, openPage } from "./browser.ts";
import { outputIncludes } from "./real-page.ts";
import { startSite } from "./site.ts";
import type { Served } from "./static-server.ts";

/** The built page where the browser deletes or refuses what it is to keep. */
describe.skipIf(!browserExists)("a page whose browser", { timeout: 300_000 }, () => {
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
  afterEach(() => page.context().close());

  async function open(): Promise<void> {
    ({ page } = await openPage(browser, "about:blank"));
    page.setDefaultTimeout(120_000);
  }
  async function boot(): Promise<void> {
    await page.getByRole("button", { name: "Boot the demo" }).click();
    await reach(30e6);
  }
  const reach = (position: number): Promise<unknown> =>
    page.waitForFunction((wanted) => hindsight.model.view.position >= wanted, position);
  const notices = (): Promise<readonly string[]> =>
    page.evaluate(() => hindsight.model.notices.map(({ text }) => text));
  const recordings = (): Promise<number[]> =>
    page.evaluate(async () => (await hindsight.controller.api.listRecordings()).map(({ length }) => length!));
  async function goesBack(): Promise<void> {
    const asked = await page.evaluate(() => hindsight.controller.api.seek(1_000_000));
    expect(asked).toBe(true);
  }
  const storage = async (command: string, parameters: object): Promise<void> => {
    const client = await page.context().newCDPSession(page);
    await (client.send as (command: string, parameters: object) => Promise<unknown>)(`Storage.${command}`, {
      origin: new URL(server.url).origin,
      ...parameters,
    });
  };

  it("was told to delete its site's data: says so, and stores again what it is recording", async () => {
    await open();
    await page.goto(server.url);
    await boot();
    await storage("clearDataForOrigin", { storageTypes: "all" });
    await page.getByText("The one that is open has been stored again").waitFor();
    await outputIncludes(page, "~ # ");
    await page.locator(".serial").click();
    await page.keyboard.type("echo $((6 * 7)) answers\n");
    await outputIncludes(page, "42 answers");
    expect(await page.evaluate(() => hindsight.model.view.mode)).toBe("record");
    await goesBack();
    const hash = await page.evaluate(() => hindsight.controller.api.stateHash());
    expect(await notices()).toHaveLength(1);
    await page.reload();
    await page.getByRole("button", { name: "Replay", exact: true }).first().click();
    await outputIncludes(page, "42 answers");
    await goesBack();
    expect(await page.evaluate(() => hindsight.controller.api.stateHash())).toBe(hash);
    // And with a replay.
    await storage("clearDataForOrigin", { storageTypes: "indexeddb" });
    await page.getByText("The one that is open has been stored again").waitFor();
    expect(await recordings()).toHaveLength(1);
    await page.evaluate(() => hindsight.controller.api.close());
    await storage("clearDataForOrigin", { storageTypes: "indexeddb" });
    await page.getByText("with it the recordings that were kept here", { exact: false }).last().waitFor();
    expect(await recordings()).toEqual([]);
    await boot();
    expect(await recordings()).toHaveLength(1);
  });

  it("keeps all of it: lists that when asked to, and not for having been answered", async () => {
    await open();
    await page.addInitScript(() => {
      const asked = { lists: 0 };
      Object.assign(globalThis, { asked });
      const { postMessage } = Worker.prototype;
      Worker.prototype.postMessage = function (message: { path?: string[] }, ...rest: never[]): void {
        if (message.path?.includes("listRecordings")) asked.lists++;
        postMessage.call(this, message, ...rest);
      };
    });
    await page.goto(server.url);
    // By itself once, when it has found its worker.
    await page.waitForFunction(() => (globalThis as unknown as { asked: { lists: number } }).asked.lists === 1);
    const lists = await page.evaluate(async () => {
      const { asked } = globalThis as unknown as { asked: { lists: number } };
      const before = asked.lists;
      for (let time = 0; time < 5; time++) await hindsight.controller.library.refreshRecordings();
      return asked.lists - before;
    });
    expect(lists).toBe(5);
  });

  it("keeps nothing: says why and what works, and works", async () => {
    await open();
    await page.context().route(/\/main-[^/]*\.js$/, async (route) => {
      const response = await route.fetch();
      const refuse = `indexedDB.open = () => { throw new DOMException("no", "SecurityError"); };`;
      await route.fulfill({ response, body: `${refuse}${await response.text()}` });
    });
    await page.goto(server.url);
    await page
      .getByText(
        "Nothing can be kept here: the browser's settings forbid this site to keep data. Recording and going back " +
          "work until this page is closed; download what you want to keep",
      )
      .waitFor();
    await boot();
    await goesBack();
    const [exported, length] = await page.evaluate(async () => {
      const { api } = hindsight.controller;
      const id = (await api.listRecordings())[0]!.id;
      const { blob } = (await api.exportRecording(id))!;
      return [blob.size, hindsight.model.view.end];
    });
    expect(exported).toBeGreaterThan(500);
    expect(length).toBeGreaterThan(30e6);
    expect(await notices()).toHaveLength(1);
  });

  it("has no room: says so, and works", async () => {
    await open();
    await storage("overrideQuotaForOrigin", { quotaSize: 1 });
    await page.goto(server.url);
    await page.getByText("Nothing can be kept here: the browser gives this site no room").waitFor();
    await boot();
    await goesBack();
    expect(await notices()).toHaveLength(1);
  });
});
