// The built page in headless Chromium.
// @ts-check
import { join } from "node:path";
import { chromium } from "playwright-core";
import { guestFiles } from "../support/guest-files.mjs";
import { root } from "../support/process.mjs";
import { siteServer } from "../support/site.mjs";
import { readyLine } from "./processes.mjs";

const quiet = ["quic", "gpu", "background-networking", "component-update", "sync"].map((what) => `--disable-${what}`);

/** @param {string} folder the bundled page */
export async function openBrowser(folder) {
  const files = new Map([...guestFiles(true)].map(([path, file]) => [`/${path}`, file]));
  const server = siteServer({ folder: join(root, folder), files, bridge: () => ({}) });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(undefined)));
  const address = /** @type {import("node:net").AddressInfo} */ (server.address());
  const browser = await chromium.launch({
    executablePath: "/usr/bin/chromium",
    args: ["--headless", "--no-sandbox", "--no-first-run", ...quiet],
  });
  return {
    /** Someone with an empty browser: what their boots cache is there for their next ones. */
    async visitor() {
      const context = await browser.newContext({ viewport: { width: 1280, height: 720 } });
      return { boot: () => boot(context), leave: () => context.close() };
    },
    async close() {
      await browser.close();
      server.closeAllConnections();
      server.close();
    },
  };

  /**
   * Milliseconds to the guest's line, from page load and from the click on "Boot the demo"; a new page each time.
   * @param {import("playwright-core").BrowserContext} context
   */
  async function boot(context) {
    const page = await context.newPage();
    page.setDefaultTimeout(120_000);
    const load = performance.now();
    await page.goto(`http://127.0.0.1:${address.port}/`);
    const button = page.getByRole("button", { name: "Boot the demo" });
    await button.waitFor();
    const click = performance.now();
    await button.click();
    const ready = page.waitForFunction((text) => {
      const { history } = /** @type {any} */ (globalThis).hindsight;
      return new TextDecoder().decode(history.slice(0, Infinity)).includes(text);
    }, readyLine);
    await ready.catch(async (error) => Promise.reject(new Error(`${error}\n${await describe(page)}`)));
    const end = performance.now();
    await page.close();
    return { sinceClick: end - click, sinceLoad: end - load };
  }
}

/** What the page shows, for whoever wants to know why a boot did not get on. @param {import("playwright-core").Page} page */
function describe(page) {
  const state = page.evaluate(() => {
    const { model, history } = /** @type {any} */ (globalThis).hindsight;
    const { view, notices, question } = model;
    const printed = new TextDecoder().decode(history.slice(0, Infinity)).slice(-500);
    return JSON.stringify({ visible: document.visibilityState, view, notices, question, printed });
  });
  const late = new Promise((resolve) => setTimeout(resolve, 10_000, "The page does not answer."));
  return Promise.race([state, late]);
}
