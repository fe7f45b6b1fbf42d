import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { App } from "../../src/ui/index.ts";
import { root, runNode } from "../../tools/support/process.mjs";
import { browserExists, launch, openPage } from "./browser.ts";
import { startBridge } from "./command-line.ts";
import { replayOnCommandLine } from "./replay.ts";
import { serveFolder } from "./static-server.ts";

declare global {
  var hindsight: App;
}

/** What `npm run build` makes, in a folder of a plain file server. */
describe.skipIf(!browserExists)("dist/", { timeout: 180_000 }, () => {
  const dist = join(root, "dist");
  let browser: Browser;
  let server: { url: string; close(): Promise<void> };
  let page: Page;
  let errors: string[];

  beforeAll(async () => {
    expect(runNode("tools/build.mjs", [])).toBe(true);
    [browser, server] = await Promise.all([launch(), serveFolder(root)]);
    ({ page, errors } = await openPage(browser, `${server.url}dist/`));
    page.setDefaultTimeout(120_000);
  }, 300_000);
  afterAll(async () => {
    await browser?.close();
    await server?.close();
  });

  async function goTo(position: number): Promise<{ hash: string; output: string }> {
    await page.evaluate((wanted) => hindsight.controller.api.seek(wanted), position);
    // The worker tells the page of output and of the position a frame later.
    await page.waitForFunction((at) => hindsight.model.settled && hindsight.model.view.position === at, position);
    return page.evaluate(async (at) => {
      const { history, controller } = hindsight;
      const output = new TextDecoder().decode(history.slice(0, history.countAt(at)));
      return { hash: await controller.api.stateHash(), output };
    }, position);
  }

  it("says which packages the guest was made from", () => {
    const packages = JSON.parse(readFileSync(join(dist, "guest/guest.json"), "utf8")) as unknown[];
    for (const item of packages)
      expect(item).toMatchObject({ name: expect.any(String) as string, version: expect.any(String) as string });
  });

  it("replays the demo's middle to the state that the command line replays", async () => {
    await page.getByRole("button", { name: "Replay a recorded crash" }).click();
    await page.waitForFunction(() => hindsight.model.view.end > 0);
    const middle = await page.evaluate(() => Math.floor(hindsight.model.view.end / 2));
    const shown = await goTo(middle);
    const guest = { kernel: join(dist, "guest/Image"), initrd: join(dist, "guest/initrd.gz") };
    const expected = await replayOnCommandLine(readFileSync(join(dist, "guest/demo.hindsight")), guest, middle);
    expect(shown).toEqual(expected);
  });

  it("shows the commands and the crash at the end, and comes back to the middle", async () => {
    const end = await page.evaluate(() => hindsight.model.view.end);
    const middle = Math.floor(end / 2);
    const before = await goTo(middle);
    const { output } = await goTo(end);
    expect(output).toContain("\nhello from the past");
    expect(output).toContain("Kernel panic - not syncing: sysrq triggered crash");
    expect(await goTo(middle)).toEqual(before);
  });

  it("logged no error", () => {
    expect(errors).toEqual([]);
  });

  it("reaches a bridge that was started for it, once the browser is allowed to", async () => {
    const { origin, host } = new URL(server.url);
    const bridge = startBridge("--origin", origin, "--port", "0", "--gdb", "0");
    // To the browser this server is a public one.
    const hosted = await launch(`--ip-address-space-overrides=${host}=public`);
    try {
      await bridge.until("for gdb:");
      const address = /ws:\S+/.exec(bridge.output)![0];
      const { page: visitor } = await openPage(hosted, `${server.url}dist/`);
      await visitor.getByRole("button", { name: "gdb no bridge" }).click();
      await visitor.getByText(`bin/hindsight-bridge --origin ${origin}`).waitFor();
      const connect = async (): Promise<void> => {
        await visitor.getByLabel("Address of the bridge").fill(address);
        await visitor.getByRole("button", { name: "Connect" }).click();
      };
      await connect();
      await visitor.getByText("the browser may have refused the local connection").first().waitFor();
      expect(bridge.output).not.toContain("a page has connected");
      await visitor.context().grantPermissions(["local-network-access"], { origin });
      await connect();
      await visitor.getByText(/target remote :\d+/).waitFor();
      await bridge.until("a page has connected");
    } finally {
      await hosted.close();
      bridge.end();
    }
  });
});
