import type { Instruction } from "./decode.ts";
import type { Syntax } from "./disassembly-operands.ts";
import { RM_REGISTER } from "./operands.ts";

/** x87's rows say their names; what the operands are follows from the opcode. Volume 2, appendix A.5. */

/** Bits of memory operands by opcode D8 to DF, and AT&T's letter: `s` and `l` mean other sizes of integers. */
const MEMORY: readonly (readonly [bits: number, letter: string])[] = [
  ...([
    [32, "s"],
    [32, "s"],
    [32, "l"],
    [32, "l"],
  ] as const),
  ...([
    [64, "l"],
    [64, "l"],
    [16, "s"],
    [16, "s"],
  ] as const),
];

/** Others, by opcode and ModRM's extension. */
const SPECIAL: Readonly<Record<string, readonly [bits: number | undefined, letter: string]>> = {
  ...{ "d9/4": [undefined, ""], "d9/5": [16, ""], "d9/6": [undefined, ""], "d9/7": [16, ""] },
  ...{ "db/5": [80, "t"], "db/7": [80, "t"], "dd/1": [64, "ll"], "dd/4": [undefined, ""], "dd/6": [undefined, ""] },
  ...{ "dd/7": [16, ""], "df/4": [80, ""], "df/5": [64, "ll"], "df/6": [80, ""], "df/7": [64, "ll"] },
};

/** Where ST(0) is an operand too: before the other one, or behind it. */
function registers(opcode: number, extension: number): readonly string[] {
  if (opcode === 0xd8) return extension === 2 || extension === 3 ? ["st(i)"] : ["st", "st(i)"];
  if (opcode === 0xda) return ["st", "st(i)"];
  if (opcode === 0xdb) return ["st", "st(i)"];
  if (opcode === 0xdf) return extension === 0 ? ["st(i)"] : ["st", "st(i)"];
  if (opcode === 0xdc || opcode === 0xde) return ["st(i)", "st"];
  return ["st(i)"];
}

export function x87Text(found: Instruction, syntax: Syntax): { name: string; tokens: readonly string[] } {
  const { row, op, opcode, rm } = found;
  const text = typeof row.asmText === "string" ? row.asmText : row.asmText[op]!;
  const [name] = text.split(" ") as [string];
  const extension = op & 7;
  if (rm !== RM_REGISTER) {
    const [bits, letter] = SPECIAL[`${opcode.toString(16)}/${extension}`] ?? MEMORY[opcode - 0xd8]!;
    return { name: syntax === "att" ? `${name}${letter}` : name, tokens: [bits === undefined ? "m" : `m${bits}`] };
  }
  const stack = row.opcode.modrm?.kind === "stack";
  const tokens = stack ? registers(opcode, extension) : text.includes("ax") ? ["ax"] : [];
  return { name: syntax === "att" ? attName(name, opcode) : name, tokens };
}

/** AT&T's assembler swapped these once, where the result is not in ST(0), and everyone follows it. */
function attName(name: string, opcode: number): string {
  if (opcode === 0xdc || opcode === 0xde) {
    const reversed = /^(f(?:sub|div))(r?)(p?)$/.exec(name);
    if (reversed) return `${reversed[1]}${reversed[2] === "" ? "r" : ""}${reversed[3]}`;
  }
  return name.replace(/^(fu?com)ip$/, "$1pi");
}
