import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import { browserExists, drawn } from "./browser.ts";
import { withFakePage } from "./fake-page.ts";

/** The page by keys alone, and as a screen reader has it. */
describe.skipIf(!browserExists)("the page without a mouse", () => {
  let page: Page;
  withFakePage((fake) => void ({ page } = fake));

  const press = async (...keys: readonly string[]): Promise<void> => {
    for (const key of keys) await page.keyboard.press(key);
  };
  /** Until the focus is where the selector says. */
  const focusIsIn = (selector: string): Promise<unknown> =>
    page.waitForFunction((wanted) => !!document.activeElement?.closest(wanted), selector);
  async function boot(): Promise<void> {
    await page.getByRole("button", { name: "Boot the demo" }).click();
    await page.waitForFunction(() => hindsight.console.text().includes("Hindsight guest ready"));
  }
  async function paused(): Promise<void> {
    await boot();
    await page.getByRole("button", { name: "Pause" }).click();
    await page.waitForFunction(() => hindsight.model.settled);
  }
  const focusConsole = (): Promise<void> => page.getByRole("textbox", { name: "Serial console of the guest" }).focus();

  it("leaves the console by Shift Esc, as its description and the page say, and returns", async () => {
    await boot();
    const hint = page.getByText("Shift Esc leaves the console");
    await press("Shift+Escape");
    expect(await hint.isVisible()).toBe(false);
    await focusConsole();
    expect(await hint.isVisible()).toBe(true);
    const textarea = page.getByRole("textbox", { name: "Serial console of the guest" });
    const description = (await textarea.getAttribute("aria-describedby"))!;
    expect(await page.locator(`#${description}`).innerText()).toBe("Shift Esc leaves the console");
    // Regression: Tab is the guest's, and there was no other way out.
    await press("Tab");
    await focusIsIn(".serial");
    const typed = await page.evaluate(() => hindsight.model.view.inputs.length);
    await press("Shift+Escape");
    await focusIsIn("[role=slider]");
    await press("Tab");
    await focusIsIn(".transport");
    expect(await page.evaluate(() => hindsight.model.view.inputs.length)).toBe(typed);
    await press("Shift+Tab", "Shift+Escape");
    await focusIsIn(".serial");
  });

  it("opens the help by ?, closes it by Escape, and gives the focus back", async () => {
    await paused();
    const help = page.getByRole("dialog", { name: "Keyboard shortcuts" });
    await page.getByRole("button", { name: "Zoom in" }).focus();
    await press("?");
    await help.waitFor();
    await focusIsIn("#help");
    await help.getByText("from the console to the timeline, and back").waitFor();
    await press("Escape");
    await help.waitFor({ state: "hidden" });
    await focusIsIn("[aria-label^='Zoom in']");
    await press("?", "?");
    await help.waitFor({ state: "hidden" });
  });

  it("leaves ? to a field and to the console", async () => {
    await boot();
    await focusConsole();
    await page.keyboard.type("?");
    await page.waitForFunction(() => hindsight.model.view.inputs.some(({ label }) => label === "?"));
    await page.getByRole("tab", { name: "monitor" }).click();
    const field = page.getByRole("textbox", { name: "Monitor command" });
    await field.focus();
    await page.keyboard.type("?");
    expect(await field.inputValue()).toBe("?");
    expect(await page.locator("#help").isVisible()).toBe(false);
  });

  it("has one tab stop beside the code, and goes from line to line by arrow keys", async () => {
    await paused();
    const focused = (): Promise<string> =>
      page.evaluate(() => document.activeElement!.closest(".instruction")!.querySelector(".address")!.textContent!);
    const stops = page.locator(".gutter[tabindex='0']");
    expect(await stops.count()).toBe(1);
    const pc = await page.evaluate(() => hindsight.model.inspection!.pc);
    const hex = (address: bigint): string => address.toString(16);
    await page.getByRole("button", { name: "pc", exact: true }).focus();
    await page.getByRole("button", { name: "Later code" }).focus();
    await press("Tab");
    expect(await focused()).toContain(hex(pc));
    await press("ArrowDown", "ArrowDown", "ArrowUp");
    expect(await focused()).toContain(hex(pc + 4n));
    expect(await stops.count()).toBe(1);
    await press("Enter");
    await page.waitForFunction((at) => hindsight.model.view.breakpoints[0]?.address === at, pc + 4n);
    // Beyond the last line the code moves on, and the focus stays on it.
    const last = await page.evaluate(() => hindsight.model.inspection!.code.at(-1)!.address);
    await page.locator(".gutter").last().focus();
    await press("ArrowDown");
    await page.waitForFunction((end) => hindsight.model.inspection!.code.at(-1)!.address === end + 4n, last);
    await drawn(page);
    expect(await focused()).toContain(hex(last + 4n));
    await press("Tab");
    await focusIsIn(".lower");
    expect(await stops.count()).toBe(1);
  });

  it("chooses the disassembly's syntax where the guest has several, for the next time too", async () => {
    await paused();
    const choice = page.getByRole("button", { name: /^Syntax of the disassembly/ });
    const first = page.locator(".code .mnemonic").first();
    await first.waitFor();
    expect([await choice.count(), /[a-z]/.test(await first.innerText())]).toEqual([0, true]);
    const offer = async (...syntaxes: readonly string[]): Promise<void> => {
      await page.evaluate((names) => {
        fake.syntaxes = names;
        hindsight.controller.inspector.inspect();
      }, syntaxes);
    };
    await offer("only");
    await page.waitForFunction(() => hindsight.model.inspection?.syntaxes.length === 1);
    expect(await choice.count()).toBe(0);
    await offer("small", "large");
    await choice.focus();
    expect(await choice.getAttribute("aria-label")).toBe("Syntax of the disassembly: small");
    await press("Enter");
    await page.getByRole("button", { name: "Syntax of the disassembly: large" }).waitFor();
    await page.waitForFunction(() => /^[^a-z]+$/.test(document.querySelector(".code .mnemonic")!.textContent!));
    await focusIsIn(".toolbar");

    await page.reload();
    await paused();
    await offer("small", "large");
    await page.getByRole("button", { name: "Syntax of the disassembly: large" }).waitFor();
    await page.waitForFunction(() => /^[^a-z]+$/.test(document.querySelector(".code .mnemonic")!.textContent!));
    await choice.focus();
    await press("Space");
    await page.getByRole("button", { name: "Syntax of the disassembly: small" }).waitFor();
    await page.waitForFunction(() => /[a-z]/.test(document.querySelector(".code .mnemonic")!.textContent!));
  });

  it("reaches the registers, and scrolls them", async () => {
    await paused();
    await page.getByRole("tab", { name: "code" }).focus();
    await press("ArrowRight");
    await page.locator("#panel-registers").waitFor();
    await press("Tab");
    const panel = page.getByRole("tabpanel", { name: "registers" });
    await focusIsIn("#panel-registers");
    await press("PageDown");
    await page.waitForFunction((element) => element!.scrollTop > 0, await panel.elementHandle());
    await press("Shift+Tab", "End");
    await focusIsIn("#tab-stack");
    await press("ArrowRight");
    await focusIsIn("#tab-code");
  });

  it("moves the focus to a question, and back when it is answered", async () => {
    await paused();
    await page.evaluate(() => fake.attachGdb());
    await page.getByRole("slider").focus();
    await press("Home");
    await focusIsIn("[role=alertdialog]");
    // Held down or pressed again, Space answers nothing and asks nothing new.
    await press("Space");
    await page.getByText("Move it to 0?").waitFor();
    await press("Tab");
    expect(await page.evaluate(() => document.activeElement!.textContent)).toBe("Detach gdb and go");
    await press("Escape");
    await focusIsIn("[role=slider]");
  });

  it("has the console's text, and speaks what is new but not what is redrawn", async () => {
    const spoken = page.locator(".console-reader [role=status]");
    // All that it says: on a slow machine the boot's last lines soon take the place of how many came before.
    const said = await page.evaluateHandle(() => {
      const texts = new Set<string>();
      const look = (): unknown => texts.add(document.querySelector(".console-reader [role=status]")?.textContent ?? "");
      new MutationObserver(look).observe(document.body, { childList: true, subtree: true });
      return texts;
    });
    await boot();
    const text = page.getByRole("log", { name: "Text on the console" });
    await text.getByText("Run /init as init process").waitFor({ state: "attached" });
    await page.waitForFunction((texts) => [...texts].some((text) => /^\d+ lines, the last: /.test(text)), said);
    await focusConsole();
    await page.keyboard.type("echo hello\n");
    await spoken.getByText("hello").waitFor({ state: "attached" });
    const before = await spoken.textContent();
    await page.evaluate(() => hindsight.controller.motions.seek(200_000_000));
    await page.waitForFunction(() => {
      const shown = document.querySelector(".console-reader [role=log]")!.textContent!;
      return hindsight.model.settled && shown !== "" && !shown.includes("Run /init");
    });
    expect(await spoken.textContent()).toBe(before);
    expect(await text.ariaSnapshot()).toContain("Booting Linux");
  });

  it("has nothing that moves by itself where less motion is wished", async () => {
    await boot();
    const moving = (): Promise<number> =>
      page.evaluate(
        () =>
          [...document.querySelectorAll("*")].filter((element) => {
            const { transitionDuration, animationName } = getComputedStyle(element);
            return /[1-9]/.test(transitionDuration) || (animationName !== "none" && animationName !== "");
          }).length,
      );
    expect(await page.evaluate(() => hindsight.console["terminal"].options.cursorBlink)).toBe(true);
    expect(await moving()).toBeGreaterThan(0);
    await page.emulateMedia({ reducedMotion: "reduce" });
    await page.waitForFunction(() => !hindsight.console["terminal"].options.cursorBlink);
    expect(await moving()).toBe(0);
  });
});
