import { describe, expect, it } from "vitest";
import { OutputHistory } from "./history.ts";

function filled(): OutputHistory {
  const history = new OutputHistory();
  const bytes = new TextEncoder().encode("one\r\ntwo\r\n\x1b[1mthree\x1b[0m");
  history.append({ reset: true, bytes, positions: Float64Array.from(bytes, (_, i) => (i + 1) * 10) });
  return history;
}

describe("OutputHistory", () => {
  it("counts the bytes on the console at a position", () => {
    const history = filled();
    expect(history.countAt(9)).toBe(0);
    expect(history.countAt(10)).toBe(1);
    expect(history.countAt(35)).toBe(3);
    expect(history.countAt(1e9)).toBe(history.length);
  });
  it("finds lines, without escape sequences", () => {
    const history = filled();
    expect(history.lastLine(5)).toBe("one");
    expect(history.lastLine(history.length)).toBe("three");
  });
  it("counts bytes by parts of a range", () => {
    expect([...filled().density(0, 40, 2)]).toEqual([1, 2]);
  });
  it("starts anew on a reset, and grows", () => {
    const history = filled();
    history.append({ reset: true, bytes: new Uint8Array(0), positions: new Float64Array(0) });
    expect(history.length).toBe(0);
    expect(history.epoch).toBe(2);
    history.append({ reset: false, bytes: new Uint8Array(200_000), positions: new Float64Array(200_000) });
    expect(history.length).toBe(200_000);
  });
});
