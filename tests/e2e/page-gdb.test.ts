import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Bridge } from "../../src/cli/bridge.ts";
import type { App } from "../../src/ui/index.ts";
import { browserExists, launch, openPage } from "./browser.ts";
import { gdbExists, gdbSession, startGdb } from "./command-line.ts";
import { type Site, startSite } from "./site.ts";

declare global {
  var hindsight: App;
}

/** gdb, the bridge, and the machine in the page. */
describe.skipIf(!browserExists || !gdbExists)("gdb through the page", { timeout: 180_000 }, () => {
  let browser: Browser;
  let site: Site;
  let bridge: Bridge;
  let page: Page;

  beforeAll(async () => {
    [browser, site] = await Promise.all([launch(), startSite()]);
    bridge = await Bridge.start({ gdbPort: 0, port: 0, origins: [new URL(site.url).origin], say: () => {} });
    site.setBridge(bridge.url);
    ({ page } = await openPage(browser, site.url));
    page.setDefaultTimeout(120_000);
  });
  afterAll(async () => {
    await browser?.close();
    bridge?.close();
    await site?.close();
  });

  const machinePosition = (): Promise<number> => page.evaluate(() => hindsight.model.view.position);

  it("shows the line to type once the bridge is there", async () => {
    await page.getByRole("button", { name: `gdb :${bridge.port}` }).click();
    await page.getByText(`target remote :${bridge.port}`).waitFor();
    await page.keyboard.press("Escape");
  });

  it("runs the classic session, and the page shows where gdb stands", async () => {
    await page.getByRole("button", { name: "Boot the demo" }).click();
    await page.waitForFunction(() =>
      new TextDecoder().decode(hindsight.history.slice(0, Infinity)).includes("Hindsight guest ready"),
    );
    const startKernel = await page.evaluate(async () =>
      (await hindsight.controller.api.resolve("start_kernel")).toString(16),
    );
    const answers = await gdbSession(bridge.port, [
      "monitor info replay",
      `break *0x${startKernel}`,
      "reverse-continue",
      "stepi 3",
      "reverse-stepi",
      "monitor info replay",
      "reverse-continue",
      "info registers pc",
    ]);
    expect(answers[0]).toMatch(/^Recording execution '.*': instruction count = \d+\n$/);
    expect(answers[2]).toContain(`0x${startKernel}`);
    expect(answers[6]).toContain(`0x${startKernel}`);
    expect(answers[7]).toContain(`0x${startKernel}`);
    const count = Number(answers[5]!.split("= ")[1]);
    await page.waitForFunction((at) => hindsight.model.view.position === at, count - 2);
    // gdb was killed: the machine stays where it was.
    await page.waitForFunction(() => hindsight.model.view.bridge.kind === "listening");
    expect(await machinePosition()).toBe(count - 2);
  });

  it("asks before it moves the machine under gdb's feet, and lets gdb go first", async () => {
    const gdb = startGdb(bridge.port);
    try {
      gdb.type("echo attached\\n\n");
      await gdb.until("attached\n");
      await page.waitForFunction(() => hindsight.model.view.bridge.kind === "attached");
      const held = await machinePosition();
      await page.evaluate(() => hindsight.controller.seek(hindsight.model.view.end >> 1));
      await page.getByRole("alertdialog").waitFor();
      expect(await machinePosition()).toBe(held);
      await page.getByRole("button", { name: "Detach gdb and go" }).click();
      await page.waitForFunction(() => hindsight.model.view.position === hindsight.model.view.end >> 1);
      gdb.type("stepi\n");
      await gdb.until("Remote connection closed");
    } finally {
      gdb.end();
    }
  });

  it("tells gdb when the tab is closed", async () => {
    const gdb = startGdb(bridge.port);
    try {
      gdb.type("echo attached\\n\n");
      await gdb.until("attached\n");
      await page.waitForFunction(() => hindsight.model.view.bridge.kind === "attached");
      gdb.type("continue\n");
      await page.waitForFunction(() => hindsight.model.view.motion === "run");
      await page.close();
      await gdb.until("The page with the machine has been closed.");
    } finally {
      gdb.end();
    }
  });
});
