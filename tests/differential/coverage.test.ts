import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { coverage, coveragePage } from "./coverage.ts";

describe("the coverage page", () => {
  it("is what `npm run coverage` writes", () => {
    expect(readFileSync("docs/generated/coverage.md", "utf8")).toBe(coveragePage());
  });
  it("has a test or a reason for every row", () => {
    expect(coverage().filter(({ cases, reason }) => cases === 0 && reason === "")).toEqual([]);
  });
  it("has no row that is not described", () => {
    expect(coverage().filter(({ described }) => !described)).toEqual([]);
  });
});
