import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { instructions, x86 } from "../../src/isa/x86/index.ts";
import { insn, type Insn86 } from "../../src/isa/x86/insn.ts";
import { MODES } from "../../src/isa/x86/modes.ts";
import { findOverlaps } from "../../src/isa/x86/overlaps.ts";
import { objdump } from "./objdump.ts";
import { Random } from "./random.ts";

const COUNT = 4000;
const MAX_LENGTH = 15;
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
const known = new Set<unknown>(instructions);

/** Prefixes, one of a group at most, an opcode that a row has, and anything behind it. */
function draw(random: Random, long: boolean): Uint8Array {
  const row = random.pick(instructions);
  const { prefix, map, opcodes, modrm } = row.opcode;
  const start: number[] = [];
  if (random.below(4) === 0) start.push(random.pick(long ? [0x64, 0x65] : [0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65]));
  if (random.below(4) === 0) start.push(0x67);
  if (prefix === "66" || (prefix === undefined && random.below(4) === 0)) start.push(0x66);
  if (prefix === "F2" || prefix === "F3") start.push(parseInt(prefix, 16));
  if (long && random.below(3) === 0) start.push(0x40 | random.below(16));
  start.push(...(map === "" ? [] : map === "0F" ? [0x0f] : [0x0f, 0x38]), random.pick(opcodes).opcode);
  const byte = random.below(256);
  if (modrm?.kind === "extension") start.push((byte & 0xc7) | (modrm.extension << 3));
  else if (modrm?.kind === "byte") start.push(modrm.byte);
  else if (modrm?.kind === "stack") start.push(modrm.byte | (byte & 7));
  // FWAIT is listed together with an instruction of x87 that follows it.
  else if (row.name === "FWAIT") start.push(0x90);
  return Uint8Array.from({ length: 16 }, (_, n) => start[n] ?? random.below(256));
}

describe("decoding", () => {
  it("finds rows that one instruction could be", () => {
    const row = (notation: string, place?: "register" | "memory"): Insn86 =>
      insn(notation, notation, [], () => {}, { asm: "", ...(place && { place }) });
    const pairs = (...rows: Insn86[]): string[][] => findOverlaps(rows).map((pair) => pair.map(({ name }) => name));
    expect(pairs(row("0F 40+cc /r"), row("0F 4F /r"))).toEqual([["0F 40+cc /r", "0F 4F /r"]]);
    expect(pairs(row("F6 /0"), row("F6 /1"), row("F6 /r"))).toHaveLength(2);
    expect(pairs(row("66 0F 10 /r"), row("F3 0F 10 /r"), row("0F 11 /r"))).toEqual([]);
    expect(pairs(row("66 0F 10 /r"), row("0F 10 /r"))).toHaveLength(1);
    expect(pairs(row("62 /r i64"), row("62 /r o64"))).toEqual([]);
    expect(pairs(row("0F AE /7", "register"), row("0F AE /7", "memory"))).toEqual([]);
    expect(pairs(row("D9 E8"), row("D9 E0"), row("D9 /0"), row("D9 C0+i"))).toEqual([["D9 /0", "D9 C0+i"]]);
  });

  it.each([0, 1, 3])("gives instructions the length that GNU objdump gives them, in mode %i", async (mode) => {
    const { bits } = MODES[mode]!;
    const random = new Random(mode + 1);
    const all = Array.from({ length: COUNT }, () => draw(random, bits === 64));
    const listed = await objdump(bits, all);
    let compared = 0;
    const different = all.flatMap((bytes, n) => {
      const decoded = x86.code.decode(bytes.subarray(0, MAX_LENGTH), mode)!;
      const theirs = listed[n];
      // Prefixes that mean nothing are listed by themselves.
      if (!known.has(decoded.row) || theirs === undefined) return [];
      compared++;
      return decoded.length === theirs.length
        ? []
        : [`${hex(bytes)}: ${decoded.length} (${decoded.row.name}), theirs ${theirs.length} (${theirs.text})`];
    });
    expect(different.slice(0, 10)).toEqual([]);
    expect(compared).toBeGreaterThan(COUNT / 2);
  });

  it("takes any bytes, says how many there are, and asks for more only while there may be more", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 20 }), fc.nat(3), (bytes, mode) => {
        const whole = x86.code.decode(bytes.subarray(0, MAX_LENGTH), mode);
        if (whole === undefined) {
          expect(bytes.length).toBeLessThan(MAX_LENGTH);
          return;
        }
        expect(whole.length).toBeGreaterThan(0);
        expect(whole.length).toBeLessThanOrEqual(MAX_LENGTH);
        for (let cut = 1; cut < whole.length; cut++) {
          const part = x86.code.decode(bytes.subarray(0, cut), mode);
          // What is undefined may be known to be so before its end.
          if (part !== undefined) expect(known.has(part.row)).toBe(false);
        }
        expect(x86.code.decode(bytes.subarray(0, whole.length), mode)).toEqual(whole);
      }),
      { numRuns: 5000 },
    );
  });
});
