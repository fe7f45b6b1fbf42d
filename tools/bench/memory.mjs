// What the page's renderer process holds while the recorded crash is opened, replayed, indexed and travelled in:
//
//   node tools/bench/memory.mjs [FOLDER]     (a built page; its own, build/page, unless told otherwise)
//
// Linux only: it reads /proc. With the table comes who holds what, by Chromium's own account, at the end and at the peak.
// @ts-check
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { openBrowser } from "./browser.mjs";
import { format } from "./table.mjs";

const MB = 2 ** 20;
const sampleMs = 100;
/** Seeks, as shares of the recording, far apart and close together. */
const seeks = [0.2, 0.8, 0.5, 0.1, 0.95, 0.3, 0.7, 0.05, 0.6, 0.4];

/** @typedef {{ rss: number, own: number }} Sample bytes: resident, and of these what no other process shares */

/** @param {string} folder */
export async function memoryTable(folder) {
  const { rows } = await measure(folder);
  return rows;
}

/** @param {string} folder */
async function measure(folder) {
  const { browser, url, close } = await openBrowser(folder);
  const page = await browser.newPage({ viewport: { width: 1280, height: 720 } });
  page.setDefaultTimeout(180_000);
  const control = await browser.newBrowserCDPSession();
  /** @type {string[][]} */
  const rows = [];
  /** @type {Sample} */
  let peak = { rss: 0, own: 0 };
  let sampling = true;
  let pid = 0;
  try {
    await page.goto(url);
    pid = await renderer(control);
    const sampler = (async () => {
      while (sampling) {
        const now = sample(pid);
        peak = { rss: Math.max(peak.rss, now.rss), own: Math.max(peak.own, now.own) };
        await new Promise((resolve) => setTimeout(resolve, sampleMs));
      }
    })();
    /** @param {string} what @param {() => Promise<unknown>} work */
    const phase = async (what, work) => {
      peak = { rss: 0, own: 0 };
      const start = performance.now();
      await work();
      const ms = performance.now() - start;
      const now = sample(pid);
      const measured = `${text(peak)} at the most, ${text(now)} at the end`;
      rows.push([`${what} (${(ms / 1000).toFixed(1)} s)`, measured, rows.length === 0 ? "" : "its own ≤ 400 MB"]);
    };
    const still = () =>
      page.waitForFunction(() => {
        const { view } = /** @type {any} */ (globalThis).hindsight.model;
        return view.mode === "play" && view.motion === "none" && view.indexedTo === view.end;
      });
    const open = page.getByRole("button", { name: "Replay a recorded crash" });
    await phase("the page alone", () => open.waitFor());
    await phase("the crash opened and replayed to its end", async () => {
      await open.click();
      await still();
    });
    const [before] = await dump(control, pid);
    await phase("ten seeks", async () => {
      for (const share of seeks)
        await page.evaluate(async (share) => {
          const { model, controller } = /** @type {any} */ (globalThis).hindsight;
          await controller.api.seek(Math.floor(model.view.end * share));
        }, share);
    });
    await phase("ten steps back", async () => {
      for (let step = 0; step < 10; step++)
        await page.evaluate(() => /** @type {any} */ (globalThis).hindsight.controller.api.stepBack());
    });
    await phase("at rest", () => new Promise((resolve) => setTimeout(resolve, 30_000)));
    const [after, mappings] = await dump(control, pid);
    sampling = false;
    await sampler;
    return { rows, holders: [before, after], mappings };
  } finally {
    sampling = false;
    await close();
  }
}

/** The page's process: of the renderers that there are, the largest. @param {any} control */
async function renderer(control) {
  const { processInfo } = await control.send("SystemInfo.getProcessInfo");
  const ids = processInfo
    .filter((/** @type {any} */ { type }) => type === "renderer")
    .map((/** @type {any} */ p) => p.id);
  const sizes = ids.map((/** @type {number} */ id) => ({ id, size: sample(id).own }));
  return sizes.sort((/** @type {any} */ a, /** @type {any} */ b) => b.size - a.size)[0].id;
}

/** @param {number} pid @returns {Sample} */
function sample(pid) {
  const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, "utf8");
  const kb = (/** @type {string} */ name) => Number(new RegExp(`^${name}: *(\\d+)`, "m").exec(rollup)?.[1] ?? 0);
  return { rss: kb("Rss") * 1024, own: (kb("Private_Dirty") + kb("Private_Clean")) * 1024 };
}

/** @param {Sample} sample */
function text({ rss, own }) {
  return `${Math.round(rss / MB)} MB resident (${Math.round(own / MB)} MB its own)`;
}

/** Chromium's own account of one process: bytes by allocator, and its largest mappings. @param {any} control @param {number} pid */
async function dump(control, pid) {
  /** @type {any[]} */
  const events = [];
  const collect = (/** @type {any} */ { value }) => events.push(...value);
  control.on("Tracing.dataCollected", collect);
  await control.send("Tracing.start", {
    transferMode: "ReportEvents",
    traceConfig: {
      includedCategories: ["disabled-by-default-memory-infra"],
      excludedCategories: ["*"],
      memoryDumpConfig: { triggers: [] },
    },
  });
  await control.send("Tracing.requestMemoryDump", { levelOfDetail: "detailed" });
  const done = new Promise((resolve) => control.once("Tracing.tracingComplete", resolve));
  await control.send("Tracing.end");
  await done;
  control.off("Tracing.dataCollected", collect);
  /** @type {Map<string, number>} */
  const sizes = new Map();
  for (const { ph, pid: whose, args } of events) {
    if (ph !== "v" || whose !== pid) continue;
    for (const [name, { attrs = {} }] of Object.entries(args.dumps.allocators ?? {})) {
      const size = parseInt(attrs.effective_size?.value ?? attrs.size?.value ?? "0", 16);
      sizes.set(name, size);
    }
  }
  return [sizes, mappings(pid)];
}

/** Resident bytes by what is mapped. @param {number} pid */
function mappings(pid) {
  /** @type {Map<string, number>} */
  const sizes = new Map();
  let name = "";
  let range = 0;
  for (const line of readFileSync(`/proc/${pid}/smaps`, "utf8").split("\n")) {
    const head = /^([0-9a-f]+)-([0-9a-f]+) (\S+) \S+ \S+ \d+ *(.*)$/.exec(line);
    if (head) {
      const [, from = "", to = ""] = head;
      range = parseInt(to, 16) - parseInt(from, 16);
      name = `${head[3]} ${head[4] || `anonymous, ${range >= 32 * MB ? `${head[1]} ${Math.round(range / MB)} MB` : "small"}`}`;
    }
    const rss = /^Rss: *(\d+)/.exec(line);
    if (rss) sizes.set(name, (sizes.get(name) ?? 0) + Number(rss[1]) * 1024);
  }
  return sizes;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { rows, holders, mappings } = await measure(process.argv[2] ?? "build/page");
  console.log(format("Memory of the page's process", rows));
  const large = (/** @type {any} */ sizes) =>
    [...sizes].filter(([, size]) => size > MB).sort((/** @type {any} */ a, /** @type {any} */ b) => b[1] - a[1]);
  for (const sizes of [...holders, mappings]) {
    for (const [name, size] of large(sizes).slice(0, 60))
      console.log(`${String(Math.round(size / MB)).padStart(6)} MB  ${name}`);
    console.log();
  }
}
