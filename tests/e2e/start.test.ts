import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { get } from "node:http";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { App } from "../../src/ui/index.ts";
import { root } from "../../tools/support/process.mjs";
import { browserExists, launch, openPage } from "./browser.ts";
import { freePort } from "./command-line.ts";

declare global {
  var hindsight: App;
}

/** `npm start` as a visitor meets it, after the first time. */
describe("npm start", { timeout: 60_000 }, () => {
  let port: number;
  let gdb: number;
  let child: ChildProcess;
  let shown = "";

  beforeAll(async () => {
    [port, gdb] = await Promise.all([freePort(), freePort()]);
    child = start("--port", String(port), "--gdb", String(gdb));
    child.stdout!.on("data", (bytes: Buffer) => (shown += bytes.toString()));
    while (!shown.includes("Ctrl-C")) {
      const [event] = await Promise.race([once(child.stdout!, "data"), once(child, "exit")]);
      if (typeof event === "number") throw new Error(`npm start ended with ${event}`);
    }
  }, 300_000);
  afterAll(() => void child?.kill("SIGKILL"));

  const ask = (path: string, host = `127.0.0.1:${port}`): Promise<{ status: number; type: string; body: string }> =>
    new Promise((resolve, reject) => {
      get({ host: "127.0.0.1", port, path, headers: { host } }, (response) => {
        let body = "";
        response.on("data", (bytes: Buffer) => (body += bytes.toString("latin1")));
        response.on("end", () =>
          resolve({ status: response.statusCode!, type: response.headers["content-type"] ?? "", body }),
        );
      }).on("error", reject);
    });

  it("prints the page's address and the line for gdb", () => {
    expect(shown).toContain(`http://127.0.0.1:${port}/`);
    expect(shown).toContain(`target remote :${gdb}`);
  });

  it("serves the page, the guest and the demo", async () => {
    expect(await ask("/")).toMatchObject({ status: 200, type: "text/html; charset=utf-8" });
    expect(await ask("/guest/guest.json")).toMatchObject({ status: 200, type: "application/json" });
    expect(await ask("/guest/demo.hindsight")).toMatchObject({ status: 200 });
    expect(await ask("/nothing")).toMatchObject({ status: 404 });
  });

  it.each(["/../../package.json", "/..%2f..%2fpackage.json", "/%2e%2e/%2e%2e/package.json", "/assets/..%5c..%5cx"])(
    "keeps to its folder: %s",
    async (path) => expect(await ask(path)).toMatchObject({ status: 404, body: "Not found.\n" }),
  );

  it("answers under loopback's names only", async () => {
    expect(await ask("/", "localhost")).toMatchObject({ status: 200 });
    expect(await ask("/bridge.json", `rebound.example:${port}`)).toMatchObject({ status: 421 });
  });

  it.skipIf(!browserExists)("opens a page that finds its bridge", async () => {
    const browser: Browser = await launch();
    try {
      const { page, errors } = await openPage(browser, `http://127.0.0.1:${port}/`);
      await page.waitForFunction(() => hindsight.model.view.bridge.kind === "listening");
      expect(await page.evaluate(() => hindsight.model.view.bridge)).toEqual({ kind: "listening", port: gdb });
      expect(errors).toEqual([]);
    } finally {
      await browser.close();
    }
  });

  it("says in one line that a port is taken", async () => {
    const second = start("--port", String(port), "--gdb", String(gdb + 1));
    let said = "";
    second.stderr!.on("data", (bytes: Buffer) => (said += bytes.toString()));
    expect(await once(second, "exit")).toEqual([1, null]);
    expect(said).toBe(`hindsight: port ${port} is taken: name another one with --port\n`);
  });

  it("ends with Ctrl-C", async () => {
    const exit = once(child, "exit");
    child.kill("SIGINT");
    expect(await exit).toEqual([0, null]);
  });
});

function start(...args: string[]): ChildProcess {
  return spawn(process.execPath, ["tools/start.mjs", ...args], { cwd: root, stdio: ["ignore", "pipe", "pipe"] });
}
