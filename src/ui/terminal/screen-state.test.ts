import type { Terminal } from "@xterm/xterm";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { clearScreen, restoreScreen, screenState } from "./screen-state.ts";
import { terminalOutput } from "./testing/output.ts";
import { contents, makeTerminal, written } from "./testing/terminals.ts";

const columns = 20;
const rows = 6;
const terminal = (): Terminal => makeTerminal(columns, rows);
const somethingElse = "\x1b[41mother\x1b[2;4r\x1b[?1049h\x1b[?25;1000l\x1b[4h\x1b(0\x0e\x1b7\x1b]0;tit";

/** A terminal with the state that one has after some output, whatever it had before. */
async function restoredAfter(output: string): Promise<Terminal> {
  const before = terminal();
  await written(before, output);
  const state = screenState(before);
  const restored = terminal();
  await written(restored, somethingElse);
  restoreScreen(restored, state!, () => {});
  await written(restored, "");
  return restored;
}

describe("the state of a screen", () => {
  it.each([
    ["colours that are set, and of cells that are empty", "\x1b[1;33;44mtext\x1b[K\r\n\x1b[2J", "more\x1b[K"],
    ["a scroll region", "\x1b[2;4rtop\x1b[4;1H", "1\n2\n3\n"],
    ["the alternate screen, and the one below it", "shell\r\n$ vi\x1b[?1049h\x1b[H\x1b[7mfile\x1b[K", "x\x1b[?1049l$ "],
    ["a cursor behind the last column", "x".repeat(columns), "y"],
    ["a line that goes on in the next row", "x".repeat(columns + 3), "\x1b[A"],
    ["a saved cursor with its attributes", "\x1b[3;4H\x1b[31m\x1b7\x1b[0m\x1b[H", "\x1b8red"],
    ["line drawing characters", "\x1b)0\x0e", "lqqk\x0flqqk"],
    ["tab stops", "\x1b[3g\x1b[1;5H\x1bH\r", "\tx"],
    [
      "modes, and that the cursor is hidden",
      "\x1b[?25;7l\x1b[4;20h\x1b[?1h\x1b[2;3r\x1b[?6h",
      "long words for modes\nx",
    ],
    ["a character to be repeated", "-", "\x1b[9b"],
  ])("has %s", async (_, before, after) => {
    const restored = await restoredAfter(before);
    await written(restored, after);
    const whole = terminal();
    await written(whole, before + after);
    expect(contents(restored)).toEqual(contents(whole));
  });

  it.each([["\x1b[3"], ["\x1b]0;tit"], [Uint8Array.of(0xe2, 0x82)]])("is none in the midst of %j", async (begun) => {
    const before = terminal();
    await written(before, begun);
    expect(screenState(before)).toBeUndefined();
  });

  it("of a terminal that was cleared is that of a new one, though the cursor was hidden", async () => {
    const used = terminal();
    await written(used, "text\x1b[?25l\x1b[20h\x1b[?1049h");
    await written(used, Uint8Array.of(0xe2));
    clearScreen(used);
    await written(used, "");
    expect(contents(used)).toEqual(contents(terminal()));
  });

  it("is not given to a terminal that has another size by then", async () => {
    const before = terminal();
    await written(before, "text");
    const other = terminal();
    let cleared = false;
    restoreScreen(other, screenState(before)!, () => (cleared = true));
    other.resize(columns + 1, rows);
    await written(other, "");
    expect(cleared).toBe(false);
    expect(other.buffer.active.getLine(0)!.translateToString(true)).toBe("");
  });

  it("is all that output before comes to, whatever comes after", async () => {
    const outputs = fc.array(terminalOutput(columns, rows), { maxLength: 60, size: "max" });
    const property = fc.asyncProperty(outputs, outputs, async (before, after) => {
      const restored = await restoredAfter(before.join(""));
      const whole = terminal();
      await written(whole, before.join(""));
      expect(contents(restored)).toEqual(contents(whole));
      await written(restored, after.join(""));
      await written(whole, after.join(""));
      expect(contents(restored)).toEqual(contents(whole));
    });
    await fc.assert(property, { numRuns: 100, seed: 1, includeErrorInReport: true });
  });
});
