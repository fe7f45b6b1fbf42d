import { spawnSync } from "node:child_process";
import { closeSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { withFolder } from "./differential/toolchain.ts";

/** Whether LLVM's disassembler (Debian's package llvm) is not installed. */
export const llvmMissing = spawnSync("llvm-mc", ["--version"]).error !== undefined;

const bytes = (word: number): string =>
  [0, 8, 16, 24].map((shift) => `0x${((word >>> shift) & 255).toString(16)}`).join(" ");

/** A hint without a meaning, which is listed after each word: so the listing tells which words are not in it. */
const SEPARATOR = 0xd5032fff;
const SEPARATOR_TEXT = "hint #0x7f";

/** What LLVM decodes for: this core, or one with every extension but SVE and SME that LLVM 14 knows. */
const CORTEX_A53 = ["-mcpu=cortex-a53"];
export const LATEST = [
  "-mattr=+v8.8a,+fullfp16,+fp16fml,+bf16,+i8mm,+sha3,+sm4,+aes,+mte,+rand,+tme,+ls64,+hbc,+mops,+pauth,+flagm,+altnzcv,+predres,+ssbs",
];

/**
 * LLVM's text of A64 words, undefined where the word is not allocated. Direct branches and ADR have
 * their displacement as operand; immediates are hexadecimal.
 */
export function llvm(words: readonly number[], core = CORTEX_A53): Promise<(string | undefined)[]> {
  return withFolder((folder) => {
    const [input, listing] = [join(folder, "words"), join(folder, "listing")];
    writeFileSync(input, words.map((word) => `${bytes(word)}\n${bytes(SEPARATOR)}\n`).join(""));
    const output = openSync(listing, "w");
    // What is not allocated is a warning each.
    const options = ["-disassemble", "-triple=aarch64", ...core, "-print-imm-hex", input];
    const { status, error } = spawnSync("llvm-mc", options, { stdio: ["ignore", output, "ignore"] });
    closeSync(output);
    if (status !== 0) throw new Error(`llvm-mc ends with ${status}${error ? `: ${error.message}` : ""}`);
    const lines = readFileSync(listing, "utf8")
      .split("\n")
      .filter((line) => line !== "" && line !== "\t.text")
      .map((line) =>
        line
          .replace(/\/\/.*/, "")
          .trim()
          .replace(/\s+/g, " "),
      );
    let next = 0;
    return words.map((word) => {
      const text = word === SEPARATOR || lines[next] !== SEPARATOR_TEXT ? lines[next++] : undefined;
      if (lines[next++] !== SEPARATOR_TEXT)
        throw new Error(`llvm-mc lists more than one line for ${word.toString(16)}`);
      return text;
    });
  });
}
