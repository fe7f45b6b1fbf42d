import type { Operand, Value } from "../index.ts";
import { gatherLanes, lanes, replaceLane } from "../vector.ts";
import { addressMask, inSegment } from "./addressing.ts";
import type { X86 } from "./emitter.ts";
import { insn, type Insn86 } from "./insn.ts";
import { type AddressFields, MEM_REGISTER } from "./operands.ts";
import {
  checkMmx,
  checkSse,
  enterMmx,
  generalPlace,
  mmx,
  mmxOrMemory,
  setMmx,
  setXmm,
  shuffleFour,
  xmm,
  xmmOrMemory,
} from "./simd.ts";
import { RDI } from "./state.ts";

const WORDS = Array.from({ length: 16 }, (_, byte) => (byte & 1 ? 0 : byte >> 1));

/** One word of a vector is another one. `imm`: which, of so many. */
function insertWord(e: X86, words: 4 | 8, value: Value, word: Value, imm: Operand): Value {
  const number = lanes(e, 1, "splat", e.and(32, e.imm(32, imm), e.i32(words - 1)));
  const there = lanes(e, 1, "eq", number, e.vector(WORDS));
  return e.op("v128.bitselect", lanes(e, 1, "splat", word), value, there);
}
function extractWord(e: X86, words: 4 | 8, value: Value, imm: Operand): Value {
  const first = e.shl(32, e.and(32, e.imm(32, imm), e.i32(words - 1)), 1);
  const bytes = e.add(32, e.mul(32, first, e.i32(0x0101)), e.i32(0x0100));
  return lanes(e, 1, "extract_lane_u", e.op("i8x16.swizzle", value, lanes(e, 1, "splat", bytes)), 0);
}

/** Stores the bytes whose mask has its first bit set, at DI. */
function storeMasked(
  e: X86,
  count: 8 | 16,
  value: Value,
  mask: Value,
  place: Pick<AddressFields, "segment" | "addressSize" | "wrap">,
): void {
  const byte = e.variable(e.i32(0));
  const left = e.variable(e.and(32, lanes(e, 0, "bitmask", mask), e.i32(2 ** count - 1)));
  e.while(
    () => e.get(left),
    () => {
      const number = e.op("i32.ctz", e.get(left));
      const found = e.op("i8x16.swizzle", value, lanes(e, 0, "splat", number));
      e.set(byte, lanes(e, 0, "extract_lane_u", found, 0));
      const offset = e.and(64, e.add(64, e.reg(64, RDI), e.wide(number)), addressMask(e, place.addressSize));
      e.store(8, inSegment(e, place, offset), e.get(byte));
      e.set(left, e.and(32, e.get(left), e.sub(32, e.get(left), e.i32(1))));
    },
  );
}

type Shuffle = (e: X86, value: Value, imm: Operand) => Value;

const shuffle = (name: string, prefix: "66" | "F3" | "F2", shuffled: Shuffle): Insn86 => {
  const notation = `${prefix} 0F 70 /r ib` as const;
  return insn(
    name,
    notation,
    ["mem"],
    (e, { reg, imm, ...place }) => {
      checkSse(e);
      setXmm(e, reg, shuffled(e, xmmOrMemory(e, 128, place), imm));
    },
    { asm: `${name.toLowerCase()} xmm, xmm/m128, imm` },
  );
};

