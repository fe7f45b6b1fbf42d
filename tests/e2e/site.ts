import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "vite";
import { buildInterpreter } from "../../tools/support/build.mjs";
import { guest } from "../../tools/guest/index.mjs";
import { laterFiles } from "../../tools/support/guest-files.mjs";
import { type Served, serveFolder } from "./static-server.ts";

export interface Site extends Served {
  /** Tells pages that load from now on where their bridge is. */
  setBridge(url: string): void;
}

/**
 * The page as it is built, on a plain static server with the real guest; with the second one and a PC's firmware where those are
 * asked for.
 */
export async function startSite({ second = false } = {}): Promise<Site> {
  const folder = mkdtempSync(join(tmpdir(), "hindsight-site-"));
  // A page with an interpreter of other sources would run nonsense.
  if (!buildInterpreter()) throw new Error("the interpreter could not be built");
  await build({ logLevel: "error", build: { outDir: folder } });
  const { kernel, initrd } = guest();
  const bridge = join(folder, "bridge.json");
  writeFileSync(bridge, "{}");
  const files = new Map([
    ["/guest/Image", kernel],
    ["/guest/initrd.gz", initrd],
  ]);
  if (second) for (const [path, file] of laterFiles()) files.set(`/${path}`, await file());
  const { url, close } = await serveFolder(folder, files);
  return {
    url,
    setBridge: (address) => writeFileSync(bridge, JSON.stringify({ url: address })),
    close: async () => {
      await close();
      rmSync(folder, { recursive: true });
    },
  };
}
