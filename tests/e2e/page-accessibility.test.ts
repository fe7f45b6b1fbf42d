import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type axeCore from "axe-core";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { ProgressView } from "../../src/api/index.ts";
import type { App } from "../../src/ui/index.ts";
import type { FakeMachine } from "../../src/ui/testing/fake.ts";
import { browserExists, launch, openPage, startServer } from "./browser.ts";

declare global {
  var hindsight: App;
  var fake: FakeMachine;
  var axe: typeof axeCore;
}

const axeSource = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** axe-core's rules over the page's states with the made-up machine, dark and light. */
describe.skipIf(!browserExists)("axe-core finds no violation in the page", () => {
  let browser: Browser;
  let server: { url: string; close(): Promise<void> };
  let page: Page;
  let errors: string[];

  beforeAll(async () => {
    [browser, server] = await Promise.all([launch(), startServer()]);
  });
  afterAll(async () => {
    await browser?.close();
    await server?.close();
  });
  beforeEach(async () => {
    ({ page, errors } = await openPage(browser, `${server.url}?fake=1e9`));
    await page.evaluate(axeSource);
    await page.getByText("Debian 12, Linux 6.1, arm64").waitFor();
  });
  afterEach(async () => {
    await page.context().close();
    expect(errors).toEqual([]);
  });

  /** One line for each element that breaks a rule, in each colour scheme. */
  async function violations(): Promise<string[]> {
    const found: string[] = [];
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
      found.push(...lines.map((line) => `${colorScheme}: ${line}`));
    }
    return found;
  }

  async function boot(): Promise<void> {
    await page.getByRole("button", { name: "Boot the demo" }).click();
    await page.waitForFunction(() => hindsight.console.text().includes("Hindsight guest ready"));
  }
  const settled = (): Promise<unknown> => page.waitForFunction(() => hindsight.model.settled);
  async function paused(): Promise<void> {
    await boot();
    await page.getByRole("button", { name: "Pause" }).click();
    await settled();
  }
  /** In the past, with registers that a step has changed. */
  async function past(): Promise<void> {
    await paused();
    await page.evaluate(() => hindsight.controller.seek(200_000_000));
    await settled();
    await page.getByRole("button", { name: "One instruction back" }).click();
    await page.waitForFunction(() => hindsight.model.settled && hindsight.model.before.size > 0);
  }
  const tab = (name: string): Promise<void> => page.getByRole("tab", { name }).click();
  const showProgress = (total: number): Promise<void> =>
    page.evaluate((of) => {
      const { model, controller } = hindsight;
      const progress: ProgressView = { task: "Reading", done: 7e6, total: of, unit: "bytes", cancellable: true };
      model.view = { ...model.view, progress };
      controller.changed();
    }, total);

  const states: Record<string, () => Promise<void>> = {
    "first page": async () => {},
    "first page with recordings": async () => {
      await boot();
      await page.evaluate(() => fake.close());
      await page.getByText("Your recordings").waitFor();
    },
    "first page, fetching": () => showProgress(27e6),
    "first page, files dragged over it": async () => {
      await page.evaluate(() => {
        hindsight.model.dropping = true;
        hindsight.controller.changed();
      });
      await page.getByText("Drop a recording").waitFor();
    },
    running: boot,
    "paused at the live end": paused,
    "in the past, code": past,
    "in the past, registers": async () => {
      await tab("registers");
      await past();
      await page.locator("[data-changed=yes]").first().waitFor();
    },
    "in the past, memory": async () => {
      await past();
      await tab("memory");
    },
    "in the past, stack": async () => {
      await past();
      await tab("stack");
    },
    "in the past, seeking": async () => {
      await past();
      await page.evaluate(() => {
        hindsight.model.cursor = 100_000_000;
        hindsight.controller.changed();
      });
      await page.getByText("seeking…").first().waitFor();
    },
    "keys refused in the past": async () => {
      await past();
      await page.evaluate(() => hindsight.controller.type("x"));
      await page.getByText("the past cannot be typed into").waitFor();
    },
    breakpoints: async () => {
      await paused();
      for (const [kind, what] of Object.entries({ break: "start_kernel", write: "panic" }))
        await page.evaluate(([k, w]) => fake.addBreakpoint(k as "break", w!, 4), [kind, what]);
      await page.getByLabel("Enable panic").uncheck();
      await page.locator("button.gutter").nth(3).click();
      await page.waitForFunction(() => hindsight.model.view.breakpoints.length === 3);
    },
    monitor: async () => {
      await paused();
      await tab("monitor");
      for (let i = 0; i < 9; i++) await page.evaluate(() => hindsight.controller.monitor("info replay"));
    },
    "gdb's popover": async () => {
      await paused();
      await page.getByRole("button", { name: "gdb" }).click();
      await page.getByText("Debug with gdb, backwards too").waitFor();
    },
    help: async () => {
      await paused();
      await page.getByRole("button", { name: "Keyboard shortcuts" }).click();
      await page.getByText("one instruction back, forward").waitFor();
    },
    library: async () => {
      await paused();
      await page.locator(".recording-button").click();
      await page.getByLabel("Name of the recording").focus();
      await page.getByRole("button", { name: /^Delete/ }).click();
    },
    "a question": async () => {
      await paused();
      await page.evaluate(() => fake.attachGdb());
      await page.evaluate(() => hindsight.controller.seek(1000));
      await page.getByRole("alertdialog").waitFor();
    },
    notices: async () => {
      await paused();
      await page.evaluate(() => {
        for (const level of ["info", "warning", "error"] as const)
          hindsight.controller.notify({ level, text: `A notice of level ${level}` });
      });
      await page.getByText("level error").waitFor();
    },
    "progress of unknown length": async () => {
      await paused();
      await showProgress(0);
    },
    "a tablet": async () => {
      await page.setViewportSize({ width: 820, height: 1180 });
      await past();
    },
    "a phone": async () => {
      await page.setViewportSize({ width: 390, height: 844 });
      await past();
    },
    "a phone's first page": () => page.setViewportSize({ width: 390, height: 844 }),
  };

  it.each(Object.entries(states))("%s", async (_name, reach) => {
    await reach();
    expect(await violations()).toEqual([]);
  });
});
