import type { Value } from "../index.ts";
import type { Place, X86 } from "./emitter.ts";
import { logical } from "./flags.ts";
import { insn } from "./insn.ts";
import { log2, type PlaceFields, RM_REGISTER, type Size } from "./operands.ts";
import { AF, CF, FLAG_BITS, OF, PF, SF } from "./state.ts";

const ALL_BUT_CF_ZF = [AF, OF, PF, SF].reduce<number>((bits, flag) => bits | (1 << FLAG_BITS[flag]), 0);
const ALL_BUT_ZF = ALL_BUT_CF_ZF | (1 << FLAG_BITS[CF]);

/** Tests a bit, and lets it be, sets, clears or turns it over. */
function bitOperation(e: X86, op: number, size: Size, place: Place, bit: Value): void {
  const width = e.width(size);
  const value = place.read();
  const number = e.and(width, e.resize(width, bit), e.imm(width, size - 1));
  const mask = e.shl(width, e.imm(width, 1), number);
  const c = e.wrap(e.and(width, e.shrU(width, value, number), e.imm(width, 1)));
  const changed = [value, e.or(width, value, mask), e.and(width, value, e.not(width, mask)), e.xor(width, value, mask)][
    op & 3
  ]!;
  if (op & 3) place.write(changed);
  e.changeFlags({ c });
}

/** A string of bits in memory: the register's upper bits say which operand of it. */
function bitPlace(e: X86, size: Size, fields: PlaceFields, bit: Value): Place {
  if (fields.rm === RM_REGISTER) return e.place(size, fields);
  const operands = e.shrS(64, e.signExtend(64, bit, size), log2(size));
  return e.memory(size, e.addressWith(fields, e.shl(64, operands, log2(size / 8))));
}

const OPERATIONS = ["bt", "bts", "btr", "btc"];

/** Volume 2: BT, BTS, BTR, BTC, BSF, BSR, BSWAP. */
export const bits = [
  ...(["0F A3 /r", "0F AB /r", "0F B3 /r", "0F BB /r"] as const).map((notation, op) =>
    insn(
      `${OPERATIONS[op]!.toUpperCase()} (register)`,
      notation,
      ["size", "rm"],
      (e, { size, reg, ...place }) => {
        const bit = e.reg(size, reg);
        bitOperation(e, op, size, bitPlace(e, size, place, bit), bit);
      },
      { asm: `${OPERATIONS[op]!} rm, reg`, undefinedFlags: ALL_BUT_CF_ZF, ...(op > 0 && { lock: true }) },
    ),
  ),
  insn(
    "BT, BTS, BTR, BTC (immediate)",
    "0F BA /op ib",
    ["op", "size", "rm"],
    (e, { op, size, imm, ...place }) => bitOperation(e, op, size, e.place(size, place), e.imm(32, imm)),
    {
      asm: ["", "", "", "", ...OPERATIONS.map((name) => `${name} rm, imm`)],
      exists: ({ op }) => op >= 4,
      lock: ({ op }) => op > 4,
      undefinedFlags: ALL_BUT_CF_ZF,
    },
  ),
  ...([true, false] as const).map((forward) =>
    insn(
      forward ? "BSF" : "BSR",
      forward ? "0F BC /r" : "0F BD /r",
      ["size", "rm"],
      (e, { size, reg, ...place }) => {
        const width = e.width(size);
        const value = e.place(size, place).read();
        const found = forward
          ? e.op(`i${width}.ctz`, value)
          : e.sub(width, e.imm(width, width - 1), e.clz(width, value));
        // Of nothing, the register stays.
        e.if(e.ne(width, value, e.imm(width, 0)), () => e.setReg(size, reg, found));
        e.setFlags(logical(e, size, value));
      },
      { asm: `${forward ? "bsf" : "bsr"} reg, rm`, undefinedFlags: ALL_BUT_ZF },
    ),
  ),
  insn(
    "BSWAP",
    "0F C8+r",
    ["size"],
    (e, { size, reg }) => {
      const value = e.reg(size, reg);
      // Of 16 bits it is undefined: they become 0.
      e.setReg(size, reg, size === 16 ? e.i32(0) : swapBytes(e, size === 64 ? 64 : 32, value));
    },
    { asm: "bswap reg" },
  ),
];

function swapBytes(e: X86, size: 32 | 64, value: Value): Value {
  const masks = size === 64 ? [0x00ff_00ff_00ff_00ffn, 0x0000_ffff_0000_ffffn] : [0x00ff_00ffn];
  const swapped = masks.reduce((all, mask, index) => {
    const by = 8 << index;
    const low = e.and(size, e.shrU(size, all, by), e.imm(size, mask));
    return e.or(size, low, e.shl(size, e.and(size, all, e.imm(size, mask)), by));
  }, value);
  return e.rotr(size, swapped, size / 2);
}
