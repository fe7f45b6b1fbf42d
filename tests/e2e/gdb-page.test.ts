import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { build } from "vite";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Bridge } from "../../src/cli/bridge.ts";
import type { App } from "../../src/ui/index.ts";
import { guest } from "../../tools/guest/index.mjs";
import { root } from "../../tools/support/process.mjs";
import { siteServer } from "../../tools/support/site.mjs";
import { browserExists, launch, openPage } from "./browser.ts";
import { gdbExists, gdbSession, startGdb } from "./command-line.ts";

declare global {
  var hindsight: App;
}

/** gdb, the bridge, and a page with the real guest. The steps build on each other. */
describe.skipIf(!browserExists || !gdbExists)("gdb and the page", { timeout: 180_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), "hindsight-"));
  const symbols = join(folder, "symbols.elf");
  let bridge: Bridge;
  let browser: Browser;
  let server: ReturnType<typeof siteServer>;
  let page: Page;
  let errors: string[];

  beforeAll(async () => {
    const files = guest();
    const outDir = join(root, "build/e2e-gdb");
    await build({ logLevel: "error", build: { outDir } });
    const images = new Map([
      ["/guest/Image", files.kernel],
      ["/guest/initrd.gz", files.initrd],
    ]);
    server = siteServer({ folder: outDir, files: images, bridge: () => ({ url: bridge.url }) });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("the server has no port");
    const origin = `http://127.0.0.1:${address.port}`;
    bridge = await Bridge.start({ gdbPort: 0, port: 0, origins: [origin], say: () => {} });
    browser = await launch();
    ({ page, errors } = await openPage(browser, `${origin}/`));
    page.setDefaultTimeout(120_000);
  });
  afterAll(async () => {
    await browser?.close();
    bridge?.close();
    server?.closeAllConnections();
    server?.close();
    rmSync(folder, { recursive: true });
  });

  it("finds the bridge beside the page, and boots", async () => {
    await page.waitForFunction(() => hindsight.model.view.bridge.kind === "listening");
    await page.getByRole("button", { name: "Boot the demo" }).click();
    await page.waitForFunction(() =>
      new TextDecoder().decode(hindsight.history.slice(0, Infinity)).includes("Hindsight guest ready"),
    );
  });

  it("stops the machine when gdb attaches, and steps both ways", async () => {
    const [when, , stepped, , back] = await gdbSession(bridge.port, [
      "monitor when",
      "stepi",
      "monitor when",
      "reverse-stepi",
      "monitor when",
      "detach",
    ]);
    const position = Number(/^position (\d+), the live end/.exec(when!)?.[1]);
    expect(position).toBeGreaterThan(100_000_000);
    expect(stepped).toContain(`position ${position + 1},`);
    expect(back).toContain(`position ${position}, of ${position + 1}`);
    // Detached, the machine goes on.
    await page.waitForFunction(() => hindsight.model.view.motion === "run" && !hindsight.model.inPast);
  });

  it("reverses from the shell to start_kernel with the page's symbols", async () => {
    const bytes = await page.evaluate(async () => Array.from((await hindsight.controller.api.symbolFile()).bytes));
    writeFileSync(symbols, Uint8Array.from(bytes));
    const [, , reverse, replay, , , , first] = await gdbSession(bridge.port, [
      `symbol-file ${symbols}`,
      "break start_kernel",
      "reverse-continue",
      "monitor info replay",
      "stepi",
      "stepi",
      "stepi",
      "reverse-continue",
      "detach",
    ]);
    expect(reverse).toMatch(/Breakpoint 1, 0xffff8000\w+ in start_kernel \(\)/);
    expect(replay).toMatch(/^Recording execution '.*': instruction count = 16\d{5}\n$/);
    expect(first).toMatch(/Breakpoint 1, 0xffff8000\w+ in start_kernel \(\)/);
  });

  it("turns a second gdb away, and tells the first when the tab closes", async () => {
    const first = startGdb(bridge.port);
    try {
      await first.until("0x");
      const second = startGdb(bridge.port);
      await second.until("another debugger is attached here");
      second.end();
      first.type("continue\n");
      const at = await first.until("Continuing.");
      await page.waitForFunction(() => hindsight.model.view.motion === "run");
      expect(errors).toEqual([]);
      await page.close();
      await first.until("The page with the machine has been closed.", at);
      await first.until("Program terminated with signal SIGTERM", at);
    } finally {
      first.end();
    }
  });
});
