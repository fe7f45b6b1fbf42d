import { expect, it } from "vitest";
import { ExecutedCode } from "./executed-code.ts";

it("knows which words were executed where, by the pages that a virtual page led to", () => {
  const code = new ExecutedCode();
  code.fetched(5, 100);
  code.fetched(5, 101);
  code.add(101, 3);
  expect([0x500cn, 0x5010n, 0x600cn].map((address) => code.mayInclude(address))).toEqual([true, false, false]);
});

it("knows where nothing could be fetched", () => {
  const code = new ExecutedCode();
  code.notFetched(0x500cn);
  expect([0x500cn, 0x5010n].map((address) => code.mayInclude(address))).toEqual([true, false]);
  for (let n = 0; n < 2 ** 18; n++) code.notFetched(BigInt(n) << 12n);
  expect(code.mayInclude(0x1234_5678_0000n)).toBe(true);
});

it.each(["many virtual pages", "a virtual page that leads to many"])(
  "is bounded, and excludes nothing then: %s",
  (what) => {
    const code = new ExecutedCode();
    const many = what === "many virtual pages";
    for (let n = 0; n < 2 ** 20; n++) code.fetched(many ? n : n >> 12, n & 4095);
    expect(code.mayInclude(0x1234_5678_0000n)).toBe(true);
  },
);
