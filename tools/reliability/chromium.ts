import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Browser, type Page } from "playwright-core";
import { build } from "vite";
import { DirectoryStore } from "../../src/storage/directory/index.ts";
import { describeImage } from "../../src/timetravel/index.ts";
import { recordLarge } from "../../src/timetravel/testing/large-log.ts";
import { browserExists, launch, openPage } from "../../tests/e2e/browser.ts";
import { serveFolder } from "../../tests/e2e/static-server.ts";
import { smallMachine, smallProgram } from "../../tests/guests/programs/small.ts";
import { loadInterpreter } from "../../tests/support/interpreter.ts";
import { buildInterpreter } from "../support/build.mjs";

/** One input, and one row of the browser's storage, as a flush of a machine that is given packets makes it. */
const inputBytes = 2 ** 18;
/** With it what a page takes for a recording at all is there: the machine, its memory, the engine. */
const smallBytes = 2 ** 20;
const limits = { snapshotInterval: 2 ** 16, hashInterval: 2 ** 16, memoryBytes: 32 * 2 ** 20 };

/** What a large recording took in a page. */
export interface PageFigures {
  readonly logBytes: number;
  /** What the browser would let the site store. */
  readonly quotaBytes: number;
  /** From the click to the first position shown: with nothing known of it, and with its index. */
  readonly coldMs: number;
  readonly indexedMs: number;
  /** Until its end was shown, replayed from its beginning and checked hash by hash. */
  readonly endMs: number;
  readonly branchMs: number;
  /** More resident memory of the page's process than with a small recording of the same machine, at most. */
  readonly grownBytes: number;
  /** Every state was the right one. */
  readonly right: boolean;
}

interface Recorded {
  readonly end: number;
  readonly hash: string;
}

/** Records a machine whose log has so many bytes, and opens that in the built page; undefined where there is no Chromium. */
export async function largeInChromium(logBytes: number): Promise<PageFigures | undefined> {
  if (!browserExists) return undefined;
  const folder = mkdtempSync(join(process.env["HINDSIGHT_LARGE"] ?? tmpdir(), "hindsight-"));
  const kernel = await smallProgram();
  const files = new Map(["small", "large", "kernel"].map((name) => [`/${name}`, join(folder, name)]));
  writeFileSync(join(folder, "kernel"), kernel);
  const small = await recordOne(folder, "small", smallBytes, kernel);
  const large = await recordOne(folder, "large", logBytes, kernel);
  if (!buildInterpreter()) throw new Error("the interpreter could not be built");
  const site = join(folder, "site");
  await build({ logLevel: "error", build: { outDir: site, emptyOutDir: false } });
  const server = await serveFolder(site, files);
  const browser = await launch();
  try {
    const { page } = await openPage(browser, "about:blank");
    // tsx names functions with it, those too that are made here and run there.
    await page.addInitScript({ content: "globalThis.__name = (named) => named" });
    await page.goto(server.url);
    await started(page);
    page.setDefaultTimeout(1_200_000);
    // Its storage is there then.
    await page.evaluate(() => hindsight.controller.api.listRecordings());
    for (const name of ["small", "large"]) await keep(page, name);
    await keepImage(page, createHash("sha256").update(kernel).digest("hex"));
    return await use(browser, page, { small, large, logBytes: statSync(join(folder, "large")).size });
  } finally {
    await browser.close();
    await server.close();
    rmSync(folder, { recursive: true });
  }
}

async function recordOne(folder: string, name: string, logBytes: number, kernel: Uint8Array): Promise<Recorded> {
  const machine = smallMachine(kernel, loadInterpreter());
  const images = [describeImage("kernel", "kernel", kernel)];
  const of = { machine, images, base: 0x4200_0000, bytes: 2 ** 24 };
  const session = await recordLarge(new DirectoryStore(folder), name, logBytes, limits, inputBytes, of);
  await session.quit();
  const recorded = { end: session.end, hash: session.stateHash() };
  await session.dispose();
  return recorded;
}

