import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import type { LogHeader } from "../timetravel/index.ts";
import { filesOfRecording, imagesOfRecording, sha256 } from "./files.ts";
import { type Options, parseOptions } from "./options.ts";

const directory = mkdtempSync(join(tmpdir(), "hindsight-files-"));
afterAll(() => rmSync(directory, { recursive: true }));

it("a replay takes the files that the recording was made with, where they are the same size, or those that are named", () => {
  const kernel = join(directory, "Image");
  const initrd = join(directory, "initrd");
  writeFileSync(kernel, "kernel");
  writeFileSync(initrd, "another one");
  const image = (role: "kernel" | "initrd" | "dtb", name: string, bytes: number) => ({ role, name, bytes, sha256: "" });
  const header = {
    images: [
      image("kernel", kernel, 6),
      image("initrd", initrd, 6),
      image("dtb", "/dev/zero", 0),
      image("dtb", "\0", 0),
    ],
  } as unknown as LogHeader;
  const named = (...args: string[]) =>
    Object.fromEntries(filesOfRecording(header, parseOptions(["-M", "virt", ...args]) as Options));
  expect(named()).toEqual({ kernel });
  expect(named("-kernel", "mine", "-initrd", initrd)).toEqual({ kernel: "mine", initrd });
});

it("names the option for an image that is missing or changed", async () => {
  const kernel = join(directory, "vmlinuz");
  const bytes = Buffer.from("kernel");
  const hash = sha256(bytes);
  const header = { images: [{ role: "kernel", name: kernel, bytes: 6, sha256: hash }] } as unknown as LogHeader;
  const load = (...args: string[]) => imagesOfRecording(header, parseOptions(["-M", "virt", ...args]) as Options);
  const made = `the recording was made with the kernel '${kernel}' (6 bytes, SHA-256 ${hash.slice(0, 16)}…)`;
  await expect(load()).rejects.toThrow(`${made}, which is not here: name it with -kernel FILE`);
  for (const changed of ["kernal", "longer"]) {
    writeFileSync(kernel, changed);
    await expect(load()).rejects.toThrow(`${made}, which is another file now: name it with -kernel FILE`);
    await expect(load("-kernel", kernel)).rejects.toThrow(`${made}; -kernel ${kernel} is another file`);
  }
  writeFileSync(kernel, bytes);
  expect(await load()).toMatchObject({ kernel: new Uint8Array(bytes) });
  await expect(load("-initrd", kernel)).rejects.toThrow("this recording was made without initrd");
});
