import { expect, it } from "vitest";
import { LineEditor } from "./line-editor.ts";

const names = ["stop", "replay_break", "replay_seek", "system_reset"];

function setUp() {
  const lines: string[] = [];
  let screen = "";
  const editor = new LineEditor({
    line: (text) => lines.push(text),
    interrupt: () => lines.push("^C"),
    echo: (text) => (screen += text),
    complete: (text) => names.filter((name) => name.startsWith(text)),
    prompt: () => (screen += "> "),
  });
  const type = (text: string): string => {
    screen = "";
    for (const character of text) editor.take(character);
    return screen;
  };
  return { lines, type };
}

it("takes lines, however they end", () => {
  const { lines, type } = setUp();
  type("one\ntwo\rthree\r\n\nfour");
  expect(lines).toEqual(["one", "two", "three", ""]);
});

it("erases, and starts again", () => {
  const { lines, type } = setUp();
  expect(type("stpp\x7f\b")).toBe("stpp\b \b\b \b");
  expect(type("op\x15\x7f")).toBe("op" + "\b \b".repeat(4));
  type("c\n");
  expect(lines).toEqual(["c"]);
});

it("recalls what was entered", () => {
  const { lines, type } = setUp();
  type("first\nsecond\n\nsecond\n");
  expect(type("\x1b[A")).toBe("second");
  expect(type("\x1b[A")).toBe("\b \b".repeat(6) + "first");
  type("\x1b[A\x1bOB\n\x1b[A\x1b[B\n");
  expect(lines.slice(4)).toEqual(["second", ""]);
});

it("ignores keys that it does not know", () => {
  const { lines, type } = setUp();
  type("st\x1b[C\x1b[1;5D\x1b[3~\x1bOP\x1bxop\x00\x01\n");
  expect(lines).toEqual(["stop"]);
  type("\x1b[11111111111111111111A\n\x03");
  expect(lines.at(-1)).toBe("^C");
});

it("completes as far as it can, and lists what is left", () => {
  const { lines, type } = setUp();
  expect(type("sto\t")).toBe("stop ");
  type("\x15");
  expect(type("r\t")).toBe("replay_");
  expect(type("\t")).toBe("\nreplay_break replay_seek\n> replay_");
  expect(type("s\t\n")).toBe("seek \n");
  expect(type("nothing\t\x15")).toBe("nothing" + "\b \b".repeat(7));
  expect(lines).toEqual(["replay_seek "]);
});

it("keeps lines short", () => {
  const { lines, type } = setUp();
  type("x".repeat(10_000) + "\n");
  expect(lines[0]).toHaveLength(4096);
});
