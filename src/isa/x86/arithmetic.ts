import type { Operand, Value } from "../index.ts";
import type { Place, X86 } from "./emitter.ts";
import { add, type Computed, logical, step, subtract } from "./flags.ts";
import { insn } from "./insn.ts";
import { FEATURE } from "./models.ts";
import { RM_REGISTER, type Size } from "./operands.ts";
import { AF, FLAG_BITS, RAX, RDX } from "./state.ts";

const OPERATIONS = ["add", "or", "adc", "sbb", "and", "sub", "xor", "cmp"] as const;
const CMP = 7;
const names = (operands: string): string[] => OPERATIONS.map((name) => `${name} ${operands}`);

/** One of the eight operations that instructions name with three bits. */
function operate(e: X86, op: number, size: Size, a: Value, b: Value): Computed {
  const width = e.width(size);
  switch (op) {
    case 0:
      return add(e, size, a, b);
    case 1:
      return logical(e, size, e.or(width, a, b));
    case 2:
      return add(e, size, a, b, e.flags().c);
    case 3:
      return subtract(e, size, a, b, e.flags().c);
    case 4:
      return logical(e, size, e.and(width, a, b));
    case 6:
      return logical(e, size, e.xor(width, a, b));
    default:
      return subtract(e, size, a, b);
  }
}

/** OR, AND and XOR leave AF undefined. */
const undefinedFlags = ({ op }: { readonly op: number }): number => ([1, 4, 6].includes(op) ? 1 << FLAG_BITS[AF] : 0);

/** Volume 2, chapter 3: the integer instructions that set flags by what they compute. */
export const arithmetic = [
  // The store may fault: it comes before the flags.
  insn(
    "ADD, OR, ADC, SBB, AND, SUB, XOR, CMP (to r/m)",
    "00+op*8+w /r",
    ["op", "size", "rm"],
    (e, { op, size, reg, ...place }) => {
      const to = e.place(size, place);
      const result = operate(e, op, size, to.read(), e.reg(size, reg));
      if (op !== CMP) to.write(result.value);
      e.setFlags(result);
    },
    { asm: names("rm, reg"), lock: ({ op }) => op !== CMP, undefinedFlags },
  ),
  insn(
    "ADD, OR, ADC, SBB, AND, SUB, XOR, CMP (from r/m)",
    "02+op*8+w /r",
    ["op", "size", "rm"],
    (e, { op, size, reg, ...place }) => {
      const result = operate(e, op, size, e.reg(size, reg), e.place(size, place).read());
      if (op !== CMP) e.setReg(size, reg, result.value);
      e.setFlags(result);
    },
    { asm: names("reg, rm"), undefinedFlags },
  ),
  insn(
    "ADD, OR, ADC, SBB, AND, SUB, XOR, CMP (accumulator, immediate)",
    "04+op*8+w iz",
    ["op", "size"],
    (e, { op, size, imm }) => {
      const result = operate(e, op, size, e.reg(size, RAX), e.immediate(size, imm));
      if (op !== CMP) e.setReg(size, RAX, result.value);
      e.setFlags(result);
    },
    { asm: names("acc, imm"), undefinedFlags },
  ),
  ...(["80+w /op iz", "83 /op ib"] as const).map((notation) =>
    insn(
      `ADD, OR, ADC, SBB, AND, SUB, XOR, CMP (immediate, ${notation.slice(0, 2)})`,
      notation,
      ["op", "size", "rm"],
      (e, { op, size, imm, ...place }) => withImmediate(e, op, size, e.place(size, place), imm),
      { asm: names("rm, imm"), lock: ({ op }) => op !== CMP, undefinedFlags },
    ),
  ),
  insn(
    "ADD, OR, ADC, SBB, AND, SUB, XOR, CMP (immediate, 82)",
    "82 /op ib i64 rm8",
    ["op", "rm"],
    (e, { op, imm, ...place }) => withImmediate(e, op, 8, e.place(8, place), imm),
    { asm: names("rm8, imm"), lock: ({ op }) => op !== CMP, undefinedFlags },
  ),
  insn(
    "TEST (r/m, register)",
    "84+w /r",
    ["size", "rm"],
    (e, { size, reg, ...place }) => test(e, size, e.place(size, place).read(), e.reg(size, reg)),
    { asm: "test rm, reg", undefinedFlags: 0x10 },
  ),
  insn(
    "TEST (accumulator, immediate)",
    "A8+w iz",
    ["size"],
    (e, { size, imm }) => test(e, size, e.reg(size, RAX), e.immediate(size, imm)),
    { asm: "test acc, imm", undefinedFlags: 0x10 },
  ),
  ...(["F6+w /0 iz", "F6+w /1 iz"] as const).map((notation) =>
    insn(
      `TEST (r/m, immediate, ${notation.slice(5, 7)})`,
      notation,
      ["size", "rm"],
      (e, { size, imm, ...place }) => test(e, size, e.place(size, place).read(), e.immediate(size, imm)),
      { asm: "test rm, imm", undefinedFlags: 0x10 },
    ),
  ),
  ...([1, -1] as const).flatMap((by) => {
    const [name, extension] = by === 1 ? (["inc", "/0"] as const) : (["dec", "/1"] as const);
    return [
      insn(
        name.toUpperCase(),
        `FE+w ${extension}`,
        ["size", "rm"],
        (e, { size, ...place }) => {
          const to = e.place(size, place);
          const result = step(e, size, to.read(), by, e.flags().c);
          to.write(result.value);
          e.setFlags(result);
        },
        { asm: `${name} rm`, lock: true },
      ),
      insn(
        `${name.toUpperCase()} (register)`,
        by === 1 ? "40+r i64" : "48+r i64",
        ["size"],
        (e, { size, reg }) => {
          const result = step(e, size, e.reg(size, reg), by, e.flags().c);
          e.setReg(size, reg, result.value);
          e.setFlags(result);
        },
        { asm: `${name} reg` },
      ),
    ];
  }),
  insn(
    "NOT",
    "F6+w /2",
    ["size", "rm"],
    (e, { size, ...place }) => {
      const to = e.place(size, place);
      to.write(e.cut(size, e.wide(e.not(e.width(size), to.read()))));
    },
    { asm: "not rm", lock: true },
  ),
  insn(
    "NEG",
    "F6+w /3",
    ["size", "rm"],
    (e, { size, ...place }) => {
      const to = e.place(size, place);
      const result = subtract(e, size, e.imm(e.width(size), 0), to.read());
      to.write(result.value);
      e.setFlags(result);
    },
    { asm: "neg rm", lock: true },
  ),
  insn(
    "XADD",
    "0F C0+w /r",
    ["size", "rm"],
    (e, { size, reg, ...place }) => {
      const to = e.place(size, place);
      const [old, by] = [to.read(), e.reg(size, reg)];
      const result = add(e, size, old, by);
      // The sum stays where both are one register, and neither is written where the store faults.
      if (place.rm === RM_REGISTER) e.setReg(size, reg, old);
      to.write(result.value);
      if (place.rm !== RM_REGISTER) e.setReg(size, reg, old);
      e.setFlags(result);
    },
    { asm: "xadd rm, reg", lock: true },
  ),
  insn(
    "CMPXCHG",
    "0F B0+w /r",
    ["size", "rm"],
    (e, { size, reg, ...place }) => {
      const to = e.place(size, place);
      const [old, expected] = [to.read(), e.reg(size, RAX)];
      const result = subtract(e, size, expected, old);
      const wanted = e.reg(size, reg);
      // Memory is always written, with what it has where that is not what was expected; a register is not.
      if (place.rm !== RM_REGISTER) to.write(e.select(result.flags.z, wanted, old));
      e.if(
        result.flags.z,
        () => (place.rm === RM_REGISTER ? to.write(wanted) : undefined),
        () => e.setReg(size, RAX, old),
      );
      e.setFlags(result);
    },
    { asm: "cmpxchg rm, reg", lock: true },
  ),
  insn(
    "CMPXCHG8B, CMPXCHG16B",
    "0F C7 /1",
    ["size", "rm"],
    (e, { size, ...place }) => {
      e.requireFeature(FEATURE.CX8);
      if (size === 64) exchange16(e, e.address(place));
      else exchange8(e, e.address(place));
    },
    { asm: "cmpxchg8b m64", place: "memory", lock: true },
  ),
];

