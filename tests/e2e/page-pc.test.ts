import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { guest } from "../../tools/guest/index.mjs";
import { browserExists, drawn, launch, openPage } from "./browser.ts";
import { type Instant, outputIncludes, shownInstant } from "./real-page.ts";
import { replayOnCommandLine } from "./replay.ts";
import { type Site, startSite } from "./site.ts";

/** The site's second guest: SeaBIOS and Debian's kernel on `pc`, with translated code. The steps build on each other. */
describe.skipIf(!browserExists)("a PC in the built page", { timeout: 180_000 }, () => {
  let browser: Browser;
  let site: Site;
  let page: Page;
  let errors: string[];

  beforeAll(async () => {
    [browser, site] = await Promise.all([launch(), startSite({ second: true })]);
    ({ page, errors } = await openPage(browser, site.url));
    page.setDefaultTimeout(150_000);
  });
  afterAll(async () => {
    await browser?.close();
    await site?.close();
  });

  /** Until the machine stands, and all panels show that instant. */
  async function settled(position?: number): Promise<void> {
    await page.waitForFunction((wanted) => {
      const { settled, view } = hindsight.model;
      return settled && view.motion === "none" && (wanted === undefined || view.position === wanted);
    }, position);
    await drawn(page);
  }
  const instruction = (): Promise<string> =>
    page
      .locator(".instruction[aria-current] :is(.mnemonic, .operands)")
      .allInnerTexts()
      .then((parts) => parts.join(" "));
  async function hold(key: string, repeats: number): Promise<void> {
    for (let repeat = 0; repeat < repeats; repeat++) await page.keyboard.down(key);
    await page.keyboard.up(key);
  }
  /** As a file dragged onto the page, of those that the site serves. */
  const drop = (path: string, name: string): Promise<void> =>
    page.evaluate(
      async ([path, name]) => {
        const dataTransfer = new DataTransfer();
        dataTransfer.items.add(new File([await (await fetch(path!)).blob()], name!));
        for (const type of ["dragover", "drop"])
          document.body.dispatchEvent(new DragEvent(type, { dataTransfer, bubbles: true, cancelable: true }));
      },
      [path, name],
    );
  const recordingIs = (name: string): Promise<unknown> =>
    page.waitForFunction((wanted) => hindsight.model.view.recording?.name.startsWith(wanted), name);
  let dragged: number;
  let atPrompt: Instant;
  let atStart: Instant;

  // Regression: a double click booted it twice, and kept a recording of the first of them.
  it("boots by a double click, once, and takes a typed command", async () => {
    await page.getByRole("button", { name: "Boot Debian on x86-64" }).dblclick();
    await outputIncludes(page, "SeaBIOS (version");
    await outputIncludes(page, "~ # ");
    await page.locator(".serial").click();
    await page.keyboard.type("echo $((6 * 7)) answers\n");
    await page.waitForFunction(() => hindsight.console.text().includes("\n42 answers"));
    expect(await page.evaluate(() => hindsight.model.recordings.map(({ name }) => name))).toEqual([
      expect.stringMatching(/^Debian on x86-64, \d+ \w+, \d\d:\d\d$/),
    ]);
    const jit = await page.evaluate(() => hindsight.controller.api.monitor("info jit"));
    expect(Number(/([\d.]+) % of them translated/.exec(jit)?.[1])).toBeGreaterThan(50);
    await page.getByRole("button", { name: "Pause" }).click();
    await settled();
    atPrompt = await shownInstant(page);
  });

  it("is dragged back into SeaBIOS", async () => {
    const box = (await page.getByRole("slider").boundingBox())!;
    await page.mouse.move(box.x + box.width * 0.9, box.y + 40);
    await page.mouse.down();
    await page.mouse.move(box.x + 10, box.y + 40, { steps: 10 });
    await page.mouse.up();
    await settled();
    const { position, output } = await shownInstant(page);
    dragged = position;
    expect(position).toBeLessThan(10e6);
    expect(output).toContain("SeaBIOS (version");
    expect(output).not.toContain("Linux");
    expect(await page.evaluate(() => hindsight.model.view.pc)).toMatch(/^0{8}/);
  });

  it("shows its first instructions in real mode, registers too, and steps there in both directions", async () => {
    await page.getByRole("slider").focus();
    await page.keyboard.press("Home");
    await settled(0);
    await page.locator(".transport").getByText("real mode").waitFor();
    await expect.poll(instruction).toBe("ljmpw $0xf000, $0xe05b");
    for (const [from, written] of [
      ["att", /^ljmp 0xf000, 0xe05b$/],
      ["intel", /^ljmpw /],
    ] as const) {
      await page.getByRole("button", { name: `Syntax of the disassembly: ${from}` }).click();
      await expect.poll(instruction).toMatch(written);
    }
    await page.getByRole("slider").focus();
    await hold("ArrowRight", 40);
    await settled(40);
    const there = await shownInstant(page);
    await hold("ArrowRight", 30);
    await settled(70);
    await hold("ArrowLeft", 30);
    await settled(40);
    expect(await shownInstant(page)).toEqual(there);
    await page.getByRole("button", { name: "One instruction back (←)" }).dblclick();
    await settled(38);
    await page.keyboard.press("Home");
    await page.keyboard.press("ArrowRight");
    await settled(1);
    await page.getByRole("tab", { name: "registers" }).click();
    for (const register of [/\bcs\s+0000f000\b/, /\brip\s+000000000000e05b\b/])
      await expect.poll(() => page.getByRole("tabpanel").first().innerText()).toMatch(register);
    await page.getByRole("tab", { name: "code" }).click();
  });

  it("goes back to where it was by the browser's Back", async () => {
    await page.goBack();
    await settled(38);
    await page.goBack();
    await settled(dragged);
    await page.goBack();
    await settled(atPrompt.position);
    // Forward again: through all that lies between, to the same state.
    expect(await shownInstant(page)).toEqual(atPrompt);
  });

  it("runs back to a breakpoint set by name, and steps back over it", async () => {
    await page.getByPlaceholder("symbol or address", { exact: true }).fill("start_kernel");
    await page.getByRole("button", { name: "Add" }).click();
    await page.getByLabel("Enable start_kernel").waitFor();
    await page.getByRole("button", { name: "Run back to the last breakpoint hit" }).click();
    await page.getByText("Breakpoint at start_kernel").waitFor();
    await settled();
    await page.locator(".symbol", { hasText: /^start_kernel:$/ }).waitFor();
    atStart = await shownInstant(page);
    expect(atStart.output).toMatch(/Booting from ROM/);
    await page.keyboard.press("Escape");
    await page.getByRole("slider").focus();
    await page.keyboard.press("ArrowLeft");
    await settled(atStart.position - 1);
    await expect.poll(instruction).toMatch(/^(callq|jmp)/);
    await page.keyboard.press("ArrowRight");
    await settled(atStart.position);
    expect(await shownInstant(page)).toEqual(atStart);
  });

  it("exports a recording that the command line replays to the same state and the same console", async () => {
    const file = await page.evaluate(async () => {
      const { model, controller } = hindsight;
      const { blob } = (await controller.api.exportRecording(model.recordings[0]!.id))!;
      return [...new Uint8Array(await blob.arrayBuffer())];
    });
    expect(file.length).toBeLessThan(16 * 1024);
    const { position, ...state } = atStart;
    expect(await replayOnCommandLine(Uint8Array.from(file), guest("amd64"), position, "pc")).toEqual(state);
  });

  it("boots a kernel that is dropped", async () => {
    await drop("guest-amd64/bzImage", "vmlinuz");
    await recordingIs("vmlinuz");
    await outputIncludes(page, "Linux version");
  });

  it("boots a BIOS that is dropped", async () => {
    await drop("guest/firmware/bios-256k.bin", "bios-256k.bin");
    await recordingIs("bios-256k.bin");
    await outputIncludes(page, "No bootable device");
  });

  it("logged no error", () => {
    expect(errors).toEqual([]);
  });
});
