import { describe, expect, it } from "vitest";
import { RecordedOutput } from "./recorded-output.ts";

const print = (output: RecordedOutput, text: string, from: number, apart: number, port = 0): boolean[] =>
  [...text].map((character, index) => output.add(port, Uint8Array.of(character.charCodeAt(0)), from + index * apart));
const shown = (output: RecordedOutput, position: number, port = 0): string =>
  new TextDecoder().decode(output.until(port, position));

describe("output", () => {
  it("stands on the console from the position after its step", () => {
    const output = new RecordedOutput();
    print(output, "abc", 10, 5);
    expect([10, 11, 15, 16, 20, 21, Infinity].map((position) => shown(output, position))).toEqual([
      "",
      "a",
      "a",
      "ab",
      "ab",
      "abc",
      "abc",
    ]);
    expect([...output.since(0, 1).positions]).toEqual([16, 21]);
  });

  it("is kept once, however often its steps are run again", () => {
    const output = new RecordedOutput();
    expect(print(output, "ab", 10, 0)).toEqual([true, true]);
    output.reached(11);
    expect(print(output, "abc", 10, 1)).toEqual([false, true, true]);
    expect(shown(output, Infinity)).toBe("abbc");
  });

  it("of each port is its own", () => {
    const output = new RecordedOutput();
    print(output, "serial", 0, 1);
    print(output, "other", 0, 1, 3);
    expect([shown(output, Infinity), shown(output, Infinity, 3), shown(output, Infinity, 7)]).toEqual([
      "serial",
      "other",
      "",
    ]);
    expect(output.ports).toContain(3);
  });

  it.each([0, 1, 4095, 4096, 4097, 9999])("is cut at any place, here after %i bytes, and goes on", (kept) => {
    const output = new RecordedOutput();
    const text = "0123456789".repeat(1000);
    print(output, text, 0, 3);
    output.reached(30_000);
    // Byte n stands from position 3n + 1 on.
    output.truncate(3 * kept);
    expect(shown(output, Infinity)).toBe(text.slice(0, kept));
    print(output, text.slice(kept), 3 * kept, 3);
    expect(shown(output, Infinity)).toBe(text);
    expect(new TextDecoder().decode(output.since(0, kept).bytes)).toBe(text.slice(kept));
    expect(output.since(0, 20_000).bytes.length).toBe(0);
  });

  it("may lie further apart than 2^32 positions", () => {
    const output = new RecordedOutput();
    const positions = [5, 2 ** 32 + 10, 2 ** 40, 2 ** 40 + 1];
    for (const position of positions) output.add(0, Uint8Array.of(65), position);
    expect([...output.since(0, 0).positions]).toEqual(positions.map((position) => position + 1));
    expect(shown(output, 2 ** 40)).toBe("AA");
  });
});
