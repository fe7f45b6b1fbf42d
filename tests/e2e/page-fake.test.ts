import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import { browserExists, drawn } from "./browser.ts";
import { withFakePage } from "./fake-page.ts";

/** The page against a made-up machine: what it shows and how it answers, without a guest. */
describe.skipIf(!browserExists)("the page", () => {
  let page: Page;
  let url: string;
  withFakePage((fake) => void ({ page, url } = fake));

  const position = (): Promise<number> => page.evaluate(() => hindsight.model.view.position);
  const consoleShows = (text: string): Promise<unknown> =>
    page.waitForFunction((wanted) => hindsight.console.text().includes(wanted), text);

  async function boot(): Promise<void> {
    await page.getByRole("button", { name: "Boot the demo" }).click();
    await consoleShows("Hindsight guest ready");
  }
  /** The slider's box, and a point on it by share of history. */
  async function pointAt(share: number): Promise<{ x: number; y: number }> {
    const box = (await page.getByRole("slider").boundingBox())!;
    return { x: box.x + 7 + share * (box.width - 14), y: box.y + 40 };
  }

  it("boots the demo with one click, shows its progress and takes typed commands", async () => {
    await page.getByRole("button", { name: "Boot the demo" }).click();
    await page.getByText("Fetching the kernel").waitFor();
    await consoleShows("Hindsight guest ready");
    await page.locator(".serial").click();
    await page.keyboard.type("echo hello\n");
    await consoleShows("\nhello\n");
  });

  it("offers the site's other guest, and boots it under its name", async () => {
    await page.getByRole("button", { name: "Boot Debian on x86-64" }).click();
    await consoleShows("Hindsight guest ready");
    expect(await page.evaluate(() => fake.booted)).toEqual({ kind: "demo", guest: "Debian on x86-64" });
  });

  it("moves no button when the other guests come to be known", async () => {
    const places = async () => {
      const names = ["Boot the demo", "Replay a recorded crash"];
      const boxes = await Promise.all(names.map((name) => page.getByRole("button", { name }).boundingBox()));
      return boxes.map((box) => [box!.x, box!.y].map(Math.round));
    };
    await page.getByRole("button", { name: "Boot Debian on x86-64" }).waitFor();
    const known = await places();
    await page.evaluate(() => {
      hindsight.model.demo = { ...hindsight.model.demo!, others: [] };
      hindsight.controller.changed();
    });
    await page.getByRole("button", { name: "Boot Debian on x86-64" }).waitFor({ state: "detached" });
    expect(await places()).toEqual(known);
  });

  it.each([
    [["bzImage"], ["kernel"]],
    [["bios.bin"], ["firmware"]],
    [
      ["initrd.gz", "bios.bin", "bzImage"],
      ["firmware", "initrd", "kernel"],
    ],
  ])("boots files that are opened: %s", async (names, roles) => {
    const files = names.map((name) => ({ name, mimeType: "", buffer: Buffer.from(name) }));
    await page.locator("input[type=file]").first().setInputFiles(files);
    await consoleShows("Hindsight guest ready");
    const { kind, ...images } = (await page.evaluate(() => fake.booted))! as unknown as Record<string, unknown>;
    expect([kind, ...Object.keys(images).sort()]).toEqual(["files", ...roles]);
  });

  it("redraws the console at once while dragging, and the machine follows", async () => {
    await boot();
    const from = await pointAt(0.9);
    await page.mouse.move(from.x, from.y);
    await page.mouse.down();
    const to = await pointAt(0.25);
    await page.mouse.move(to.x, to.y, { steps: 8 });
    const wanted = await page.evaluate(() => hindsight.model.shown);
    await page.waitForFunction(() => !hindsight.console.text().includes("Freeing initrd memory"));
    expect(await page.evaluate(() => hindsight.model.settled)).toBe(false);
    await page.mouse.up();
    await page.waitForFunction(() => hindsight.model.settled);
    expect(await position()).toBe(wanted);
    await page.getByText("In the past:").waitFor();
  });

  it("refuses keys in the past visibly, and returns to live", async () => {
    await boot();
    await page.evaluate(() => hindsight.controller.motions.seek(200_000_000));
    await page.waitForFunction(() => hindsight.model.settled);
    await page.locator(".serial").click();
    await page.keyboard.type("x");
    await page.getByText("the past cannot be typed into").waitFor();
    await page.getByRole("button", { name: "Return to live", exact: true }).click();
    await page.waitForFunction(() => !hindsight.model.inPast);
    await consoleShows("Hindsight guest ready");
  });

  it("steps and jumps by keys on the slider", async () => {
    await boot();
    await page.evaluate(() => hindsight.controller.motions.seek(300_000_000));
    await page.waitForFunction(() => hindsight.model.settled);
    await page.getByRole("slider").focus();
    await page.keyboard.press("ArrowLeft");
    await page.waitForFunction(() => hindsight.model.view.position === 299_999_999);
    await page.keyboard.press("ArrowRight");
    await page.waitForFunction(() => hindsight.model.view.position === 300_000_000);
    await page.keyboard.press("Home");
    await page.waitForFunction(() => hindsight.model.settled && hindsight.model.view.position === 0);
    await drawn(page);
    expect(await page.getByRole("slider").getAttribute("aria-valuenow")).toBe("0");
    await page.keyboard.press("End");
    await page.waitForFunction(() => !hindsight.model.inPast && hindsight.model.view.motion === "run");
  });

  it("zooms with the wheel and shows all again on a double click", async () => {
    await boot();
    const { x, y } = await pointAt(0.5);
    await page.mouse.move(x, y);
    await page.mouse.wheel(0, -600);
    await page.waitForFunction(() => hindsight.timeline.scale.zoomed);
    await page.getByRole("button", { name: "Show all of history" }).click();
    await page.waitForFunction(() => !hindsight.timeline.scale.zoomed);
  });

  it("sets breakpoints by name and by a click in the disassembly", async () => {
    await boot();
    await page.getByRole("button", { name: "Pause" }).click();
    await page.waitForFunction(() => hindsight.model.settled);
    await page.getByPlaceholder("symbol or address", { exact: true }).fill("start_kernel");
    await page.getByRole("button", { name: "Add" }).click();
    await page.getByLabel("Enable start_kernel").waitFor();
    await page.locator("button.gutter").nth(3).click();
    await page.waitForFunction(() => hindsight.model.view.breakpoints.length === 2);
    await page.getByPlaceholder("symbol or address", { exact: true }).fill("no_such_thing");
    await page.getByRole("button", { name: "Add" }).click();
    await page.getByText('no symbol "no_such_thing"').waitFor();
  });

  it("asks before it moves the machine under gdb's feet", async () => {
    await boot();
    await page.evaluate(() => fake.attachGdb());
    const held = await position();
    const { x, y } = await pointAt(0.2);
    await page.mouse.click(x, y);
    await page.getByRole("alertdialog").waitFor();
    expect(await position()).toBe(held);
    await page.getByRole("button", { name: "Only look" }).click();
    expect(await position()).toBe(held);
    await page.waitForFunction(() => !hindsight.console.text().includes("Freeing initrd memory"));
    await page.mouse.click(x, y);
    await page.getByRole("button", { name: "Detach gdb and go" }).click();
    await page.waitForFunction((there) => hindsight.model.settled && hindsight.model.view.position < there, held);
  });

  it("asks too while gdb has the machine run: gdb would not hear of the move", async () => {
    await boot();
    await page.evaluate(() => fake.attachGdb(false));
    const held = await position();
    const { x, y } = await pointAt(0.2);
    await page.mouse.click(x, y);
    await page.getByText("gdb has the machine run.").waitFor();
    expect(await position()).toBe(held);
    await page.keyboard.press("Escape");
    await page.getByRole("alertdialog").waitFor({ state: "detached" });
    expect(await position()).toBe(held);
  });

  it("asks too before another machine takes the place of gdb's", async () => {
    await boot();
    await page.evaluate(() => fake.attachGdb());
    await page.evaluate(() => hindsight.controller.library.boot({ kind: "demo" }));
    await page.getByText("Boot another machine?").waitFor();
    await page.getByRole("button", { name: "Cancel" }).click();
    await page.evaluate(() => hindsight.controller.library.openDemoRecording());
    await page.getByText("Open another recording?").waitFor();
    expect(await page.evaluate(() => hindsight.model.view.mode)).toBe("record");
    await page.getByRole("button", { name: "Detach gdb and go" }).click();
    await page.waitForFunction(() => hindsight.model.view.mode === "play");
  });

  it("tells the machine when it is out of sight", async () => {
    await boot();
    await page.evaluate(() => {
      Object.defineProperty(document, "visibilityState", { value: "hidden" });
      document.dispatchEvent(new Event("visibilitychange"));
    });
    await page.waitForFunction(() => fake.timesHidden === 1);
  });

  it("shows the position again when something else was typed there", async () => {
    await boot();
    await page.getByRole("button", { name: "Pause" }).click();
    const field = page.getByRole("textbox", { name: "Position" });
    await field.fill("rubbish");
    await field.press("Enter");
    await page.getByText("'rubbish' is not a position").waitFor();
    // It stays, to be mended, until it is left; leaving goes nowhere.
    expect(await field.inputValue()).toBe("rubbish");
    const there = await position();
    await field.fill("5");
    await page.getByRole("tab", { name: "registers" }).click();
    expect(await field.inputValue()).toMatch(/^[\d,]+$/);
    expect(await position()).toBe(there);
  });

  it("leaves what is being typed as a position alone while the machine runs on", async () => {
    await boot();
    const field = page.getByRole("textbox", { name: "Position" });
    const runsOn = async (): Promise<void> => {
      await page.waitForFunction((from) => hindsight.model.view.position > from, await position());
      await drawn(page);
    };
    await field.focus();
    // Regression: a position that came between the focus and the first key undid the selection.
    await runsOn();
    await page.keyboard.type("rubbish");
    await runsOn();
    expect(await field.inputValue()).toBe("rubbish");
    await field.press("Enter");
    await page.getByText("'rubbish' is not a position").waitFor();
    await field.press("Escape");
    await page.waitForFunction(() => !hindsight.model.typing);
  });

  it("goes to the instant that printed a line of the console", async () => {
    await boot();
    await page.getByRole("button", { name: "Pause" }).click();
    const screen = (await page.locator(".xterm-screen").boundingBox())!;
    await page.mouse.move(screen.x + 100, screen.y + 5);
    await page.getByRole("button", { name: "go to this line", includeHidden: true }).click();
    await page.waitForFunction(() => hindsight.model.settled && hindsight.model.inPast);
    const last = await page.evaluate(() =>
      hindsight.history.lastLine(hindsight.history.countAt(hindsight.model.shown)),
    );
    await consoleShows(last);
    expect(await page.evaluate(() => hindsight.console.text().trimEnd().split("\n").at(-1))).toBe(last);
  });

  it("opens at the position that the address names", async () => {
    await page.goto(`${url}#at=450000000`);
    await page.getByRole("button", { name: "Replay a recorded crash" }).click();
    await page.waitForFunction(() => hindsight.model.view.position === 450_000_000 && hindsight.model.settled);
  });

  it("lists recordings, renames, and deletes, which can be taken back for some seconds", async () => {
    await boot();
    await page.locator(".recording-button").click();
    const name = page.getByLabel("Name of the recording");
    await name.fill("my boot");
    await name.press("Enter");
    await page.locator(".recording-button", { hasText: "my boot" }).waitFor();
    const remove = page.getByRole("button", { name: "Delete my boot" });
    expect(await remove.textContent()).toContain("Delete");
    await remove.click();
    await remove.waitFor({ state: "hidden" });
    await page.getByRole("button", { name: "Undo" }).click();
    await page.locator(".recording-button").click();
    await remove.click();
    await page.getByText("“my boot” is deleted").waitFor();
    // The machine is there until it is too late to take it back.
    expect(await page.evaluate(() => hindsight.model.view.recording?.name)).toBe("my boot");
    await page.waitForFunction(() => hindsight.model.recordings.length === 0 && hindsight.model.view.mode === "none");
    expect(await page.evaluate(() => hindsight.model.notices.length)).toBe(0);
  });

  it("shows notices below the console's text, which gives way, until their cause is over", async () => {
    await boot();
    const serial = page.locator(".serial");
    const before = (await serial.boundingBox())!;
    await page.getByPlaceholder("symbol or address", { exact: true }).fill("no_such_thing");
    await page.getByRole("button", { name: "Add" }).click();
    const notice = page.locator(".notice");
    await notice.waitFor();
    await page.waitForFunction(() => {
      const [serial, notice] = [".serial", ".notice"].map((one) =>
        document.querySelector(one)!.getBoundingClientRect(),
      );
      return serial!.bottom <= notice!.top;
    });
    await page.getByPlaceholder("symbol or address", { exact: true }).fill("start_kernel");
    await page.getByRole("button", { name: "Add" }).click();
    await notice.waitFor({ state: "detached" });
    expect(await serial.boundingBox()).toEqual(before);
  });

  // Regression: "rep movsl" and longer ones ran into their operands.
  it("shows operands behind a mnemonic of any length", async () => {
    const boot = page.getByRole("button", { name: "Boot the demo" });
    await boot.waitFor();
    await page.evaluate(() => {
      const inspect = fake.inspect.bind(fake);
      fake.inspect = async (request) => {
        const found = await inspect(request);
        const code = found!.code.map((line) => ({ ...line, mnemonic: "lock cmpxchgq", operands: "%rcx, (%rdx)" }));
        return { ...found!, code };
      };
    });
    await boot.click();
    const line = page.locator(".instruction", { hasText: "lock cmpxchgq" }).first();
    const [mnemonic, operands] = [line.locator(".mnemonic"), line.locator(".operands")];
    await mnemonic.waitFor();
    const overflows = await mnemonic.evaluate(({ scrollWidth, clientWidth }) => scrollWidth > clientWidth);
    const [left, right] = [(await mnemonic.boundingBox())!, (await operands.boundingBox())!];
    expect({ overflows, apart: left.x + left.width < right.x }).toEqual({ overflows: false, apart: true });
  });

  it("says so when a file is not a recording", async () => {
    await page
      .locator("input[type=file]")
      .first()
      .setInputFiles({ name: "photo.png", mimeType: "image/png", buffer: Buffer.from("no") });
    await page.getByText("photo.png is not a recording").waitFor();
  });
});
