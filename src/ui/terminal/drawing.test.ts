import type { Terminal } from "@xterm/xterm";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Drawing } from "./drawing.ts";
import { OutputHistory } from "./history.ts";
import { LineMarks } from "./line-marks.ts";
import { contents, makeTerminal, markedRows, written } from "./testing/terminals.ts";

const columns = 60;
const rows = 12;

/** A console that grows to megabytes, and can be waited for. */
class Shown {
  readonly history = new OutputHistory();
  readonly terminal: Terminal;
  readonly drawing: Drawing;
  private waiting: (() => void)[] = [];

  constructor(output: string, scrollback = 0) {
    this.print(output, true);
    this.terminal = makeTerminal(columns, rows, scrollback);
    this.drawing = new Drawing(this.terminal, this.history, makeTerminal, () => {
      for (const go of this.waiting.splice(0)) go();
    });
  }

  print(output: string, reset = false): void {
    const bytes = new TextEncoder().encode(output);
    this.history.append({ reset, bytes, positions: Float64Array.from(bytes, (_, i) => i) });
  }

  /** Shows so many bytes, and waits until that is exact. */
  async show(count: number): Promise<void> {
    const { drawing } = this;
    drawing.show(count);
    while (!drawing.settled || !drawing.exact) await new Promise<void>((resolve) => this.waiting.push(resolve));
  }
}

/** A terminal that was given the first bytes of the history, all of them. */
async function whole(
  history: OutputHistory,
  count: number,
  scrollback = 0,
  [width, height] = [columns, rows],
): Promise<[Terminal, LineMarks]> {
  const terminal = makeTerminal(width, height, scrollback);
  const marks = new LineMarks(terminal);
  await new Promise<void>((resolve) => marks.write(history.slice(0, count).slice(), 0, resolve));
  return [terminal, marks];
}

const lines = (from: number, count: number): string =>
  Array.from(
    { length: count },
    (_, i) => `\x1b[3${i % 8}m[${from + i}]\x1b[0m driver ${i * 7919} \x1b[1mok\x1b[0m\r\n`,
  ).join("");
/** Draws a screen over and over, without a newline: as top and vi do. */
const redraws = (count: number): string =>
  Array.from({ length: count }, (_, i) => `\x1b[${(i % rows) + 1};${(i % 40) + 1}H\x1b[4${i % 8}m${i}\x1b[K`).join("");
/** Longer than what a redraw writes, all of it. */
const session = [
  lines(0, 6000),
  "\x1b[1;44mheader\x1b[K\x1b[2;10r\x1b[10;1H",
  lines(6000, 6000),
  "\x1b[?1049h\x1b[?25l\x1b[2J",
  redraws(12_000),
  "\x1b[?1049l\x1b[?25h",
  lines(12_000, 3000),
  "\x1b[r\x1b[0m\x1b[2J",
  `漢字${"long ".repeat(50)}\r\n`.repeat(1000),
].join("");

// Regression: margins and the rows of an editor that had fallen off stayed away, until the user went elsewhere.
it.each([
  ["a scroll region", `\x1b[2;6r\x1b[2;1H${lines(0, 30)}`],
  ["an editor on the alternate screen", `${lines(0, 30)}\x1b[?1049h\x1b[2J${redraws(rows)}`],
])("a console of another size shows %s as if it always had that size", async (_, output) => {
  const shown = new Shown(output);
  await shown.show(shown.history.length);
  for (const [width, height] of [
    [30, 8],
    [columns, rows],
    [80, 20],
  ] as const) {
    shown.terminal.resize(width, height);
    await shown.show(shown.history.length);
    const [fresh] = await whole(shown.history, shown.history.length, 0, [width, height]);
    expect(contents(shown.terminal)).toEqual(contents(fresh));
  }
});

describe("a console of megabytes", () => {
  it("shows at any count of bytes what all of them, written from the start, show", async () => {
    const shown = new Shown(session);
    await shown.show(shown.history.length);
    const property = fc.asyncProperty(fc.nat(shown.history.length), async (bytes) => {
      await shown.show(bytes);
      const [terminal] = await whole(shown.history, bytes);
      expect(contents(shown.terminal)).toEqual(contents(terminal));
    });
    await fc.assert(property, { numRuns: 20, seed: 1, includeErrorInReport: true });
  });

  it("has lines above its screen, and knows when they were printed", async () => {
    const shown = new Shown(lines(0, 20_000), 1000);
    const count = shown.history.length - 300_000;
    await shown.show(shown.history.length);
    await shown.show(count);
    const [terminal, marks] = await whole(shown.history, count, 1000);
    expect(text(shown.terminal)).toEqual(text(terminal));
    expect(markedRows(shown.terminal, shown.drawing.marks)).toEqual(markedRows(terminal, marks));
  });

  it("shows another history without what was before", async () => {
    const shown = new Shown(session);
    await shown.show(300_000);
    shown.print(`\x1b[42m${lines(50_000, 5000)}`, true);
    await shown.show(200_000);
    const [terminal] = await whole(shown.history, 200_000);
    expect(contents(shown.terminal)).toEqual(contents(terminal));
  });

  it("in another size is drawn as one that always had it", async () => {
    const shown = new Shown(session);
    await shown.show(300_000);
    shown.terminal.resize(columns - 7, rows + 2);
    await shown.show(shown.history.length - 10_000);
    const terminal = makeTerminal(columns - 7, rows + 2);
    await written(terminal, shown.history.slice(0, shown.history.length - 10_000).slice());
    expect(contents(shown.terminal)).toEqual(contents(terminal));
  });

  it("is drawn at once, from some line on, where checkpoints are not there yet", async () => {
    const shown = new Shown(lines(0, 20_000));
    shown.drawing.show(shown.history.length);
    expect(shown.drawing.exact).toBe(false);
    await written(shown.terminal, "");
    expect(text(shown.terminal).at(-2)).toBe(`[19999] driver ${19_999 * 7919} ok`);
  });
});

function text(terminal: Terminal): readonly string[] {
  const { active } = terminal.buffer;
  return Array.from({ length: active.length }, (_, y) => active.getLine(y)!.translateToString(true));
}
