import { inflateRawSync } from "node:zlib";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { decodeIndex } from "../../src/timetravel/keyframes/format.ts";
import { guest } from "../../tools/guest/index.mjs";
import { browserExists, drawn, launch, openPage } from "./browser.ts";
import { type Instant, outputIncludes, shownInstant } from "./real-page.ts";
import { replayOnCommandLine } from "./replay.ts";
import { startSite } from "./site.ts";
import type { Served } from "./static-server.ts";

/** The built page on a plain static server, with the real guest. The steps build on each other. */
describe.skipIf(!browserExists)("the built page", { timeout: 180_000 }, () => {
  const files = guest();
  let browser: Browser;
  let server: Served;
  let page: Page;
  let errors: string[];

  beforeAll(async () => {
    [browser, server] = await Promise.all([launch(), startSite()]);
    ({ page, errors } = await openPage(browser, server.url));
    page.setDefaultTimeout(120_000);
  });
  afterAll(async () => {
    await browser?.close();
    await server?.close();
  });

  const exported = async (): Promise<Uint8Array> =>
    Uint8Array.from(
      await page.evaluate(async () => {
        const { model, controller } = hindsight;
        const { blob } = (await controller.api.exportRecording(model.recordings[0]!.id))!;
        return [...new Uint8Array(await blob.arrayBuffer())];
      }),
    );
  /** Up to where the only recording's cache has indexed it. */
  const storedTo = async (): Promise<number> => {
    const blob = await page.evaluate(async () => {
      const database = await new Promise<IDBDatabase>((resolve, reject) => {
        const request = indexedDB.open("hindsight");
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(new Error("the database does not open"));
      });
      const cache = database.transaction("cache").objectStore("cache");
      const ask = <T>(request: IDBRequest<T>): Promise<T> =>
        new Promise((resolve) => (request.onsuccess = () => resolve(request.result)));
      const key = (await ask(cache.getAllKeys())).find((key) => (key as [number, string])[1] === "index");
      const blob = key && (await ask(cache.get(key) as IDBRequest<Uint8Array>));
      database.close();
      return blob && [...blob];
    });
    return blob ? decodeIndex(new Uint8Array(inflateRawSync(Uint8Array.from(blob)))).indexedTo : 0;
  };
  let before: Instant;

  it("boots the demo, and takes a typed command", async () => {
    await page.getByRole("button", { name: "Boot the demo" }).click();
    await outputIncludes(page, "Hindsight guest ready");
    await outputIncludes(page, "~ # ");
    await page.locator(".serial").click();
    await page.keyboard.type("echo $((6 * 7)) answers\n");
    await outputIncludes(page, "42 answers");
    await page.waitForFunction(() => hindsight.console.text().includes("42 answers"));
  });

  it("goes back while recording, and returns to the live end", async () => {
    const end = await page.evaluate(() => hindsight.model.view.end);
    const box = (await page.getByRole("slider").boundingBox())!;
    await page.mouse.move(box.x + box.width * 0.95, box.y + 40);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.4, box.y + 40, { steps: 10 });
    await page.mouse.up();
    await page.waitForFunction(() => hindsight.model.settled && hindsight.model.view.motion === "none");
    before = await shownInstant(page);
    expect(before.position).toBeGreaterThan(0.3 * end);
    expect(before.position).toBeLessThan(0.5 * end);
    expect(before.output).not.toContain("42 answers");
    await page.getByRole("button", { name: "Return to live", exact: true }).click();
    await page.waitForFunction(() => !hindsight.model.inPast && hindsight.model.view.motion === "run");
    await page.locator(".serial").click();
    await page.keyboard.type("echo back again\n");
    await outputIncludes(page, "\nback again");
    // Kept at least every 250 ms: by then it outlives the tab.
    const printed = await page.evaluate(() => hindsight.model.view.end);
    await page.waitForFunction(
      async (end) => ((await hindsight.controller.api.listRecordings())[0]?.length ?? 0) >= end,
      printed,
    );
  });

  it("stores snapshots of the recording in the making: after a reload it need not be run through", async () => {
    const kept = await page.evaluate(() => hindsight.model.view.end);
    await expect.poll(storedTo, { timeout: 60_000 }).toBeGreaterThan(0.9 * kept);
    await page.reload();
    await page.getByRole("button", { name: "Replay", exact: true }).first().click();
    await page.waitForFunction(() => hindsight.model.view.mode === "play");
    const { position, indexedTo } = await page.evaluate(() => hindsight.model.view);
    expect(position).toBeLessThan(0.5 * kept);
    expect(indexedTo).toBeGreaterThan(0.9 * kept);
  });

  it("replays from IndexedDB after a reload, to the same state and the same console", async () => {
    await page.reload();
    await page.getByRole("button", { name: "Replay", exact: true }).first().click();
    await outputIncludes(page, "\nback again");
    await page.waitForFunction(() => hindsight.model.view.motion === "none");
    await page.evaluate((position) => hindsight.controller.motions.seek(position), before.position);
    await page.waitForFunction(
      (at) => hindsight.model.settled && hindsight.model.view.position === at,
      before.position,
    );
    expect(await shownInstant(page)).toEqual(before);
  });

  it("uses the code that was translated before the reload", async () => {
    const jit = await page.evaluate(() => hindsight.controller.api.monitor("info jit"));
    // How many is a matter of how soon they are asked for: some fifty.
    expect(Number(/put to use .*?(\d+) of them again/.exec(jit.replaceAll(",", ""))?.[1])).toBeGreaterThan(10);
  });

  it("exports a recording that the command line replays to the same state and the same console", async () => {
    const file = await exported();
    expect(file.length).toBeLessThan(16 * 1024);
    const { output, hash } = await replayOnCommandLine(file, files, before.position);
    expect(hash).toBe(before.hash);
    expect(output).toBe(before.output);
  });

  it("steps back, and runs back to a breakpoint set by name", async () => {
    await page.getByRole("slider").focus();
    await page.keyboard.press("ArrowLeft");
    await page.waitForFunction((at) => hindsight.model.view.position === at, before.position - 1);
    await page.getByPlaceholder("symbol or address", { exact: true }).fill("start_kernel");
    await page.getByRole("button", { name: "Add" }).click();
    await page.getByLabel("Enable start_kernel").waitFor();
    await page.getByRole("button", { name: "Run back to the last breakpoint hit" }).click();
    await page.getByText("Breakpoint at start_kernel").waitFor();
    await page.waitForFunction(() => hindsight.model.settled);
    await drawn(page);
    expect(await page.locator(".instruction[aria-current]").count()).toBe(1);
  });

  // Regression: a step that met another one on its way counted from wherever that was.
  it("steps back by two for a double click, and by as many as a held key repeats", async () => {
    await page.getByRole("button", { name: "End of the recording (End)" }).click();
    const { end } = await page.evaluate(() => hindsight.model.view);
    const arrived = (at: number): Promise<unknown> =>
      page.waitForFunction((wanted) => {
        const { settled, view, inspection } = hindsight.model;
        return settled && view.motion === "none" && view.position === wanted && inspection?.position === wanted;
      }, at);
    await arrived(end);
    await page.getByRole("button", { name: "One instruction back (←)" }).dblclick();
    await arrived(end - 2);
    // From a place that is far from every snapshot.
    await page.evaluate((position) => hindsight.controller.motions.seek(position), end - 5_000_000);
    await arrived(end - 5_000_000);
    await page.getByRole("slider").focus();
    for (let repeat = 0; repeat < 30; repeat++) {
      await page.keyboard.down("ArrowLeft");
      await page.waitForTimeout(33);
    }
    await page.keyboard.up("ArrowLeft");
    await arrived(end - 5_000_030);
    // Two keys, one after the other, while a seek is on its way.
    await page.keyboard.press("Home");
    await page.keyboard.press("End");
    await page.keyboard.press("ArrowLeft");
    await page.keyboard.press("ArrowLeft");
    await page.keyboard.press("ArrowRight");
    await arrived(end - 1);
  });

  it("opens the recording read-only in a second tab", async () => {
    const second = await page.context().newPage();
    await second.goto(server.url);
    await second.getByRole("button", { name: "Replay", exact: true }).first().click();
    await second.getByText("Read-only: another tab").waitFor();
    await second.close();
  });

  it("keeps the index beside the recording: the next time all of it is there at once", async () => {
    const end = await page.evaluate(() => hindsight.model.view.end);
    await expect.poll(storedTo, { timeout: 60_000 }).toBe(end);
    await page.reload();
    await page.getByRole("button", { name: "Replay", exact: true }).first().click();
    await page.waitForFunction(() => hindsight.model.view.mode === "play");
    const { position, indexedTo } = await page.evaluate(() => hindsight.model.view);
    expect(indexedTo).toBe(end);
    expect(position).toBeLessThan(end);
  });

  it("has the recording's breakpoints again", async () => {
    await page.getByLabel("Enable start_kernel").waitFor();
    await page.getByRole("button", { name: "End of the recording" }).click();
    await page.waitForFunction(
      () => hindsight.model.settled && hindsight.model.view.position === hindsight.model.view.end,
    );
    await page.getByRole("button", { name: "Run back to the last breakpoint hit" }).click();
    await page.getByText("Breakpoint at start_kernel").waitFor();
  });

  it("logged no error", () => {
    expect(errors).toEqual([]);
  });
});
