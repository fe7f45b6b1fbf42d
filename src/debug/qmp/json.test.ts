import { describe, expect, it } from "vitest";
import { JsonReader, writeJson } from "./json.ts";

const read = (...pieces: string[]): unknown[] => {
  const reader = new JsonReader();
  return pieces
    .flatMap((piece) => reader.read(new TextEncoder().encode(piece)))
    .map((event) => (event.kind === "value" ? event.value : event.message));
};

describe("reading", () => {
  it("takes values one after the other, with and without newlines, in any pieces", () => {
    expect(read('{"a": 1}{"b": [1, {"c": "}"}]}\n[]')).toEqual([{ a: 1 }, { b: [1, { c: "}" }] }, []]);
    expect(read('{"a', '": "x\\', '"y"', "}")).toEqual([{ a: 'x"y' }]);
    expect(read(" \r\n\t")).toEqual([]);
    expect(read('12 "x"true\n')).toEqual([12, "x", true]);
  });

  it("takes single quotes", () => {
    expect(read(`{'execute': 'x"y', 'a\\'b': "it's"}`)).toEqual([{ execute: 'x"y', "a'b": "it's" }]);
  });

  it("takes UTF-8 in pieces", () => {
    const reader = new JsonReader();
    const bytes = new TextEncoder().encode('{"a": "é"}');
    const events = [...bytes].flatMap((byte) => reader.read(Uint8Array.of(byte)));
    expect(events).toEqual([{ kind: "value", value: { a: "é" } }]);
  });

  it("says what is wrong, and goes on", () => {
    expect(read('foo {"a":1}')).toEqual(["JSON parse error, 'foo' is not JSON", { a: 1 }]);
    expect(read('{"a" 1}{"b":1}')).toEqual([`JSON parse error, '{"a" 1}' is not JSON`, { b: 1 }]);
    expect(read('{]{"b":1}')).toEqual(["JSON parse error, stray ']'", { b: 1 }]);
    expect(read('}{"b":1}')).toEqual(["JSON parse error, stray '}'", { b: 1 }]);
    expect(read("[".repeat(1025))[0]).toBe("JSON parse error, too many nested brackets");
    expect(read(`"${"x".repeat(1 << 20)}`)[0]).toBe("JSON parse error, the value is too long");
  });
});

it("writes as QEMU does: spaces, ASCII only", () => {
  expect(writeJson({ return: {}, id: [1, null, true, "é\u{1f600}\u007f"], x: [] })).toBe(
    String.raw`{"return": {}, "id": [1, null, true, "\u00e9\ud83d\ude00\u007f"], "x": []}`,
  );
  expect(writeJson({ a: [1, { b: 2 }], c: {} }, true)).toBe(
    '{\n    "a": [\n        1,\n        {\n            "b": 2\n        }\n    ],\n    "c": {}\n}',
  );
});
