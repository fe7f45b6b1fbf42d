import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type axeCore from "axe-core";
import type { Page } from "playwright-core";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { ProgressView } from "../../src/api/index.ts";
import { browserExists } from "./browser.ts";
import { withFakePage } from "./fake-page.ts";

declare global {
  var axe: typeof axeCore;
}

const axeSource = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** axe-core's rules over the page's states with the made-up machine, dark and light. */
describe.skipIf(!browserExists)("axe-core finds no violation", { timeout: 180_000 }, () => {
  let page: Page;
  withFakePage((fake) => void ({ page } = fake));
  beforeEach(async () => {
    await page.evaluate(axeSource);
    found = [];
    await page.getByText("Debian 12, Linux 6.1, arm64").waitFor();
  });
  afterEach(() => {
    expect(found).toEqual([]);
  });

  /** One line for each element that breaks a rule, in each colour scheme. */
  let found: string[];
  async function look(state: string): Promise<void> {
    const cutOff = await page.evaluate(() => {
      const { scrollWidth, clientWidth } = document.querySelector(".header")!;
      return scrollWidth > clientWidth;
    });
    if (cutOff) found.push(`${state}: the header goes beyond the edge of the page`);
    const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
    for (const colorScheme of ["dark", "light"] as const) {
      // Another scheme is other colours, and nothing else.
      const rules = colorScheme === "dark" ? tags : ["color-contrast"];
      // Colours in a transition are measured half-way.
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
      const lines = await page.evaluate(async (values) => {
        const runOnly = { type: values.length > 1 ? "tag" : "rule", values } as const;
        const options = { runOnly, resultTypes: ["violations" as const], preload: false };
        const result = await axe.run(document, {
          ...options,
          ...(runOnly.type === "tag" && { rules: { "target-size": { enabled: true } } }),
        });
        return result.violations.flatMap(({ id, nodes }) =>
          nodes.map(({ target, any, all, none }) => {
            const why = [...any, ...all, ...none].map(({ message }) => message).join("; ");
            return `${id}: ${target.join(" ")}: ${why}`;
          }),
        );
      }, rules);
      found.push(...lines.map((line) => `${state}, ${colorScheme}: ${line}`));
    }
  }

  async function boot(): Promise<void> {
    await page.getByRole("button", { name: "Boot the demo" }).click();
    await page.waitForFunction(() => hindsight.console.text().includes("Hindsight guest ready"));
  }
  const settled = (): Promise<unknown> => page.waitForFunction(() => hindsight.model.settled);
  async function pause(): Promise<void> {
    await page.getByRole("button", { name: "Pause" }).click();
    await settled();
  }
  const press = (key: string): Promise<void> => page.keyboard.press(key);
  const tab = (name: string): Promise<void> => page.getByRole("tab", { name }).click();
  const showProgress = (total: number): Promise<void> =>
    page.evaluate((of) => {
      const { model, controller } = hindsight;
      const progress: ProgressView = { task: "Reading", done: 7e6, total: of, unit: "bytes", cancellable: true };
      model.view = { ...model.view, progress };
      controller.changed();
    }, total);

  it("in the first page", async () => {
    await look("first page");
    await page.setViewportSize({ width: 390, height: 844 });
    await look("first page on a phone");
    await page.setViewportSize({ width: 1280, height: 720 });
    await page.evaluate(() => {
      hindsight.model.dropping = true;
      hindsight.controller.changed();
    });
    await page.getByText("Drop a recording, a kernel and its initrd, or firmware").waitFor();
    await look("files dragged over it");
    await page.evaluate(() => (hindsight.model.dropping = false));
    await showProgress(27e6);
    await look("fetching");
    await page.evaluate(() => hindsight.controller.library.boot({ kind: "demo" }));
    await page.waitForFunction(() => hindsight.model.view.mode === "record");
    await page.evaluate(() => fake.close());
    await page.getByText("Your recordings").waitFor();
    await look("first page with recordings");
  });

  it("at the live end", async () => {
    await boot();
    await look("running");
    await pause();
    await look("paused");
    for (const [kind, what] of [
      ["break", "start_kernel"],
      ["write", "panic"],
    ] as const)
      await page.evaluate(([k, w]) => fake.addBreakpoint(k, w, 4), [kind, what] as const);
    await page.getByLabel("Enable panic").uncheck();
    await page.locator("button.gutter").nth(3).click();
    await page.waitForFunction(() => hindsight.model.view.breakpoints.length === 3);
    await look("breakpoints");
    await tab("monitor");
    for (let i = 0; i < 9; i++) await page.evaluate(() => hindsight.controller.debugger.monitor("info replay"));
    await look("monitor");
    await page.evaluate(() => {
      for (const level of ["info", "warning", "error"] as const)
        hindsight.controller.notify({ level, text: `A notice of level ${level}` });
    });
    await page.getByText("level error").waitFor();
    await look("notices");
    await page.evaluate(() => {
      for (const { id } of hindsight.model.notices) hindsight.controller.notices.dismiss(id);
    });
    await page.evaluate(() => fake.attachGdb());
    await page.evaluate(() => hindsight.controller.motions.seek(1000));
    await page.getByRole("alertdialog").waitFor();
    await look("a question");
    await press("Escape");
    await showProgress(0);
    await look("progress of unknown length");
  });

  it("in what opens over the page", async () => {
    await boot();
    await pause();
    await page.getByRole("button", { name: "gdb" }).click();
    await page.getByText("Debug with gdb, backwards too").waitFor();
    await look("gdb's popover");
    await press("Escape");
    await press("?");
    await page.getByText("one instruction back, forward").waitFor();
    await look("help");
    await press("Escape");
    await page.locator(".recording-button").click();
    await page.getByLabel("Name of the recording").focus();
    await look("renaming in the library");
    await page.getByRole("button", { name: /^Delete/ }).click();
    await look("deleting in the library");
  });

  it("in the past", async () => {
    await boot();
    await pause();
    await page.evaluate(() => hindsight.controller.motions.seek(200_000_000));
    await settled();
    await page.getByRole("button", { name: "One instruction back" }).click();
    await page.waitForFunction(() => hindsight.model.settled && hindsight.model.before.size > 0);
    await look("code");
    await tab("registers");
    await page.locator("[data-changed=yes]").first().waitFor();
    await look("registers");
    await tab("memory");
    await look("memory");
    await tab("stack");
    await look("stack");
    await page.setViewportSize({ width: 820, height: 1180 });
    await look("a tablet");
    await page.setViewportSize({ width: 390, height: 844 });
    await look("a phone");
    await page.setViewportSize({ width: 1280, height: 720 });
    await tab("code");
    await page.evaluate(() => {
      hindsight.model.cursor = 100_000_000;
      hindsight.controller.changed();
    });
    await page.getByText("seeking…").first().waitFor();
    await look("seeking");
    await page.evaluate(() => hindsight.controller.type("x"));
    await page.getByText("the past cannot be typed into").waitFor();
    await look("keys refused");
  });
});
