import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const TOOLS = "aarch64-linux-gnu-";

/** Why nothing can be assembled here, or undefined. */
export const assemblerMissing: string | undefined = spawnSync(`${TOOLS}as`, ["--version"]).error
  ? `${TOOLS}as is not installed (package binutils-aarch64-linux-gnu)`
  : undefined;

/** The words of A64 assembly source, one per instruction; `.` is each instruction's own address. */
export function assemble(source: string): number[] {
  const folder = mkdtempSync(join(tmpdir(), "hindsight-as-"));
  try {
    const at = (name: string): string => join(folder, name);
    writeFileSync(at("source.s"), `${source}\n`);
    execFileSync(`${TOOLS}as`, ["-march=armv8-a+crc", "-o", at("object.o"), at("source.s")]);
    execFileSync(`${TOOLS}objcopy`, ["-O", "binary", "-j", ".text", at("object.o"), at("words.bin")]);
    const bytes = readFileSync(at("words.bin"));
    return Array.from({ length: bytes.length / 4 }, (_, i) => bytes.readUInt32LE(4 * i));
  } finally {
    rmSync(folder, { recursive: true });
  }
}
