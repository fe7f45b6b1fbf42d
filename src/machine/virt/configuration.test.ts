import { describe, expect, it } from "vitest";
import { UserError } from "../../base/index.ts";
import { checkConfiguration } from "./configuration.ts";

const good = {
  board: "virt",
  cpu: "cortex-a53",
  ramBytes: 2 ** 28,
  shift: 7,
  append: "",
  reboot: true,
  randomness: true,
  semantics: 1,
};

describe("a machine's configuration", () => {
  it("is taken when there is such a machine", () => {
    for (const ramBytes of [2 ** 16, 2 ** 28, 2 ** 31])
      expect(() => checkConfiguration({ ...good, ramBytes })).not.toThrow();
  });

  // The last ones only a damaged or hostile recording can have.
  it.each([
    { board: "pc" },
    { cpu: "max" },
    { ramBytes: 0 },
    { ramBytes: 2 ** 28 + 4096 },
    { ramBytes: 2 ** 32 },
    { ramBytes: 2 ** 52 },
    { shift: 11 },
    { shift: 0.5 },
    { shift: -1 },
  ])("is refused in one line: %j", (change) => {
    expect(() => checkConfiguration({ ...good, ...change })).toThrow(UserError);
  });
});