/** Fetches a recording, and writes it into the page's storage as the page does that records it. */
function keep(page: Page, name: string): Promise<void> {
  return page.evaluate(
    async ({ name, rowBytes }) => {
      const done = <T>(request: IDBRequest<T>): Promise<T> =>
        new Promise((resolve, reject) => {
          request.onsuccess = () => resolve(request.result);
          request.onerror = () => reject(request.error as Error);
        });
      const database = await done(indexedDB.open("hindsight"));
      const both = (): IDBTransaction => database.transaction(["recordings", "chunks"], "readwrite");
      const id = await done(both().objectStore("recordings").add({ name, bytes: 0, changed: Date.now() }));
      let row = new Uint8Array(rowBytes);
      let [filled, bytes] = [0, 0];
      const put = async (): Promise<void> => {
        const transaction = both();
        transaction.objectStore("chunks").add(row.slice(0, filled), [id as number, bytes]);
        bytes += filled;
        filled = 0;
        await done(transaction.objectStore("recordings").put({ id, name, bytes, changed: Date.now() }));
      };
      const reader = (await fetch(name)).body!.getReader();
      for (let read = await reader.read(); !read.done; read = await reader.read())
        for (let rest = read.value; rest.length > 0;) {
          const part = rest.subarray(0, rowBytes - filled);
          row.set(part, filled);
          filled += part.length;
          rest = rest.subarray(part.length);
          if (filled === rowBytes) await put();
        }
      if (filled > 0) await put();
      row = new Uint8Array();
      database.close();
    },
    { name, rowBytes: inputBytes },
  );
}

function keepImage(page: Page, sha256: string): Promise<void> {
  return page.evaluate(async (key) => {
    const bytes = new Uint8Array(await (await fetch("kernel")).arrayBuffer());
    await new Promise<void>((resolve, reject) => {
      const opening = indexedDB.open("hindsight");
      opening.onerror = () => reject(opening.error as Error);
      opening.onsuccess = () => {
        const transaction = opening.result.transaction("images", "readwrite");
        transaction.objectStore("images").put(bytes, key);
        transaction.oncomplete = () => {
          opening.result.close();
          resolve();
        };
      };
    });
  }, sha256);
}

interface Kept {
  readonly small: Recorded;
  readonly large: Recorded;
  readonly logBytes: number;
}

async function use(browser: Browser, page: Page, { small, large, logBytes }: Kept): Promise<PageFigures> {
  const quotaBytes = await page.evaluate(async () => (await navigator.storage.estimate()).quota ?? 0);
  const resident = await residentOf(browser);
  // With it goes what writing the recordings took.
  await page.reload();
  await started(page);
  await shown(page, "small");
  let right = (await atEnd(page, small.end)) === small.hash;
  const before = resident();
  let most = before;
  const watch = setInterval(() => (most = Math.max(most, resident())), 100);
  try {
    const start = performance.now();
    const coldMs = await shown(page, "large");
    right &&= (await atEnd(page, large.end)) === large.hash;
    const endMs = Math.round(performance.now() - start);
    await page.evaluate((half) => hindsight.controller.api.seek(half), Math.floor(large.end / 2));
    right &&= (await atEnd(page, large.end)) === large.hash;
    const branching = performance.now();
    await page.evaluate(() => hindsight.controller.api.monitor("branch twig"));
    const branchMs = Math.round(performance.now() - branching);
    right &&= (await page.evaluate(() => hindsight.controller.api.stateHash())) === large.hash;
    await page.evaluate(() => hindsight.controller.api.close());
    const indexedMs = await shown(page, "large");
    right &&= (await atEnd(page, large.end)) === large.hash;
    return { logBytes, quotaBytes, coldMs, indexedMs, endMs, branchMs, grownBytes: most - before, right };
  } finally {
    clearInterval(watch);
  }
}

async function started(page: Page): Promise<void> {
  await page.waitForFunction(() => "hindsight" in globalThis);
}

/** Opens it; resolves to the milliseconds until the page showed a position of it. */
function shown(page: Page, name: string): Promise<number> {
  return page.evaluate(async (id) => {
    const start = performance.now();
    void hindsight.controller.api.openRecording(id);
    while (hindsight.model.view.recording?.id !== id)
      await new Promise((resolve) => requestAnimationFrame(() => resolve(undefined)));
    return Math.round(performance.now() - start);
  }, name);
}

/** Goes to its end, once that is known; resolves to the state's hash there. */
async function atEnd(page: Page, end: number): Promise<string> {
  await page.waitForFunction((wanted) => hindsight.model.view.end === wanted, end);
  return page.evaluate(async (to) => {
    const { api } = hindsight.controller;
    while (!(await api.seek(to))) continue;
    return api.stateHash();
  }, end);
}

/** Reads the resident memory of the process that the page and its workers are in, in bytes. */
async function residentOf(browser: Browser): Promise<() => number> {
  const client = await browser.newBrowserCDPSession();
  const { processInfo } = await client.send("SystemInfo.getProcessInfo");
  const pids = processInfo.filter(({ type }) => type === "renderer").map(({ id }) => id);
  const of = (pid: number): number => {
    const status = readFileSync(`/proc/${pid}/status`, "utf8");
    return Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1] ?? 0) * 1024;
  };
  return () => pids.reduce((total, pid) => total + of(pid), 0);
}
