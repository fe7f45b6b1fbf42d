import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { coveragePage, unexplained } from "./coverage.ts";

describe("the coverage page of x86", () => {
  it("is what `npm run coverage` writes", () => {
    expect(readFileSync("docs/generated/coverage-x86.md", "utf8")).toBe(coveragePage());
  });
  it("has a row or a reason for every opcode", () => {
    expect(unexplained()).toEqual([]);
  });
});
