import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { siteServer } from "../../tools/support/site.mjs";

it("a site fetches what is had later when it is asked for, not when it is only looked for", async () => {
  const folder = mkdtempSync(join(tmpdir(), "hindsight-site-"));
  const file = join(folder, "bzImage");
  writeFileSync(file, "kernel");
  let fetched = 0;
  let fails = true;
  const later = new Map([
    [
      "/guest/bzImage",
      () => {
        fetched++;
        return fails ? Promise.reject(new Error("no network")) : Promise.resolve(file);
      },
    ],
  ]);
  const server = siteServer({ folder, files: new Map(), later, bridge: () => ({}) }).listen(0, "127.0.0.1");
  try {
    await once(server, "listening");
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/guest/bzImage`;
    expect((await fetch(url, { method: "HEAD" })).status).toBe(200);
    expect(fetched).toBe(0);
    expect((await fetch(url)).status).toBe(404);
    fails = false;
    expect(await (await fetch(url)).text()).toBe("kernel");
    expect(fetched).toBe(2);
  } finally {
    server.close();
    rmSync(folder, { recursive: true });
  }
});
