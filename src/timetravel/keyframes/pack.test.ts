import { expect, it } from "vitest";
import { ContentHash } from "./content-hash.ts";
import { PackReader, PackWriter } from "./pack.ts";
import { Random } from "../testing/random.ts";

it("gives back what was put into it, and nothing that was changed", () => {
  const random = new Random(1);
  const hash = new ContentHash();
  const pages = Array.from({ length: 3 }, () => Uint8Array.from({ length: 4096 }, () => random.between(0, 3)));
  const writer = new PackWriter();
  for (const page of pages) writer.add(page, hash.of(page));
  const blob = writer.finish().slice();
  // For another one, as good as new.
  expect(writer.empty).toBe(true);
  writer.add(pages[2]!, hash.of(pages[2]!));
  expect(new PackReader(writer.finish().slice()).pages([0])).toEqual([pages[2]]);
  const all = (bytes: Uint8Array): Uint8Array[] => {
    const reader = new PackReader(bytes);
    return reader.pages(pages.map((_, index) => index));
  };
  expect(all(blob)).toEqual(pages);
  expect(() => new PackReader(blob).pages([1, 3])).toThrow("damaged");
  for (let bit = 0; bit < blob.length * 8; bit += 37) {
    const changed = blob.slice();
    changed[bit >> 3]! ^= 1 << (bit & 7);
    expect(() => all(changed)).toThrow("damaged");
  }
  for (let length = 0; length < blob.length; length += 101) expect(() => all(blob.slice(0, length))).toThrow("damaged");
});
