import { describe, expect, it } from "vitest";
import { UserError } from "../../base/index.ts";
import { boards } from "../boards.ts";

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
      expect(boards.readConfiguration({ ...good, ramBytes }, "it")).toEqual({ ...good, ramBytes });
  });

  it("may ask for a watchdog, and says nothing of one otherwise", () => {
    expect(boards.readConfiguration({ ...good, watchdog: true }, "it")).toEqual({ ...good, watchdog: true });
    expect(boards.readConfiguration(good, "it")).not.toHaveProperty("watchdog");
  });

  // The last ones only a damaged or hostile recording can have.
  it.each([
    { cpu: "max" },
    { cpu: "toString" },
    { ramBytes: 0 },
    { ramBytes: 2 ** 28 + 4096 },
    { ramBytes: 2 ** 32 },
    { ramBytes: 2 ** 52 },
    { shift: 11 },
    { shift: 0.5 },
    { shift: -1 },
    { append: 1 },
    { reboot: "yes" },
    { semantics: undefined },
    { watchdog: false },
    { watchdog: "on" },
    // Regression: a newer version's recording was replayed without what its machine had, and parted from itself.
    { numa: true },
    { ["\n".repeat(200)]: 1 },
  ])("is refused in one line: %j", (change) => {
    const read = (): unknown => boards.readConfiguration({ ...good, ...change }, "the recording's configuration");
    expect(read).toThrow(UserError);
    expect(read).toThrow(/^[ -~]{1,120}$/);
  });
});
