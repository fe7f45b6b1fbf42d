import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import type { LogHeader } from "../timetravel/index.ts";
import { multiboot } from "../machine/pc/firmware/testing/kernels.ts";
import { filesOfRecording, imagesOfRecording, imagesToBoot, sha256 } from "./files.ts";
import { configurationOf } from "./make-machine.ts";
import { splitModules } from "./modules.ts";
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
    configuration: {},
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
  const images = [{ role: "kernel", name: kernel, bytes: 6, sha256: hash }];
  const header = { configuration: {}, images } as unknown as LogHeader;
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

it.each([
  ["a", ["a"]],
  ["a arg,b", ["a arg", "b"]],
  ["a,,b c,,,,d,e", ["a,b c,,d", "e"]],
  ["a,,,b", ["a,", "b"]],
  ["  a  x , b", ["a  x ", "b"]],
  ["a,", ["a"]],
  [",a", ["", "a"]],
  ["", [""]],
])("modules are listed as on QEMU: '%s'", (text, lines) => {
  expect(splitModules(text)).toEqual(lines.map((line) => ({ line, file: line.split(" ")[0] })));
});

it("a Multiboot kernel's initrd lists modules, which a recording finds again; another kernel's is a file", async () => {
  const [kernel, one, two, other] = ["multiboot", "one", "a,b", "other"].map((name) => join(directory, name));
  writeFileSync(kernel!, multiboot(0x1_0003, 0x10_0020, 0x10_0000, 0, 0, 0x10_0000));
  writeFileSync(one!, "first");
  writeFileSync(two!, "second one");
  writeFileSync(other!, "no kernel");
  const initrd = `${one} quiet  x,${two!.replace(",", ",,")}`;
  const options = (...more: string[]) => parseOptions(["-M", "pc", "-vga", "none", ...more]) as Options;
  const boot = (...more: string[]) => imagesToBoot(configurationOf(options(...more)), options(...more));
  const { images, references, modules } = await boot("-kernel", kernel!, "-initrd", initrd);
  expect(new TextDecoder().decode(images["initrd"])).toBe("firstsecond one");
  expect(modules).toEqual([
    { line: `${one} quiet  x`, bytes: 5 },
    { line: two, bytes: 10 },
  ]);
  const header = {
    configuration: { ...configurationOf(options()), modules },
    images: references,
  } as unknown as LogHeader;
  for (const given of [[], ["-initrd", initrd]])
    expect(await imagesOfRecording(header, options(...given))).toEqual(images);
  await expect(imagesOfRecording(header, options("-initrd", one!))).rejects.toThrow(`-initrd ${one} is another file`);

  const missing = boot("-kernel", kernel!, "-initrd", `${one},${directory}/nothing arg`);
  await expect(missing).rejects.toThrow(`could not load initrd '${directory}/nothing': no such file`);
  await expect(boot("-kernel", other!, "-initrd", initrd)).rejects.toThrow(`could not load initrd '${initrd}'`);
  expect(await boot("-kernel", other!, "-initrd", one!)).not.toHaveProperty("modules");
});
