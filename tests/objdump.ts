import { execFileSync, spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { withFolder } from "./differential/toolchain.ts";

const OBJDUMP = "aarch64-linux-gnu-objdump";

/** Where the first word of a listing lies. */
export const LISTING_ADDRESS = 0x10000000n;

/** Why nothing can be assembled or listed here, or undefined. */
export const binutilsMissing: string | undefined = spawnSync(OBJDUMP, ["--version"]).error
  ? `${OBJDUMP} is not installed (package binutils-aarch64-linux-gnu)`
  : undefined;

/** GNU objdump's text of A64 words that follow each other from LISTING_ADDRESS: single spaces, no comments. */
export function objdump(words: readonly number[]): Promise<string[]> {
  return withFolder((folder) => {
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
  });
}

/** Assembly text with single spaces and without objdump's comments. */
export const normalise = (text: string): string =>
  text
    .replace(/\/\/.*|;.*|<.*>/, "")
    .replace(/\s+/g, " ")
    .trim();
