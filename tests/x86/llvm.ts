import { closeSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { withFolder } from "../differential/toolchain.ts";

const triples = { 16: "i386-unknown-unknown-code16", 32: "i386", 64: "x86_64" } as const;

/** Listed between instructions: so the listing tells which of them are not in it. */
const SEPARATOR = "[0x0f 0x1f 0x40 0x7b]";
const separates = (line: string): boolean => /^nop.*0x7b/.test(line);

/** LLVM's lines for each of some instructions; branches have their displacement as operand, immediates are hexadecimal. */
export function llvm(bits: 16 | 32 | 64, syntax: "att" | "intel", all: readonly Uint8Array[]): Promise<string[][]> {
  return withFolder((folder) => {
    const [input, listing] = [join(folder, "bytes"), join(folder, "listing")];
    const bytes = (one: Uint8Array): string => `[${Array.from(one, (byte) => `0x${byte.toString(16)}`).join(" ")}]`;
    writeFileSync(input, all.map((one) => `${bytes(one)}\n${SEPARATOR}\n`).join(""));
    const output = openSync(listing, "w");
    const variant = `-output-asm-variant=${syntax === "att" ? 0 : 1}`;
    // What is bad is a warning each, and a status that is not 0.
    const options = ["-disassemble", `-triple=${triples[bits]}`, "-print-imm-hex", variant, input];
    const { error } = spawnSync("llvm-mc", options, { stdio: ["ignore", output, "ignore"] });
    closeSync(output);
    if (error) throw error;
    const found: string[][] = [[]];
    for (const line of readFileSync(listing, "utf8").split("\n")) {
      const text = line.replace(/#.*/, "").trim().replace(/\s+/g, " ");
      if (text === "" || text.startsWith(".")) continue;
      if (separates(text)) found.push([]);
      else found.at(-1)!.push(text);
    }
    // Prefixes are lines of their own now and then.
    return found.slice(0, -1).map((lines) => (/^(?:lock|rep|repne)$/.test(lines[0] ?? "") ? [lines.join(" ")] : lines));
  });
}
