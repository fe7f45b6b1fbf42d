import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const OBJDUMP = "aarch64-linux-gnu-objdump";

/** Where the first word of a listing lies. */
export const LISTING_ADDRESS = 0x10000000n;

/** Why listings cannot be made here, or undefined. */
export const objdumpMissing: string | undefined = spawnSync(OBJDUMP, ["--version"]).error
  ? `${OBJDUMP} is not installed (package binutils-aarch64-linux-gnu)`
  : undefined;

/** GNU objdump's text of A64 words that follow each other from LISTING_ADDRESS: single spaces, no comments. */
export function objdump(words: readonly number[]): string[] {
  const folder = mkdtempSync(join(tmpdir(), "hindsight-objdump-"));
  try {
    const file = join(folder, "words.bin");
    writeFileSync(file, new Uint8Array(Uint32Array.from(words).buffer));
    const options = ["-D", "-z", "-b", "binary", "-m", "aarch64", "-M", "no-notes"];
    const listing = execFileSync(OBJDUMP, [...options, `--adjust-vma=${LISTING_ADDRESS}`, file], {
      encoding: "utf8",
      maxBuffer: 1 << 30,
    });
    return listing
      .split("\n")
      .filter((line) => /^\s*[0-9a-f]+:\t/.test(line))
      .map((line) => normalise(line.split("\t").slice(2).join(" ")));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Assembly text with single spaces and without objdump's comments. */
export const normalise = (text: string): string =>
  text
    .replace(/\/\/.*|;.*|<.*>/, "")
    .replace(/\s+/g, " ")
    .trim();

/** A seeded sequence of unsigned 32-bit numbers (xorshift32). */
export function randomWords(seed: number): () => number {
  let state = seed | 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
}
