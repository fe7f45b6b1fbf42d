import type { Browser, Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import { browserExists } from "./browser.ts";
import { withFakePage } from "./fake-page.ts";

/** The console of the page, against a made-up machine: who has the focus, where keys go, and the door from its lines. */
describe.skipIf(!browserExists)("the console", { timeout: 60_000 }, () => {
  let page: Page;
  let url: string;
  let browser: Browser;
  withFakePage((fake) => void ({ page, url, browser } = fake));

  const consoleShows = (text: string): Promise<unknown> =>
    page.waitForFunction((wanted) => hindsight.console.text().includes(wanted), text);
  const consoleHasFocus = (): Promise<unknown> =>
    page.waitForFunction(() => document.activeElement?.closest(".serial") !== null);
  const door = () => page.locator(".line-door");

  async function boot(): Promise<void> {
    await page.getByRole("button", { name: "Boot the demo" }).click();
    await consoleShows("Hindsight guest ready");
    await consoleHasFocus();
  }
  /** Types commands at the prompt, each when the one before has been answered. */
  async function say(...commands: readonly string[]): Promise<void> {
    for (const command of commands) {
      const before = await page.evaluate(() => hindsight.history.length);
      await page.keyboard.type(`${command}\n`);
      await page.waitForFunction((length) => hindsight.history.length > length, before + command.length + 4);
    }
  }
  /** A point on the row of the screen whose text is `text`, once nothing moves it any more. */
  const pointOn = (text: string): Promise<{ x: number; y: number }> =>
    page.evaluate(async (wanted) => {
      const rows = () => [...document.querySelectorAll(".xterm-rows > div")];
      let box: DOMRect | undefined;
      for (let calm = 0; calm < 5;) {
        await new Promise(requestAnimationFrame);
        const now = rows()
          .find((row) => row.textContent?.trim() === wanted)
          ?.getBoundingClientRect();
        calm = hindsight.console.settled && now !== undefined && now.y === box?.y ? calm + 1 : 0;
        box = now;
      }
      return { x: box!.x + 10, y: box!.y + box!.height / 2 };
    }, text);
  /** The page stands at an instant whose console ends with this line. */
  const standsAtLine = (line: string): Promise<unknown> =>
    page.waitForFunction((wanted) => {
      const { history, model } = hindsight;
      return model.settled && model.inPast && history.lastLine(history.countAt(model.view.position)) === wanted;
    }, line);
  const atLiveEnd = (): Promise<boolean> =>
    page.evaluate(() => hindsight.model.view.mode === "record" && !hindsight.model.inPast);

  describe("has the focus when a machine starts", () => {
    it("by the button: what is typed meanwhile arrives, and its spaces pause nothing", async () => {
      await page.getByRole("button", { name: "Boot the demo" }).click();
      await page.keyboard.type(" echo early\necho l");
      await page.waitForFunction(() => hindsight.model.view.mode === "record");
      await page.keyboard.type("ate words\n");
      await consoleHasFocus();
      await consoleShows("\nearly\n");
      await consoleShows("\nlate words\n");
      expect(await page.evaluate(() => hindsight.model.view.motion)).toBe("run");
    });

    it("from the library, with another machine on the screen", async () => {
      await boot();
      await page.locator(".recording-button").click();
      await page.locator("#library").getByRole("button", { name: "Boot the demo" }).click();
      await page.keyboard.type(" echo second\n");
      await consoleShows("\nsecond\n");
      await consoleHasFocus();
      expect(await page.locator("#library").isVisible()).toBe(false);
      expect(await page.evaluate(() => hindsight.model.view.motion)).toBe("run");
    });

    it("from files", async () => {
      const kernel = { name: "vmlinux", mimeType: "", buffer: Buffer.from("\x7fELF") };
      await page.locator("input[type=file]").first().setInputFiles(kernel);
      await consoleHasFocus();
      await page.keyboard.type(" echo files\n");
      await consoleShows("\nfiles\n");
    });

    it("but what was typed for one that did not come is for none", async () => {
      await page.getByRole("button", { name: "Boot the demo" }).waitFor();
      await page.evaluate(() => {
        let fail: (error: Error) => void;
        fake.boot = () => new Promise((_, reject) => (fail = reject));
        addEventListener("keydown", ({ key }) => key === "!" && fail(new Error("no such kernel")));
      });
      await page.getByRole("button", { name: "Boot the demo" }).click();
      await page.keyboard.type("echo lost!");
      await page.getByText("no such kernel").waitFor();
      await page.evaluate(() => Reflect.deleteProperty(fake, "boot"));
      await page.keyboard.type("nobody");
      await boot();
      await say("echo found");
      expect(await page.evaluate(() => hindsight.console.text())).not.toMatch(/lost|nobody/);
    });

    it("except for a recording: keys are for the timeline, and what was typed is refused visibly", async () => {
      await page.getByRole("button", { name: "Replay a recorded crash" }).click();
      await page.waitForFunction(() => document.activeElement === document.querySelector("[role=slider]"));
      await page.keyboard.press(" ");
      await page.waitForFunction(() => hindsight.model.view.motion === "none");
    });
  });

  describe("leads from a line to its instant", () => {
    it.each([["clear"], ["vi notes"]])("after %s", async (command) => {
      await boot();
      await say(command, "echo one", "echo two");
      const { x, y } = await pointOn("one");
      await page.mouse.move(x, y);
      await door().click();
      await standsAtLine("one");
    });

    it("not to the instants of lines that were cleared away", async () => {
      await boot();
      const { x, y } = await pointOn("Hindsight guest ready");
      await say("clear", "echo one");
      await pointOn("one");
      await page.mouse.move(x, y);
      await page.mouse.move(x + 1, y);
      expect(await door().isVisible()).toBe(false);
    });

    it("by a line that wraps, and one far up in what was scrolled away", async () => {
      await boot();
      const long = "long ".repeat(40).trim();
      await say(`echo ${long}`, "cat file");
      await pointOn("line 60 of file");
      await page.mouse.move(400, 300);
      const first = "[    0.000000] Booting Linux on physical CPU 0x0000000000 [0x410fd034]";
      while (!(await page.locator(".xterm-rows").textContent())!.includes(first)) await page.mouse.wheel(0, -1000);
      const { x, y } = await pointOn(first);
      await page.mouse.move(x, y);
      await door().click();
      await standsAtLine(first);
      await page.getByRole("button", { name: "Return to live", exact: true }).click();
      await pointOn("line 60 of file");
      await page.mouse.move(400, 300);
      const columns = await page.evaluate(() => hindsight.console.columns);
      const part = `~ # echo ${long}`.slice(0, columns).trim();
      while (!(await page.locator(".xterm-rows").textContent())!.includes(part)) await page.mouse.wheel(0, -1000);
      const wrapped = await pointOn(part);
      await page.mouse.move(wrapped.x, wrapped.y);
      await door().click();
      await standsAtLine(`~ # echo ${long}`);
    });

    it("by a click in the past, not at the live end, where a click is to focus and shows the door", async () => {
      await boot();
      await say("echo one", "echo two", "echo three");
      const two = await pointOn("two");
      await page.mouse.click(two.x, two.y);
      await door().waitFor();
      expect(await atLiveEnd()).toBe(true);
      // Enter is the guest's.
      await say("echo four");
      expect(await door().isVisible()).toBe(false);
      await pointOn("four");
      const again = await pointOn("two");
      await page.mouse.click(again.x, again.y);
      await door().click();
      await standsAtLine("two");
      const one = await pointOn("one");
      await page.mouse.click(one.x, one.y);
      await standsAtLine("one");
    });

    it("by no click that selects: a double click, a drag, one that takes a selection back", async () => {
      await boot();
      await say("echo one", "echo word and more", "echo three");
      await page.evaluate(() => hindsight.controller.motions.seek(hindsight.model.view.end - 1));
      await page.waitForFunction(() => hindsight.model.settled && hindsight.model.inPast);
      const held = await page.evaluate(() => hindsight.model.view.position);
      const { x, y } = await pointOn("word and more");
      const selected = (): Promise<string> => page.evaluate(() => hindsight.console.selection());
      await page.mouse.dblclick(x, y);
      expect(await selected()).toBe("word");
      await page.mouse.click(x + 100, y);
      expect(await selected()).toBe("");
      await page.mouse.move(x, y);
      await page.mouse.down();
      await page.mouse.move(x + 60, y, { steps: 4 });
      await page.mouse.up();
      expect(await selected()).not.toBe("");
      // Longer than a click waits for a second one.
      await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 400)));
      expect(await page.evaluate(() => hindsight.model.view.position)).toBe(held);
    });

    it("by keyboard: Alt-Up and Alt-Down choose, Enter goes, Escape does not", async () => {
      await boot();
      await say("echo one", "echo two", "echo three");
      await pointOn("three");
      for (const key of ["ArrowUp", "ArrowUp", "ArrowUp", "ArrowUp", "ArrowDown"])
        await page.keyboard.press(`Alt+${key}`);
      await door().waitFor();
      await page.keyboard.press("Escape");
      await door().waitFor({ state: "hidden" });
      for (let i = 0; i < 4; i++) await page.keyboard.press("Alt+ArrowUp");
      await page.keyboard.press("Enter");
      await standsAtLine("two");
      await page.keyboard.press("Alt+ArrowUp");
      await page.keyboard.press("Alt+ArrowUp");
      await page.keyboard.press("Alt+ArrowUp");
      await page.keyboard.press("Enter");
      await standsAtLine("one");
    });

    it("by touch: a tap shows the door, a tap on it goes", async () => {
      const context = await browser.newContext({ viewport: { width: 800, height: 1100 }, hasTouch: true });
      await page.context().close();
      page = await context.newPage();
      await page.goto(`${url}`);
      await page.getByRole("button", { name: "Boot the demo" }).tap();
      await consoleShows("Hindsight guest ready");
      await say("echo one", "echo two");
      const { x, y } = await pointOn("one");
      await page.touchscreen.tap(x, y);
      await door().tap();
      await standsAtLine("one");
    });
  });

  it("shows what a scroll region kept, though it was printed long before", async () => {
    await boot();
    await page.getByRole("button", { name: "Pause" }).click();
    await page.waitForFunction(() => hindsight.model.view.motion === "none");
    await page.evaluate(() => {
      const { history, model, controller } = hindsight;
      const lines = Array.from({ length: 40_000 }, (_, i) => `line ${i}\r\n`).join("");
      const bytes = new TextEncoder().encode(`\x1b[2J\x1b[Hheader\x1b[2;10r\x1b[10;1H${lines}`);
      const start = history.positionOf(history.length - 1);
      const each = (model.view.end - start) / bytes.length;
      history.append({ reset: false, bytes, positions: Float64Array.from(bytes, (_, i) => start + i * each) });
      controller.motions.seek(history.positionOf(history.length - 30_000));
    });
    await consoleShows("header\nline");
    expect(await page.evaluate(() => hindsight.console.text())).not.toContain("line 39999");
  });

  // Regression: a PC's firmware turns wrapping off; the ends of the kernel's long lines were lost.
  it("wraps a kernel's long lines though firmware has turned that off", async () => {
    await boot();
    await page.getByRole("button", { name: "Pause" }).click();
    await page.waitForFunction(() => hindsight.model.view.motion === "none");
    const line = Array.from({ length: 100 }, (_, i) => `word ${i}`).join(" ");
    await page.evaluate((line) => {
      const { history, model, controller } = hindsight;
      const bytes = new TextEncoder().encode(`\x1bc\x1b[?7l\x1b[2J${line}\r\nprinted`);
      history.append({ reset: false, bytes, positions: new Float64Array(bytes.length).fill(model.view.end) });
      controller.motions.seek(model.view.end);
    }, line);
    await consoleShows("printed");
    const shown = await page.evaluate(() => hindsight.console.text());
    expect(shown.replaceAll("\n", "")).toBe(`${line}printed`);
  });

  it("says at once that what is typed to a machine that stands waits for it", async () => {
    await boot();
    await page.getByRole("button", { name: "Pause" }).click();
    await page.waitForFunction(() => hindsight.model.view.motion === "none");
    await page.locator(".serial").click();
    await page.keyboard.type("x");
    const hint = page.getByText("Paused: what you type waits");
    await hint.waitFor();
    await page.locator(".status").getByRole("button", { name: "Run" }).click();
    await hint.waitFor({ state: "detached" });
    await page.waitForFunction(() => hindsight.model.view.motion === "run");
    // The button has gone: its focus goes to whom keys are for.
    await consoleHasFocus();
  });

  it("sends a BREAK, and has the focus for the letter that follows; in the past it is refused visibly", async () => {
    await boot();
    const button = page.getByRole("button", { name: "BREAK", exact: true });
    await button.click();
    await page.waitForFunction(() => hindsight.model.view.inputs.at(-1)?.label === "BREAK");
    await consoleHasFocus();
    await page.evaluate(() => hindsight.controller.motions.seek(200_000_000));
    await page.waitForFunction(() => hindsight.model.settled);
    await button.click();
    await page.getByText("the past cannot be typed into").waitFor();
  });

  it("is not drawn by a WebGL that runs on the CPU", async () => {
    await boot();
    expect(await page.locator(".xterm-rows").count()).toBe(1);
    expect(await page.locator(".xterm-screen canvas").count()).toBe(0);
  });

  it.each([["a GPU"], ["the CPU"]])(
    "keeps the size of its text when the pixels get finer, with %s",
    async (renderer) => {
      await page.addInitScript((gpu) => {
        const { getParameter } = WebGL2RenderingContext.prototype;
        WebGL2RenderingContext.prototype.getParameter = function (name: number): unknown {
          return gpu && name === this.RENDERER ? "A GPU" : getParameter.call(this, name);
        };
      }, renderer === "a GPU");
      await page.reload();
      await boot();
      const canvases = await page.locator(".xterm-screen canvas").count();
      expect(canvases > 0).toBe(renderer === "a GPU");
      const cdp = await page.context().newCDPSession(page);
      for (const deviceScaleFactor of [2, 1, 1.5]) {
        const metrics = { width: 1280, height: 720, deviceScaleFactor, mobile: false };
        await cdp.send("Emulation.setDeviceMetricsOverride", metrics);
        // Each pixel that is drawn is a pixel of the screen, or the browser draws the text.
        await page.waitForFunction((ratio) => {
          const canvas = document.querySelector<HTMLCanvasElement>(".xterm-screen canvas:not(.xterm-link-layer)");
          if (devicePixelRatio !== ratio) return false;
          if (canvas !== null) return Math.abs(canvas.width - canvas.clientWidth * ratio) <= 2;
          const row = document.querySelector(".xterm-rows > div")!.getBoundingClientRect();
          return Math.abs(row.height - 18) < 1.5;
        }, deviceScaleFactor);
      }
      await consoleShows("Hindsight guest ready");
    },
  );
});