/** Volume 2: shuffles, single words, masks, and what is selected by an immediate. */
export const sseShuffle: readonly Insn86[] = [
  shuffle("PSHUFD", "66", (e, value, imm) => shuffleFour(e, 2, value, imm)),
  shuffle("PSHUFHW", "F3", (e, value, imm) => shuffleFour(e, 1, value, imm, 4)),
  shuffle("PSHUFLW", "F2", (e, value, imm) => shuffleFour(e, 1, value, imm)),
  insn(
    "PSHUFW",
    "NP 0F 70 /r ib",
    ["mem"],
    (e, { reg, imm, ...place }) => {
      checkMmx(e);
      const value = mmxOrMemory(e, 64, place);
      enterMmx(e);
      setMmx(e, reg, shuffleFour(e, 1, value, imm));
    },
    { asm: "pshufw mm, mm/m64, imm" },
  ),
  insn(
    "SHUFPS",
    "NP 0F C6 /r ib",
    ["mem"],
    (e, { reg, imm, ...place }) => {
      checkSse(e);
      const [b, a] = [xmmOrMemory(e, 128, place), xmm(e, reg)].map((value) => shuffleFour(e, 2, value, imm));
      setXmm(
        e,
        reg,
        gatherLanes(e, 2, [a!, b!], (lane) => (lane < 2 ? lane : lane + 4)),
      );
    },
    { asm: "shufps xmm, xmm/m128, imm" },
  ),
  insn(
    "SHUFPD",
    "66 0F C6 /r ib",
    ["mem"],
    (e, { reg, imm, ...place }) => {
      checkSse(e);
      const lane = (value: Value, bit: number): Value => {
        const [low, high] = [0, 1].map((n) => lanes(e, 3, "extract_lane", value, n));
        return e.select(e.and(32, e.imm(32, imm), e.i32(bit)), high!, low!);
      };
      const second = lane(xmmOrMemory(e, 128, place), 2);
      setXmm(e, reg, replaceLane(e, 3, lanes(e, 3, "splat", lane(xmm(e, reg), 1)), 1, second));
    },
    { asm: "shufpd xmm, xmm/m128, imm" },
  ),
  insn(
    "PINSRW (MMX)",
    "NP 0F C4 /r ib",
    ["mem"],
    (e, { reg, imm, ...place }) => {
      checkMmx(e);
      const word = generalPlace(e, place.mem === MEM_REGISTER ? 32 : 16, place).read();
      enterMmx(e);
      setMmx(e, reg, insertWord(e, 4, mmx(e, reg), word, imm));
    },
    { asm: "pinsrw mm, r32/m16, imm" },
  ),
  insn(
    "PINSRW",
    "66 0F C4 /r ib",
    ["mem"],
    (e, { reg, imm, ...place }) => {
      checkSse(e);
      const word = generalPlace(e, place.mem === MEM_REGISTER ? 32 : 16, place).read();
      setXmm(e, reg, insertWord(e, 8, xmm(e, reg), word, imm));
    },
    { asm: "pinsrw xmm, r32/m16, imm" },
  ),
  insn(
    "PEXTRW (MMX)",
    "NP 0F C5 /r ib",
    [],
    (e, { reg, base, imm }) => {
      checkMmx(e);
      enterMmx(e);
      e.setReg(32, reg, extractWord(e, 4, mmx(e, base), imm));
    },
    { asm: "pextrw r32, mm/m64, imm", place: "register" },
  ),
  insn(
    "PEXTRW",
    "66 0F C5 /r ib",
    [],
    (e, { reg, base, imm }) => {
      checkSse(e);
      e.setReg(32, reg, extractWord(e, 8, xmm(e, base), imm));
    },
    { asm: "pextrw r32, xmm/m128, imm", place: "register" },
  ),
  insn(
    "PMOVMSKB (MMX)",
    "NP 0F D7 /r",
    [],
    (e, { reg, base }) => {
      checkMmx(e);
      enterMmx(e);
      e.setReg(32, reg, e.and(32, lanes(e, 0, "bitmask", mmx(e, base)), e.i32(0xff)));
    },
    { asm: "pmovmskb r32, mm/m64", place: "register" },
  ),
  insn(
    "PMOVMSKB",
    "66 0F D7 /r",
    [],
    (e, { reg, base }) => {
      checkSse(e);
      e.setReg(32, reg, lanes(e, 0, "bitmask", xmm(e, base)));
    },
    { asm: "pmovmskb r32, xmm/m128", place: "register" },
  ),
  insn(
    "MASKMOVQ",
    "NP 0F F7 /r",
    [],
    (e, { reg, base, ...place }) => {
      checkMmx(e);
      storeMasked(e, 8, mmx(e, reg), mmx(e, base), place);
      enterMmx(e);
    },
    { asm: "maskmovq mm, mm/m64", place: "register" },
  ),
  insn(
    "MASKMOVDQU",
    "66 0F F7 /r",
    [],
    (e, { reg, base, ...place }) => {
      checkSse(e);
      storeMasked(e, 16, xmm(e, reg), xmm(e, base), place);
    },
    { asm: "maskmovdqu xmm, xmm/m128", place: "register" },
  ),
];
