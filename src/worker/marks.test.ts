import { expect, it } from "vitest";
import { inputMarks } from "./marks.ts";

const key = (position: number, text: string) => ({
  position,
  input: { kind: "arrival" as const, port: 0, bytes: new TextEncoder().encode(text) },
});

it("joins keys to lines, and shows what else reached the machine", () => {
  const inputs = [
    key(10, "l"),
    key(20, "s"),
    key(30, "\r"),
    { position: 35, input: { kind: "reset" as const } },
    key(40, "id\r"),
    { position: 45, input: { kind: "break" as const, port: 0 } },
    key(50, "x"),
  ];
  expect(inputMarks(inputs)).toEqual([
    { position: 10, label: "ls\r" },
    { position: 35, label: "reset" },
    { position: 40, label: "id\r" },
    { position: 45, label: "BREAK" },
    { position: 50, label: "x" },
  ]);
});
