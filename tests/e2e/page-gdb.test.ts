import { mkdtempSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Bridge } from "../../src/cli/bridge.ts";
import { MONITOR_CHANNEL, QMP_CHANNEL } from "../../src/debug/index.ts";
import type { App } from "../../src/ui/index.ts";
import { Qmp } from "../../tools/lockstep/qmp.ts";
import { browserExists, launch, openPage } from "./browser.ts";
import { classicSession } from "./classic-session.ts";
import { Gdb, gdbExists } from "./gdb.ts";
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
  let folder: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "hindsight-gdb-"));
    [browser, site] = await Promise.all([launch(), startSite()]);
    const ports = { gdbPort: 0, monitorPort: 0, qmpPort: 0, port: 0 };
    bridge = await Bridge.start({ ...ports, origins: [new URL(site.url).origin], say: () => {} });
    site.setBridge(bridge.url);
    ({ page } = await openPage(browser, site.url));
    page.setDefaultTimeout(120_000);
  });
  afterAll(async () => {
    await browser?.close();
    bridge?.close();
    await site?.close();
    rmSync(folder, { recursive: true });
  });

  const machinePosition = (): Promise<number> => page.evaluate(() => hindsight.model.view.position);

  /** The kernel's symbols, as the page gives them. */
  async function symbols(): Promise<string> {
    const file = join(folder, "symbols.elf");
    await page.getByRole("button", { name: "gdb attached" }).click();
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("button", { name: "Kernel symbols for gdb" }).click(),
    ]);
    await download.saveAs(file);
    await page.keyboard.press("Escape");
    return file;
  }

  it("shows the line to type once the bridge is there", async () => {
    await page.getByRole("button", { name: `gdb :${bridge.port}` }).click();
    await page.getByText(`target remote :${bridge.port}`).waitFor();
    await page.keyboard.press("Escape");
  });

  it("runs the classic session, and the page shows where gdb stands", async () => {
    await page.getByRole("button", { name: "Boot the demo" }).click();
    await page.waitForFunction(() => hindsight.console.text().includes("Booting Linux"));
    const gdb = await Gdb.attach(bridge.port);
    try {
      await classicSession({
        gdb,
        recording: /./,
        symbols,
        ranOn: (end) => page.waitForFunction((from) => hindsight.model.view.end > from, end),
      });
      const stopped = Number(/\d+/.exec(await gdb.ask("monitor when"))![0]);
      await page.waitForFunction((at) => hindsight.model.view.position === at, stopped);
      gdb.end();
      // gdb was killed: the machine stays where it was.
      await page.waitForFunction(() => hindsight.model.view.bridge.kind === "listening");
      expect(await machinePosition()).toBe(stopped);
    } finally {
      gdb.end();
    }
  });

  it("asks before it moves the machine under gdb's feet, and lets gdb go first", async () => {
    const gdb = await Gdb.attach(bridge.port);
    try {
      await page.waitForFunction(() => hindsight.model.view.bridge.kind === "attached");
      const held = await machinePosition();
      await page.evaluate(() => hindsight.controller.motions.seek(hindsight.model.view.end >> 1));
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

  it("has the machine's monitor and QMP at ports of their own", async () => {
    const [monitor, control] = [MONITOR_CHANNEL, QMP_CHANNEL].map((c) => connect(bridge.portOf(c), "127.0.0.1"));
    try {
      const qmp = new Qmp(control!, control!);
      await qmp.open();
      monitor!.write("stop\nseek 123456\n");
      await page.waitForFunction(() => hindsight.model.view.position === 123456);
      expect(await qmp.execute("query-replay")).toMatchObject({ icount: 123456 });
      await qmp.event("STOP");
      await qmp.execute("replay-seek", { icount: 100000 });
      await page.waitForFunction(() => hindsight.model.view.position === 100000);
    } finally {
      monitor!.destroy();
      control!.destroy();
    }
  });

  it("goes on in a branch, which is a recording of its own by every name", async () => {
    const monitor = (line: string): Promise<string> =>
      page.evaluate((command) => hindsight.controller.api.monitor(command), line);
    const shown = (name: string, mode: string): Promise<unknown> =>
      page.waitForFunction(
        ([id, wanted]) => hindsight.model.view.recording?.id === id && hindsight.model.view.mode === wanted,
        [name, mode] as const,
      );
    const parent = await page.evaluate(() => hindsight.model.view.recording!.id);
    await monitor("seek 3000000");
    const past = await page.evaluate(() => hindsight.model.view.end);
    expect(await monitor("branch fork")).toBe("recording 'fork' from position 3000000\n");
    await shown("fork", "record");
    expect(await monitor("branch fork")).toContain("Error");
    await monitor("c");
    await page.waitForFunction(() => hindsight.model.view.end > 30_000_000);
    await page.waitForFunction(() => hindsight.console.text().includes("Booting Linux"));
    await monitor("stop");
    const end = await page.evaluate(async () => {
      await hindsight.controller.api.renameRecording("fork", "spoon");
      return hindsight.model.view.end;
    });
    await shown("spoon", "record");
    await page.evaluate((id) => hindsight.controller.api.openRecording(id), parent);
    await shown(parent, "play");
    expect(await page.evaluate(() => hindsight.model.view.end)).toBe(past);
    await page.evaluate(() => hindsight.controller.api.openRecording("spoon"));
    await shown("spoon", "play");
    expect(await page.evaluate(() => hindsight.model.view.end)).toBeGreaterThanOrEqual(end);
    expect(await monitor("info branch")).toContain(`from position 3000000`);
    await monitor("stop");
    await monitor("seek 1000");
  });

  it("tells gdb when the tab is closed", async () => {
    const gdb = await Gdb.attach(bridge.port);
    try {
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
