import "fake-indexeddb/auto";
import { expect, it } from "vitest";
import { describeImage, type LogHeader } from "../timetravel/index.ts";
import { Library } from "./library.ts";
import { MissingImages } from "./missing-images.ts";

const bytes = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text);
const kernel = bytes("a kernel");
const initrd = bytes("an initrd");
const header = {
  images: [describeImage("kernel", "Image-6.1", kernel), describeImage("initrd", "initrd.gz", initrd)],
} as unknown as LogHeader;

it("asks for what is not there, and opens with it, given in any order and under any name", async () => {
  const library = Library.inMemory();
  const missing = new MissingImages();
  expect(missing.ask("crash", header, { kernel, initrd })).toBeUndefined();
  expect(await missing.give([{ name: "Image-6.1", bytes: kernel }], library)).toBeUndefined();
  expect(missing.ask("crash", header, {})).toBe(
    "“crash” was made with Image-6.1 (the kernel, 8 bytes) and initrd.gz (the initrd, 9 bytes), which are not in this " +
      "browser: drop these files on this page, and it opens",
  );
  await expect(missing.give([{ name: "renamed", bytes: initrd }], library)).rejects.toThrow(
    "“crash” needs Image-6.1 as well",
  );
  expect(await missing.give([{ name: "vmlinuz", bytes: kernel }], library)).toBe("crash");
  expect(await library.imagesOf(header)).toEqual({ kernel, initrd });
  expect(await missing.give([{ name: "Image-6.1", bytes: kernel }], library)).toBeUndefined();
});

it("says that a file of that name is another one, and keeps nothing of it", async () => {
  const library = Library.inMemory();
  const missing = new MissingImages();
  expect(missing.ask("crash", header, { initrd })).toContain("drop that file on this page");
  const other = bytes("A kernel");
  await expect(missing.give([{ name: "Image-6.1", bytes: other }], library)).rejects.toThrow("its content differs");
  const { sha256 } = describeImage("kernel", "Image-6.1", other);
  expect(await library.images.has(sha256)).toBe(false);
});
