import { expect, it } from "vitest";
import { InputNotes } from "./input-notes.ts";

const key = (notes: InputNotes, position: number, text: string): void =>
  notes.add({ position, input: { kind: "arrival", port: 0, bytes: new TextEncoder().encode(text) } });
const lines = (notes: InputNotes): readonly string[] =>
  notes.all
    .map(({ input }) => ("bytes" in input ? new TextDecoder().decode(input.bytes) : input.kind))
    .join("")
    .split("\r");

it("keeps whole lines of very many keys", () => {
  const notes = new InputNotes();
  for (let at = 0; at < 40_000; at++) key(notes, at, "echo\r"[at % 5]!);
  expect(notes.all.length).toBeLessThanOrEqual(2 ** 15);
  expect(new Set(lines(notes))).toEqual(new Set(["echo", ""]));
});

it("is bounded where no line ends", () => {
  const notes = new InputNotes();
  for (let at = 0; at < 100_000; at++) key(notes, at, "x");
  expect(notes.all.length).toBeLessThanOrEqual(2 ** 15);
});

it("cuts long ones short, and has nothing of what an edit wrote", () => {
  const notes = new InputNotes();
  key(notes, 1, "y".repeat(1000));
  notes.add({ position: 2, input: { kind: "write-memory", physicalAddress: 0, bytes: new Uint8Array(1000) } });
  expect(notes.all.map(({ input }) => "bytes" in input && input.bytes.length)).toEqual([256, 0]);
});
