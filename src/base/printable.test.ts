import { expect, it } from "vitest";
import { printable } from "./printable.ts";

it("keeps names, and takes from them what a terminal obeys", () => {
  expect(printable("Ünïcode kernel (2).gz")).toBe("Ünïcode kernel (2).gz");
  expect(printable("\x1b[31mred\x1b]0;own\x07\r\n\u202e\u2028")).toBe("?[31mred?]0;own?????");
  expect(printable("x".repeat(40), 8)).toBe("xxxxxxxx");
});
