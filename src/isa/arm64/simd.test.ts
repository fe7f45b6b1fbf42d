import { describe, expect, it } from "vitest";
import { binutilsMissing, LISTING_ADDRESS, normalise, objdump } from "../../../tests/objdump.ts";
import { Random } from "../../../tests/differential/random.ts";
import { Decoder, enumerateHandlers, findOverlaps } from "../index.ts";
import { simdLoadsStores } from "./simd-loads-stores.ts";
import { simd } from "./simd.ts";

const rows = [...simdLoadsStores, ...simd];

describe("FP and SIMD rows", () => {
  it("do not overlap", () => {
    const found = findOverlaps(rows).map(([a, b]) => `${a.name} "${a.pattern.text}" / ${b.name} "${b.pattern.text}"`);
    expect(found).toEqual([]);
  });

  it("stay within their share of handlers", () => {
    expect(enumerateHandlers(rows).length).toBeLessThan(2200);
  });

  it.skipIf(binutilsMissing)("decode and print like objdump", async () => {
    const decoder = new Decoder(rows);
    const words = randomWords(60000);
    const expected = await objdump(words);
    const differ: string[] = [];
    words.forEach((word, i) => {
      const theirs = expected[i]!;
      if (decoder.row(word)?.todo !== undefined) return;
      const ours = normalise(decoder.disassemble(word, LISTING_ADDRESS + BigInt(4 * i)));
      if (ours.startsWith(".inst") && (later(theirs) || /undefined|^\.inst|^udf/.test(theirs))) return;
      if (theirs !== ours) differ.push(`${word.toString(16)}: objdump "${theirs}" ours "${ours}"`);
    });
    expect(differ.slice(0, 40)).toEqual([]);
  });
});

/** What objdump knows and Armv8.0 lacks: half-precision arithmetic and later extensions. */
function later(text: string): boolean {
  const name = text.split(/\s/)[0]!;
  if (
    /^(fcadd|fcmla|sqrdml[as]h|bf|[su]+dot|xar|cpy|set|eor3|bcax|rax1|sm[34]|sha512|fml[as]l|[us]+mmla|fjcvtzs|frint(32|64)|ldapr|stl|ldap|stg|st2g|ldg|irg|prf)/.test(
      name,
    )
  )
    return true;
  return /^(f|scvtf|ucvtf)/.test(name) && /\bh\d|\.[248]?h\b/.test(text);
}

const random = new Random(0x51d);

/** Half of them words of some row, half of them anything in the FP and SIMD encoding spaces. */
function randomWords(count: number): number[] {
  return Array.from({ length: count }, (_, i) => {
    const anything = random.u32();
    if (i & 1) {
      const { mask, value } = rows[(i >> 1) % rows.length]!.pattern;
      return ((anything & ~mask) | value) >>> 0;
    }
    // op0 = x111 (data processing), or x1x0 with V = 1 (loads and stores).
    return (random.chance(0.5) ? (anything & ~0x0e000000) | 0x0e000000 : (anything & ~0x0e000000) | 0x0c000000) >>> 0;
  });
}
