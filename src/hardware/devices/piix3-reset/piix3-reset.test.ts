import { expect, it } from "vitest";
import { Piix3Reset } from "./piix3-reset.ts";

it("resets by bit 2, and keeps bit 1", () => {
  let resets = 0;
  const { port } = new Piix3Reset(() => resets++);
  port.write(0, 1, 0xfb);
  expect([port.read(0, 1), resets]).toEqual([2, 0]);
  port.write(0, 1, 6);
  expect([port.read(0, 1), resets]).toEqual([2, 1]);
});
