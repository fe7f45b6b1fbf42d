import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import type { LogHeader } from "../timetravel/index.ts";
import { filesOfRecording } from "./files.ts";
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