function withImmediate(e: X86, op: number, size: Size, to: Place, imm: Operand): void {
  const result = operate(e, op, size, to.read(), e.immediate(size, imm));
  if (op !== CMP) to.write(result.value);
  e.setFlags(result);
}

function test(e: X86, size: Size, a: Value, b: Value): void {
  e.setFlags(logical(e, size, e.and(e.width(size), a, b)));
}

/** EDX:EAX and ECX:EBX. */
function exchange8(e: X86, address: Value): void {
  const pair = (high: number, low: number): Value =>
    e.or(64, e.shl(64, e.wide(e.reg(32, high)), 32), e.wide(e.reg(32, low)));
  const old = e.load(64, address);
  const equal = e.eq(64, old, pair(RDX, RAX));
  e.store(64, address, e.select(equal, pair(1, 3), old));
  e.if(e.eqz(32, equal), () => {
    e.setReg(32, RAX, e.wrap(old));
    e.setReg(32, RDX, e.wrap(e.shrU(64, old, 32)));
  });
  e.changeFlags({ z: equal });
}

/** RDX:RAX and RCX:RBX; misaligned, it faults whatever CR0 says. */
function exchange16(e: X86, address: Value): void {
  e.requireAligned(128, address);
  const old = e.load(128, address);
  const [low, high] = [e.op("i64x2.extract_lane", old, 0), e.op("i64x2.extract_lane", old, 1)];
  const equal = e.and(32, e.eq(64, low, e.reg(64, RAX)), e.eq(64, high, e.reg(64, RDX)));
  const wanted = e.op("i64x2.replace_lane", e.op("i64x2.splat", e.reg(64, 3)), e.reg(64, 1), 1);
  e.store(128, address, e.select(equal, wanted, old));
  e.if(e.eqz(32, equal), () => {
    e.setReg(64, RAX, low);
    e.setReg(64, RDX, high);
  });
  e.changeFlags({ z: equal });
}
