import { describe, expect, it } from "vitest";
import { writeInstruction } from "../../src/isa/x86/disassembly.ts";
import { described, readInstruction } from "../../src/isa/x86/guest.ts";
import type { Instruction } from "../../src/isa/x86/decode.ts";
import type { Insn86 } from "../../src/isa/x86/insn.ts";
import { MODES } from "../../src/isa/x86/modes.ts";
import { llvm } from "./llvm.ts";
import { Random } from "./random.ts";

const EACH = 12;
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

/** A prefix or two that mean something, an opcode that the row has, and anything behind it. */
function draw(row: Insn86, random: Random, long: boolean): Uint8Array {
  const { prefix, map, opcodes, modrm } = row.opcode;
  const start: number[] = [];
  if (random.below(5) === 0) start.push(random.pick(long ? [0x64, 0x65] : [0x26, 0x2e, 0x36, 0x64, 0x65]));
  if (random.below(5) === 0) start.push(0x67);
  if (prefix === "66" || (prefix === undefined && random.below(4) === 0)) start.push(0x66);
  if (prefix === "F2" || prefix === "F3") start.push(parseInt(prefix, 16));
  const repeats = row.splitFields.some(({ name }) => name === "rep");
  if (repeats && random.below(2)) start.push(random.pick([0xf2, 0xf3]));
  if (row.lockable({}) && random.below(3) === 0) start.push(0xf0);
  if (long && random.below(3) === 0) start.push(0x40 | random.below(16));
  start.push(...(map === "" ? [] : map === "0F" ? [0x0f] : [0x0f, 0x38]), random.pick(opcodes).opcode);
  const byte = random.below(256);
  if (modrm?.kind === "extension") start.push((byte & 0xc7) | (modrm.extension << 3));
  else if (modrm?.kind === "byte") start.push(modrm.byte);
  else if (modrm?.kind === "stack") start.push(modrm.byte | (byte & 7));
  return Uint8Array.from({ length: 15 }, (_, n) => start[n] ?? random.below(256));
}

/**
 * LLVM takes 66 beside REX.W, and of JMP, CALL and JRCXZ, for something else; it swaps two registers of XCHG, and has no
 * MOVSXD that widens nothing.
 */
function differs({ row, prefixes: { operand, rex, address }, rm, op, size }: Instruction, bits: number): boolean {
  if (bits === 64 && operand && (rex & 8 || /^(?:JMP|CALL|JCXZ)/.test(row.name))) return true;
  if (row.name === "MOVSXD") return size < 64;
  if (row.opcode.immediates[0] === "moffs") return bits === 64 && address && size === 8;
  return (row.name === "XCHG (r/m)" && rm === 0) || (row.name.startsWith("PREFETCH, ") && op > 1);
}
/** Hints that this core has no names for. */
const UNKNOWN = /^cldemote/;
/** Intel's names of what LLVM writes with AT&T's letters, or another one. */
const INTEL: readonly (readonly [RegExp, string])[] = [
  [/^(push|pop)aw/, "$1a"],
  [/^(fu?com)pi/, "$1ip"],
  [/^(push|pop)al/, "$1ad"],
  [/^([ls][gi]dt)[wd]/, "$1"],
  [/^(jmp|call) (?=(..:)?\[)/, "l$1 "],
];

/** In 16-bit code LLVM takes 66 for a size where it is a part of the opcode, and has only the longer ones of these. */
const LLVM_16 = /^(?:CBW|CWD|BSWAP)/;

/** Equal but for how numbers are written: theirs are signed. */
function same(ours: string, theirs: string): boolean {
  const numbers = (text: string): bigint[] =>
    Array.from(text.matchAll(/(-?)0x([0-9a-f]+)/g), ([, sign, digits]) => BigInt(`0x${digits}`) * (sign ? -1n : 1n));
  const rest = (text: string): string => text.replace(/(?:- |-)?0x[0-9a-f]+/g, "#");
  if (rest(ours) !== rest(theirs)) return false;
  const [own, other] = [numbers(ours), numbers(theirs)];
  return own.every((value, n) =>
    [8, 16, 32, 64].some((bits) => BigInt.asUintN(bits, other[n]!) === BigInt.asUintN(64, value) || other[n] === value),
  );
}

const BASE = 0xf_0000n;
function text(mode: number, ...bytes: readonly number[]): string {
  const found = readInstruction(Uint8Array.from(bytes), mode)!;
  const { text: written, target } = writeInstruction(found, { address: BASE, codeBase: BASE, mode }, "att");
  return target === undefined ? written : `${written} -> ${target.toString(16)}`;
}

it("says where branches go and what is relative to the instruction, as linear addresses", () => {
  expect(text(0, 0xe9, 0xfb, 0xff)).toBe("jmp 0xffffe -> ffffe");
  expect(text(1, 0xe8, 0xfb, 0xff, 0xff, 0xff)).toBe("calll 0xf0000 -> f0000");
  expect(text(3, 0x48, 0x8b, 0x05, 0x10, 0, 0, 0)).toBe("movq 0x10(%rip), %rax -> f0017");
});

// Regression: in 16-bit code it was $0xffcb.
it("shows a byte's immediate as a byte", () => {
  for (const mode of [0, 1, 3]) expect(text(mode, 0xb1, 0xcb)).toBe("movb $0xcb, %cl");
});

it("has no text for what is no instruction", () => {
  expect(readInstruction(Uint8Array.of(0x0f, 0xff), 3)).toBeUndefined();
  expect(readInstruction(new Uint8Array(15).fill(0x66), 1)).toBeUndefined();
});

describe.each(["att", "intel"] as const)("%s", (syntax) => {
  it.each([0, 1, 3])("is LLVM's, in mode %i", async (mode) => {
    const { bits } = MODES[mode]!;
    const random = new Random(mode + 1);
    const drawn = described.flatMap((row) =>
      Array.from({ length: EACH }, () => {
        const bytes = draw(row, random, bits === 64);
        const found = readInstruction(bytes, mode);
        return found?.row === row ? [{ found, bytes: bytes.slice(0, found.length) }] : [];
      }).flat(),
    );
    const listed = await llvm(
      bits,
      syntax,
      drawn.map(({ bytes }) => bytes),
    );
    let compared = 0;
    const different = drawn.flatMap(({ found, bytes }, n) => {
      // What is relative is counted from the instruction's end.
      const address = BigInt.asUintN(bits === 64 ? 64 : 32, -BigInt(bytes.length));
      const { text } = writeInstruction(found, { address, codeBase: 0n, mode }, syntax);
      const [listedLine, more] = listed[n]!;
      const line =
        syntax === "intel" ? INTEL.reduce((text, [from, to]) => text.replace(from, to), listedLine ?? "") : listedLine;
      if (!line || /[er]iz/.test(line)) return [];
      if (differs(found, bits) || UNKNOWN.test(line)) return [];
      if (bits === 16 && (found.row.opcode.prefix === "66" || LLVM_16.test(found.row.name))) return [];
      compared++;
      return more === undefined && same(text, line) ? [] : [`${found.row.name}: ${hex(bytes)}: ${text} | ${line}`];
    });
    expect(different.slice(0, 10)).toEqual([]);
    expect(compared).toBeGreaterThan(drawn.length / 2);
  });
});
