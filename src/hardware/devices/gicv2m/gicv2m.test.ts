import { expect, it } from "vitest";
import { Gicv2m } from "./gicv2m.ts";
import { Offset } from "./registers.ts";

it("a message is an edge of its interrupt", () => {
  const edges: string[] = [];
  const line = (n: number) => ({ set: (level: boolean) => void edges.push(`${n} ${level}`) });
  const frame = new Gicv2m(80, [line(80), line(81)]);
  expect(frame.read(Offset.TYPER, 4)).toBe(0x0050_0002);
  frame.write(Offset.SETSPI, 4, 81);
  frame.write(Offset.SETSPI, 4, 82);
  frame.write(Offset.SETSPI, 4, 79);
  expect(edges).toEqual(["81 true", "81 false"]);
});
