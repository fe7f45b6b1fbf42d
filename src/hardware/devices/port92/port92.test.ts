import { expect, it } from "vitest";
import { Port92 } from "./port92.ts";

it("drives address line 20, and resets when bit 0 rises", () => {
  const seen = { a20: true, resets: 0 };
  const { port } = new Port92({ set: (level) => (seen.a20 = level) }, () => seen.resets++);
  port.write(0, 1, 0);
  expect(seen).toEqual({ a20: false, resets: 0 });
  port.write(0, 1, 3);
  port.write(0, 1, 0xff);
  expect([seen, port.read(0, 1)]).toEqual([{ a20: true, resets: 1 }, 0xff]);
});
