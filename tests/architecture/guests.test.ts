import { expect, it } from "vitest";
import { boards } from "../../src/machine/index.ts";
import { guests } from "../../tools/support/build.mjs";

it("interpreters are built, and named by the page, for the guests that boards have", () => {
  expect([...guests].sort()).toEqual([...new Set(boards.all.map(({ guest }) => guest.name))].sort());
});
