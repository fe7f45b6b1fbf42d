import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import { browserExists, drawn } from "./browser.ts";
import { withFakePage } from "./fake-page.ts";

/** How the page travels, against a made-up machine: its address, the browser's Back, the position field. */
describe.skipIf(!browserExists)("travelling in the page", () => {
  let page: Page;
  let url: string;
  withFakePage((fake) => void ({ page, url } = fake));

  const position = (): Promise<number> => page.evaluate(() => hindsight.model.view.position);
  const isAt = (wanted: number): Promise<unknown> =>
    page.waitForFunction(
      (there) => hindsight.model.settled && hindsight.model.view.position === there && hindsight.model.shown === there,
      wanted,
    );
  const runsLive = (): Promise<unknown> =>
    page.waitForFunction(
      () => !hindsight.model.inPast && hindsight.model.view.motion === "run" && hindsight.model.view.mode === "record",
    );
  const addressIs = (hash: string): Promise<unknown> => page.waitForFunction((there) => location.hash === there, hash);
  const end = 812_345_678;

  async function boot(): Promise<void> {
    await page.getByRole("button", { name: "Boot the demo" }).click();
    await page.waitForFunction(() => hindsight.console.text().includes("Hindsight guest ready"));
  }
  /** The recorded crash, standing at its end. */
  async function open(): Promise<void> {
    await page.getByRole("button", { name: "Replay a recorded crash" }).click();
    await isAt(end);
  }
  async function pointAt(share: number): Promise<{ x: number; y: number }> {
    const box = (await page.getByRole("slider").boundingBox())!;
    return { x: box.x + 7 + share * (box.width - 14), y: box.y + 40 };
  }
  async function clickAt(share: number): Promise<number> {
    const { x, y } = await pointAt(share);
    await page.mouse.click(x, y);
    const wanted = await page.evaluate(() => hindsight.model.shown);
    await isAt(wanted);
    return wanted;
  }
  async function typePosition(text: string): Promise<void> {
    const field = page.getByRole("textbox", { name: "Position" });
    await field.fill(text);
    await field.press("Enter");
  }

  describe("the page's address", () => {
    it("names a position beyond the end of the recording: says what the end is, and is there", async () => {
      await page.goto(`${url}#at=900000000`);
      await page.getByRole("button", { name: "Replay a recorded crash" }).click();
      await page.getByText("Position 900,000,000 is beyond the end of this recording: 812,345,678").waitFor();
      await isAt(end);
    });

    it("is for the recording that is opened, and never hijacks a boot that comes to record past it", async () => {
      await page.goto(`${url}#at=300000000`);
      await boot();
      await page.getByText("The address names position 300,000,000 of a recording").waitFor();
      await runsLive();
      expect(await position()).toBeGreaterThan(300_000_000);
      expect(await page.evaluate(() => location.hash)).toBe("");
    });

    it("does not wait for a recording in the making to get there, either", async () => {
      await boot();
      await page.evaluate(() => void (location.hash = "#at=99999999999"));
      await page.getByText("Position 99,999,999,999 is beyond what is recorded so far").waitFor();
      await runsLive();
      await page.evaluate(() => void (location.hash = "#at=400,000,000"));
      await isAt(400_000_000);
      await page.goBack();
      await runsLive();
    });

    it("names the instant shown, so that it can be passed on", async () => {
      await open();
      const there = await clickAt(0.5);
      await addressIs(`#at=${there}`);
      await page.getByRole("slider").press("ArrowLeft");
      await isAt(there - 1);
      await addressIs(`#at=${there - 1}`);
      await page.reload();
      await page.getByRole("button", { name: "Replay a recorded crash" }).waitFor();
      // Another recording than the one that it was of.
      await boot();
      await runsLive();
    });

    it("says so when it is none", async () => {
      await page.goto(`${url}#at=12x`);
      await page.getByText("#at=12x names no position").waitFor();
    });
  });

  describe("Back", () => {
    it("undoes jumps of every kind, Forward makes them again", async () => {
      await open();
      const first = await clickAt(0.7);
      await typePosition("500,000,000");
      await isAt(500_000_000);
      await page.getByRole("button", { name: "Start of history" }).click();
      await isAt(0);
      await page.goBack();
      await isAt(500_000_000);
      await page.goBack();
      await isAt(first);
      await page.goForward();
      await isAt(500_000_000);
      await page.goBack();
      await page.goBack();
      await isAt(end);
    });

    it("leads to where steps had led, not through them", async () => {
      await open();
      await clickAt(0.7);
      const there = await clickAt(0.4);
      await page.getByRole("slider").press("ArrowLeft");
      await page.getByRole("slider").press("ArrowLeft");
      await isAt(there - 2);
      const elsewhere = await clickAt(0.2);
      await page.goBack();
      await isAt(there - 2);
      await page.goForward();
      await isAt(elsewhere);
    });

    it("pressed twice quickly goes back twice, also during a seek", async () => {
      await open();
      const first = await clickAt(0.8);
      await clickAt(0.6);
      await clickAt(0.4);
      await page.goBack();
      await page.goBack();
      await isAt(first);
      const { x, y } = await pointAt(0.1);
      await page.mouse.click(x, y);
      await page.waitForFunction(() => hindsight.model.view.motion === "seek");
      await page.goBack();
      await page.goBack();
      await isAt(end);
    });

    it("is Alt-← too, wherever the focus is, and so is Alt-→ Forward", async () => {
      await open();
      const first = await clickAt(0.7);
      await clickAt(0.3);
      await page.keyboard.press("Alt+ArrowLeft");
      await isAt(first);
      await page.getByRole("textbox", { name: "Serial console of the guest" }).focus();
      await page.keyboard.press("Alt+ArrowLeft");
      await isAt(end);
      await page.keyboard.press("Alt+ArrowRight");
      await isAt(first);
    });

    it("returns to a live end that ran, and from it", async () => {
      await boot();
      const past = await clickAt(0.5);
      await page.goBack();
      await runsLive();
      await page.goForward();
      await isAt(past);
      await page.getByRole("button", { name: "Return to live", exact: true }).click();
      await runsLive();
      await page.goBack();
      await isAt(past);
    });

    it("leaves Alt-← to the guest's shell at the live end", async () => {
      await boot();
      await page.locator(".serial").click();
      await page.keyboard.press("Alt+ArrowLeft");
      await runsLive();
      await page.waitForFunction(() => hindsight.model.view.inputs.length > 0);
    });

    it("never takes a position of another history for one of this", async () => {
      await open();
      await clickAt(0.5);
      await page.locator(".recording-button").click();
      await page.getByRole("button", { name: "Boot the demo" }).last().click();
      await runsLive();
      const before = await position();
      await page.goBack();
      await page.getByText("is of another history: Debian 12 boot and crash").waitFor();
      await runsLive();
      expect(await position()).toBeGreaterThanOrEqual(before);
    });

    it("passes jumps that came to nothing", async () => {
      await open();
      const there = await clickAt(0.5);
      await typePosition("no_such_thing");
      await page.getByText("'no_such_thing' is not a position").waitFor();
      await page.goBack();
      await isAt(end);
      await page.goForward();
      await isAt(there);
    });
  });

  it("says that running back found nothing, and offers the way back", async () => {
    await open();
    const there = await clickAt(0.5);
    await page.getByRole("button", { name: "Run back" }).click();
    await page.getByText("No break- or watchpoint was hit before: this is the start of history").waitFor();
    expect(await position()).toBe(0);
    await page.getByRole("button", { name: `Back to ${there.toLocaleString("en-GB")}` }).click();
    await isAt(there);
  });

  it("shows why it stopped while recording, beside how long ago that was", async () => {
    await boot();
    await page.evaluate(() => hindsight.controller.api.addBreakpoint("break", "start_kernel", 4));
    await page.getByRole("button", { name: "Pause" }).click();
    await page.getByRole("button", { name: "Run back" }).click();
    await page.getByText("Breakpoint: start_kernel").waitFor();
    await page.getByText("In the past:").waitFor();
    await page.getByRole("button", { name: "Return to live", exact: true }).waitFor();
  });

  it("goes to a log line's time and to symbols, and says beside the field what it cannot read", async () => {
    await open();
    // Regression: its dot was left out, and it was position 447,215.
    await typePosition("0.447215");
    await page.waitForFunction(() => hindsight.model.settled && hindsight.model.view.position > 447_215_000);
    expect(
      await page.evaluate(() => hindsight.history.lastLine(hindsight.history.countAt(hindsight.model.shown))),
    ).toMatch(/^\[/);
    await typePosition("start_kernel");
    await isAt(8_000_000);
    await typePosition("5 parsecs");
    const said = page.getByRole("alert");
    await said.getByText("'5 parsecs' is not a position").waitFor();
    const field = page.getByRole("textbox", { name: "Position" });
    expect(await field.getAttribute("aria-invalid")).toBe("true");
    // It stays, to be mended; what was said of it goes with the first key.
    expect(await field.inputValue()).toBe("5 parsecs");
    await page.keyboard.press("Backspace");
    await said.waitFor({ state: "detached" });
    await page.keyboard.press("Escape");
    expect(await field.inputValue()).toBe("8,000,000");
  });

  describe("a double click on the timeline", () => {
    const dblclickAt = async (share: number): Promise<void> => {
      const { x, y } = await pointAt(share);
      await page.mouse.move(x, y);
      await page.mouse.wheel(0, -600);
      await page.waitForFunction(() => hindsight.timeline.scale.zoomed);
      await page.mouse.dblclick(x, y);
      await page.waitForFunction(() => !hindsight.timeline.scale.zoomed);
    };
    it("shows all of history and leaves the head where it was", async () => {
      await open();
      const there = await clickAt(0.3);
      await dblclickAt(0.7);
      await isAt(there);
      await page.goBack();
      await isAt(end);
    });
    it("lets a live machine run on", async () => {
      await boot();
      await dblclickAt(0.7);
      await runsLive();
    });
    it("asks nothing where gdb holds the machine", async () => {
      await boot();
      await page.evaluate(() => fake.attachGdb());
      const held = await position();
      await dblclickAt(0.7);
      await page.getByRole("alertdialog").waitFor({ state: "detached" });
      expect(await position()).toBe(held);
      expect(await page.evaluate(() => hindsight.model.cursor)).toBeUndefined();
    });
  });

  it("shows what another tab has recorded since, at the same instant", async () => {
    await open();
    const there = await clickAt(0.5);
    await page.evaluate(() => fake.recordElsewhere(1_000_000_000));
    await page.getByText("Read-only: another tab may record more").waitFor();
    await page.getByRole("button", { name: "Update" }).click();
    await page.waitForFunction(() => hindsight.model.view.end === 1_000_000_000);
    await isAt(there);
  });

  it("holds the code still while the guest runs, and sets the breakpoint on the line that was pressed", async () => {
    await boot();
    const first = (): Promise<string> => page.locator(".code .address").first().innerText();
    await page.waitForFunction(() => hindsight.model.inspection !== undefined);
    const shown = await first();
    const looked = await page.evaluate(() => hindsight.model.inspection!.position);
    await page.waitForFunction((before) => hindsight.model.inspection!.position > before + 100_000, looked);
    await drawn(page);
    expect(await first()).toBe(shown);
    const pressed = await page.locator(".code .address").nth(3).innerText();
    const gutter = (await page.locator("button.gutter").nth(3).boundingBox())!;
    await page.mouse.move(gutter.x + 8, gutter.y + 8);
    await page.mouse.down();
    // Other code comes under the pointer.
    await page.evaluate(() => hindsight.controller.debugger.showCode(0xffff8000085d1d80n));
    await page.waitForFunction(
      (before) => document.querySelectorAll(".code .address")[3]?.textContent !== before,
      pressed,
    );
    await page.mouse.up();
    await page.waitForFunction(() => hindsight.model.view.breakpoints.length === 1);
    expect(await page.evaluate(() => hindsight.model.view.breakpoints[0]!.address.toString(16))).toBe(pressed);
  });
});
