import { existsSync } from "node:fs";
import { type Browser, type Page, chromium } from "playwright-core";
import { createServer } from "vite";

/** Debian's Chromium; tests that need it are skipped elsewhere. */
const executablePath = "/usr/bin/chromium";
export const browserExists = existsSync(executablePath);

export function launch(...options: readonly string[]): Promise<Browser> {
  const quiet = ["quic", "gpu", "background-networking", "component-update", "sync"].map((what) => `--disable-${what}`);
  return chromium.launch({
    executablePath,
    args: ["--headless", "--no-sandbox", "--no-first-run", ...quiet, ...options],
  });
}

/** A page whose errors fail the test that asks for them. */
export async function openPage(browser: Browser, url: string): Promise<{ page: Page; errors: string[] }> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 720 } });
  const page = await context.newPage();
  const errors: string[] = [];
  page.on("pageerror", (error) => errors.push(error.message));
  page.on("console", (message) => {
    if (message.type() === "error") errors.push(message.text());
  });
  await page.goto(url);
  return { page, errors };
}

/** Until the page shows what its model says now: a change is drawn in the frame after it. */
export function drawn(page: Page): Promise<unknown> {
  return page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
}

/** The development server: the page from its sources. */
export async function startServer(): Promise<{ url: string; close(): Promise<void> }> {
  const server = await createServer({
    logLevel: "error",
    server: { host: "127.0.0.1", port: 0, hmr: false, watch: null },
  });
  await server.listen();
  const address = server.httpServer?.address();
  if (address === null || typeof address !== "object") throw new Error("the development server has no port");
  return { url: `http://127.0.0.1:${address.port}/`, close: () => server.close() };
}
