import { arm64 } from "../../src/isa/arm64/index.ts";
import { Decoder } from "../../src/isa/index.ts";
import { LATEST, llvm } from "../llvm.ts";
import { absentMnemonics } from "./absent.ts";
import type { Random } from "./random.ts";

const decoder = new Decoder(arm64.instructions);

/** Which system registers and operations exist is asked of QEMU (system.test.ts), not of LLVM, which reads every number. */
const isSystemAccess = (text: string): boolean => /^(mrs|msr|sys|sysl|at|dc|ic|tlbi) /.test(text);

/** Words that differ in every way that decoding looks at: bits 31 to 21 and 15 to 10 count through, the others are random. */
export function systematicWords(random: Random, rounds: number): number[] {
  const words: number[] = [];
  for (let round = 0; round < rounds; round++)
    for (let bits = 0; bits < 1 << 17; bits++) {
      const fixed = (((bits >>> 6) << 21) | ((bits & 63) << 10)) >>> 0;
      words.push((fixed | (random.u32() & 0x001f_03ff)) >>> 0);
    }
  return words;
}

/** Words of each row of the table, half of them with one bit flipped. */
export function wordsOfRows(random: Random, each: number): number[] {
  return arm64.instructions.flatMap(({ pattern }) =>
    Array.from({ length: each }, (_, n) => {
      const word = (random.u32() & ~pattern.mask) | pattern.value;
      return (n % 2 ? word ^ (1 << random.below(32)) : word) >>> 0;
    }),
  );
}

/** Words that LLVM and our table read differently: as allocated or not, or with another text. */
export async function differencesFromLlvm(words: readonly number[]): Promise<string[]> {
  const theirs = await llvm(words);
  return words.flatMap((word, i) => {
    const name = `${word.toString(16).padStart(8, "0")}`;
    const text = theirs[i];
    if (decoder.handler(word) < 0)
      return text === undefined || isSystemAccess(text) ? [] : [`${name}: LLVM knows ${text}`];
    const ours = decoder.disassemble(word, 0n);
    if (text === undefined) return [`${name}: LLVM does not know ${ours}`];
    const [a, b] = [normalise(ours), normalise(text)];
    return a === b || isMeant(a, b) ? [] : [`${name}: ${a} where LLVM has ${b}`];
  });
}

/** Mnemonics of words that LLVM knows for the latest core, and neither our table nor the list of what is absent does. */
export async function unlistedMnemonics(words: readonly number[]): Promise<string[]> {
  const unknown = words.filter((word) => decoder.handler(word) < 0);
  const texts = (await llvm(unknown, LATEST)).filter((text) => text !== undefined && !isSystemAccess(text));
  const mnemonics = new Set(texts.map((text) => text!.split(" ")[0]!));
  return [...mnemonics].filter((mnemonic) => !absentMnemonics.has(mnemonic)).sort();
}

/** What is written differently on purpose, besides what `normalise` makes equal. */
function isMeant(ours: string, theirs: string): boolean {
  // System registers that LLVM 14 has no name for, and hints, whose later names each knows another set of.
  if (/^m(rs|sr) /.test(ours)) return /\bs[0-3]_[0-7]_c\d+_c\d+_[0-7]\b/.test(theirs);
  // A constant that MOVZ or MOVN could make, where they cannot: GNU says MOV, LLVM and the manual ORR.
  if (/^mov w?sp, \d+$/.test(ours)) return theirs.replace(/^orr (w?)sp, [wx]zr,/, "mov $1sp,") === ours;
  return /^hint \d+$/.test(theirs) || (ours === "hint 6" && theirs === "dgh");
}

/**
 * One text for what GNU's and LLVM's disassembler write differently: numbers in decimal, unsigned; lists of registers one by
 * one; cs and cc for hs and lo; the aliases that LLVM does not use.
 */
function normalise(text: string): string {
  const listed = text
    .toLowerCase()
    .replace(/<.*>/, "")
    .replace(/\{ ?([^}]*?) ?\}/g, "{$1}")
    .replace(/\{v(\d+)\.(\w+)-v(\d+)\.\w+\}/, (_, first: string, arrangement: string, last: string) => {
      const count = ((Number(last) - Number(first) + 32) % 32) + 1;
      return `{${Array.from({ length: count }, (_, n) => `v${(Number(first) + n) % 32}.${arrangement}`).join(", ")}}`;
    })
    .replace(/\bhs\b/g, "cs")
    .replace(/\blo\b/g, "cc")
    .replace(/\b([us])shll(2?) (.*), #0(x0)?$/, "$1xtl$2 $3")
    .replace(/\bbfi ([wx]\d+|[wx]zr), [wx]zr,/, "bfc $1,");
  const bits = /^mov w/.test(listed) ? 32 : 64;
  return listed
    .replace(/(?<![\w.])#?(-?)(0x[0-9a-f]+|\d+)(?![\w.])/g, (_, sign: string, digits: string) =>
      BigInt.asUintN(bits, sign ? -BigInt(digits) : BigInt(digits)).toString(),
    )
    .replace(/#?(-?\d+\.\d+(e[-+]\d+)?)/g, (_, number: string) => String(Number(number)))
    .replace(/\s+/g, " ")
    .trim();
}
