import { expect, it } from "vitest";
import type { TravelStop } from "../timetravel/index.ts";
import { stopText } from "./stop-text.ts";

it("says why the machine stands", () => {
  const text = (stop: unknown) =>
    stopText(
      stop as TravelStop,
      () => "do_mkdirat",
      () => "jiffies",
    )?.text;
  expect(text({ kind: "position" })).toBeUndefined();
  expect(text({ kind: "breakpoint" })).toBe("Breakpoint at do_mkdirat");
  expect(text({ kind: "watchpoint", hit: { access: "write" } })).toBe("Write to jiffies by do_mkdirat");
  expect(text({ kind: "watchpoint", hit: { access: "read" } })).toBe("Read of jiffies by do_mkdirat");
  expect(text({ kind: "history-end" })).toBe("End of the recording");
  expect(text({ kind: "shutdown", reason: "guest-reset" })).toBe("The guest asked for a reset: end of history");
});
