// The built page in headless browsers.
// @ts-check
import { join } from "node:path";
import { chromium } from "playwright-core";
import { guestFiles } from "../support/guest-files.mjs";
import { root } from "../support/process.mjs";
import { siteServer } from "../support/site.mjs";
import { Firefox } from "./firefox.mjs";
import { readyLine } from "./processes.mjs";

const quiet = ["quic", "gpu", "background-networking", "component-update", "sync"].map((what) => `--disable-${what}`);

/** Serves the bundled page with guest and demo. @param {string} folder */
async function serve(folder) {
  const files = new Map([...guestFiles(true)].map(([path, file]) => [`/${path}`, file]));
  const server = siteServer({ folder: join(root, folder), files, bridge: () => ({}) });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(undefined)));
  const address = /** @type {import("node:net").AddressInfo} */ (server.address());
  return {
    url: `http://127.0.0.1:${address.port}/`,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** @param {string} folder the bundled page */
export async function openBrowser(folder) {
  const site = await serve(folder);
  const browser = await chromium.launch({
    executablePath: "/usr/bin/chromium",
    args: ["--headless", "--no-sandbox", "--no-first-run", ...quiet],
  });
  return {
    browser,
    url: site.url,
    /** Someone with an empty browser: what their boots cache is there for their next ones. */
    async visitor() {
      const context = await browser.newContext({ viewport: { width: 1280, height: 720 } });
      return { boot: () => boot(context), leave: () => context.close() };
    },
    async close() {
      await browser.close();
      site.close();
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
    await page.goto(site.url);
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

/** Boots in Firefox as `openBrowser` does in Chromium; one visitor. @param {string} folder the bundled page */
export async function openFirefox(folder) {
  const site = await serve(folder);
  const firefox = new Firefox();
  await firefox.start();
  const has = (/** @type {string} */ condition) => `new Promise((resolve) => {
    const look = () => (${condition} ? resolve() : setTimeout(look, 5));
    look();
  })`;
  const button = `[...document.querySelectorAll("button")].find((b) => b.textContent.includes("Boot the demo"))`;
  const printed = `new TextDecoder().decode(hindsight.history.slice(0, Infinity))`;
  return {
    async boot() {
      const load = performance.now();
      const tab = await firefox.open(site.url);
      await firefox.run(tab, has(`globalThis.hindsight && ${button}`));
      const click = performance.now();
      await firefox.run(tab, `${button}.click()`);
      await firefox.run(tab, has(`${printed}.includes(${JSON.stringify(readyLine)})`));
      const end = performance.now();
      await firefox.shut(tab);
      return { sinceClick: end - click, sinceLoad: end - load };
    },
    async close() {
      await firefox.close();
      site.close();
    },
  };
}
