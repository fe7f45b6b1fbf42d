import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Calls `work` with a fresh folder and removes it afterwards. */
export async function withFolder<T>(work: (folder: string) => Promise<T> | T): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "hindsight-"));
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The bytes that assembly text gives at an address, as GNU as sees it. */
export function assemble(source: string, address: number): Promise<Uint8Array> {
  return withFolder((folder) => {
    const path = (name: string): string => join(folder, name);
    const placed = `-Ttext=0x${address.toString(16)}`;
    writeFileSync(path("a.s"), source);
    execFileSync("aarch64-linux-gnu-as", ["-march=armv8-a+crc", "-o", path("a.o"), path("a.s")]);
    execFileSync("aarch64-linux-gnu-ld", [placed, "-e", "0", "-o", path("a.elf"), path("a.o")]);
    execFileSync("aarch64-linux-gnu-objcopy", ["-O", "binary", "-j", ".text", path("a.elf"), path("a.bin")]);
    return new Uint8Array(readFileSync(path("a.bin")));
  });
}

/** GNU objdump's text of instruction words. */
export async function disassemble(words: readonly number[]): Promise<string[]> {
  if (words.length === 0) return [];
  return withFolder((folder) => {
    const file = join(folder, "words.bin");
    writeFileSync(file, new Uint8Array(Uint32Array.from(words).buffer));
    const options = ["-D", "-z", "-b", "binary", "-m", "aarch64", "-M", "no-aliases"];
    const text = execFileSync("aarch64-linux-gnu-objdump", [...options, file], {
      encoding: "utf8",
      maxBuffer: 1 << 28,
    });
    return Array.from(text.matchAll(/^ +[0-9a-f]+:\t[0-9a-f]+ \t(.*)$/gm), ([, line = ""]) => line.replace(/\t/g, " "));
  });
}
