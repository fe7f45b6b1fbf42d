import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { UserError } from "../../base/index.ts";
import { decodeHeader, encodeHeader } from "./header.ts";

/** Recordings of earlier code. */
const golden = join(import.meta.dirname, "../../../tests/golden/recordings");
const HEADER_AT = 12 + 7;

function headerOf(file: string): string {
  const bytes = readFileSync(join(golden, file));
  return bytes.toString("utf8", HEADER_AT, HEADER_AT + bytes.readUInt32LE(12 + 1));
}

const encoded = (text: string): Uint8Array => new TextEncoder().encode(text);

describe("a recording's header", () => {
  it.each(readdirSync(golden).filter((file) => file.endsWith(".hindsight")))(
    "of %s is written as it is read",
    (file) => {
      const text = headerOf(file);
      expect(new TextDecoder().decode(encodeHeader(decodeHeader(encoded(text))))).toBe(text);
    },
  );

  it("is read, too, when its machine is not here", () => {
    const header = JSON.parse(headerOf("boot.hindsight")) as { configuration: object };
    const other = { ...header, configuration: { ...header.configuration, board: "q35", cpu: "max" } };
    expect(decodeHeader(encoded(JSON.stringify(other))).configuration).toMatchObject({ board: "q35", cpu: "max" });
  });

  const image = { role: "kernel", name: "Image", bytes: 1, sha256: "00".repeat(32) };
  it.each([
    "",
    "null",
    "[]",
    "1e999",
    { configuration: null },
    { configuration: { board: "virt" } },
    { images: {} },
    { images: [{ ...image, role: "disk" }] },
    { images: [{ ...image, role: "__proto__" }] },
    { images: [{ ...image, bytes: -1 }] },
    { images: [{ ...image, bytes: 2 ** 53 }] },
    // Regression: a kernel named twice was said to be of one byte.
    { images: [image, image] },
    { images: [{ ...image, sha256: "" }] },
    { created: "now" },
    { version: 1 },
    { parent: {} },
    { parent: { name: "x", position: 0.5, bytes: 0, sha256: image.sha256 } },
  ])("that is damaged or hostile is refused in one line: %j", (change) => {
    const text =
      typeof change === "string" ? change : JSON.stringify({ ...JSON.parse(headerOf("boot.hindsight")), ...change });
    expect(() => decodeHeader(encoded(text))).toThrow(UserError);
    expect(() => decodeHeader(encoded(text))).toThrow(/^[ -~]{1,160}$/);
  });

  it("of a machine that is not here names no role that every object has", () => {
    const header = JSON.parse(headerOf("boot.hindsight")) as { configuration: object };
    const other = {
      configuration: { ...header.configuration, board: "q35" },
      images: [{ ...image, role: "constructor" }],
    };
    expect(() => decodeHeader(encoded(JSON.stringify({ ...header, ...other })))).toThrow(/unknown image role/);
  });
});
