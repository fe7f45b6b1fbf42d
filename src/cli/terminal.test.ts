import { expect, it } from "vitest";
import { isTerminalReport } from "./terminal.ts";

it.each([
  ["\x1b[24;80R", true],
  ["\x1b[1;1R\x1b[2;1R", true],
  ["\x1b[?62;22c", true],
  ["\x1b[0n", true],
  ["", false],
  ["\x1b[A", false],
  ["R", false],
  ["ls\r", false],
  ["\x1b[24;80Rls", false],
])("tells a terminal's own words from a person's: %j", (text, own) => {
  expect(isTerminalReport(new TextEncoder().encode(text))).toBe(own);
});
