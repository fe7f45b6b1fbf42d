import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
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

  it("decode and print like objdump", () => {
    const decoder = new Decoder(rows);
    const words = randomWords(60000);
    const expected = objdump(words);
    const differ: string[] = [];
    words.forEach((word, i) => {
      const theirs = expected[i]!;
      if (decoder.row(word)?.todo !== undefined) return;
      const ours = decoder.disassemble(word, BigInt(4 * i));
      if (ours.startsWith(".inst") && (later(theirs) || theirs.includes("undefined"))) return;
      if (normalized(theirs) !== ours)
        differ.push(`${word.toString(16)}: objdump "${normalized(theirs)}" ours "${ours}"`);
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

let seed = 12345;
function random(): number {
  seed = (Math.imul(seed, 1664525) + 1013904223) | 0;
  return (seed ^ (seed >>> 15)) >>> 0;
}

/** Half of them words of some row, half of them anything in the FP and SIMD encoding spaces. */
function randomWords(count: number): number[] {
  return Array.from({ length: count }, (_, i) => {
    const anything = random() ^ (random() << 16);
    if (i & 1) {
      const { mask, value } = rows[(i >> 1) % rows.length]!.pattern;
      return ((anything & ~mask) | value) >>> 0;
    }
    // op0 = x111 (data processing), or x1x0 with V = 1 (loads and stores).
    return (random() & 1 ? (anything & ~0x0e000000) | 0x0e000000 : (anything & ~0x0e000000) | 0x0c000000) >>> 0;
  });
}

function objdump(words: readonly number[]): string[] {
  const folder = mkdtempSync(join(tmpdir(), "hindsight-objdump-"));
  try {
    const file = join(folder, "words");
    writeFileSync(file, new Uint8Array(new Uint32Array(words).buffer));
    const out = join(folder, "words.o");
    execFileSync("aarch64-linux-gnu-objcopy", [
      "-I",
      "binary",
      "-O",
      "elf64-littleaarch64",
      "--rename-section",
      ".data=.text,alloc,load,readonly,code,contents",
      file,
      out,
    ]);
    const text = execFileSync("aarch64-linux-gnu-objdump", ["-d", "--disassemble-zeroes", "-M", "no-notes", out], {
      maxBuffer: 1 << 28,
    }).toString();
    return [...text.matchAll(/^ *[0-9a-f]+:\t[0-9a-f]{8} \t(.*)$/gm)].map((m) => m[1]!);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function normalized(text: string): string {
  const plain = text
    .replace(/\s*\/\/.*$/, "")
    .replace("\t", " ")
    .trim();
  if (/^\.inst|undefined/.test(plain)) return plain.replace(/ ;.*/, "");
  // PC-relative targets are addresses here, symbols there.
  return plain.replace(/^(ldr [a-z0-9]+, )([0-9a-f]+)( <.*>)?$/, "$10x$2");
}
