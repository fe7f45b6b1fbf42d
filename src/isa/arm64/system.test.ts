import { describe, expect, it } from "vitest";
import { binutilsMissing, LISTING_ADDRESS, normalise, objdump } from "../../../tests/objdump.ts";
import { Random } from "../../../tests/differential/random.ts";
import { Decoder, type Insn } from "../index.ts";
import type { A64 } from "./emitter.ts";
import { exceptionGeneration, exceptionReturns, system } from "./system-instructions.ts";

const rows = [...exceptionGeneration, ...exceptionReturns, ...system];
const decoder = new Decoder<A64>(rows);
const random = new Random(0x5e5);

function sample(row: Insn<A64>, count: number): number[] {
  return Array.from({ length: count }, () => ((random.u32() & ~row.pattern.mask) | row.pattern.value) >>> 0).filter(
    (word) => decoder.row(word) === row && !refusedByObjdump(word),
  );
}

/** MSR SPSel takes the lowest bit of an immediate of four; objdump reads 0 and 1 only. */
const refusedByObjdump = (word: number): boolean => (word & ~0xf00) >>> 0 === 0xd50040bf && (word & 0xe00) !== 0;

describe("the system rows", () => {
  it.skipIf(binutilsMissing)("disassemble as objdump reads them", async () => {
    const words = [...new Set(rows.flatMap((row) => sample(row, 40)))];
    const theirs = await objdump(words);
    const pairs = words.map((word, i) => {
      const ours = normalise(decoder.disassemble(word, LISTING_ADDRESS + BigInt(4 * i)));
      return { word: word.toString(16), ours, theirs: theirs[i]! };
    });
    // Registers of the core's own have names here.
    const implementationDefined = /s3_1_c(11|15)_/;
    const wrong = pairs.filter(({ ours, theirs }) => ours !== theirs && !implementationDefined.test(theirs));
    expect(wrong).toEqual([]);
  });
});
