import { expect, it } from "vitest";
import { Debugcon } from "./debugcon.ts";

it("Debugcon says that it is there, and sends what is written", () => {
  const sent: number[] = [];
  const console = new Debugcon((bytes) => void sent.push(...bytes));
  for (const value of [0x48, 0x69, 0x10a]) console.write(0, 1, value);
  console.write(0, 2, 0x4141);
  expect([sent, console.read(0, 1), console.read(0, 2)]).toEqual([[0x48, 0x69, 0x0a], 0xe9, 0]);
});
