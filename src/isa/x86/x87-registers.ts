import type { Operand, Value } from "../index.ts";
import type { X86 } from "./emitter.ts";
import { insn, type Insn86 } from "./insn.ts";
import type { MemFields } from "./simd.ts";
import { begin, BIAS, C0, C2, C3, CONDITIONS, LEAD, note, operate, operateAt, pop, settle, turn } from "./x87.ts";
import { COM, COMP, SUB } from "./x87-arithmetic.ts";
import { DOUBLE, examine, INTEGER, SINGLE } from "./x87-convert.ts";
import {
  changeSign,
  compareFlags,
  compareRegister,
  exchange,
  extractTop,
  free,
  loadConstant,
  loadExtended,
  loadRegister,
  moveIf,
  partialRemainder,
  root,
  scaleTop,
  storeQuietly,
  storeRegister,
  test,
  toInteger,
  withMemory,
  withRegister,
} from "./x87-operations.ts";

/** Volume 2: x87's instructions on registers, and arithmetic with memory. */

/** Conditions that the manual leaves undefined, as bits of the status word. */
const UNDEFINED = C0 | C2 | C3;

const NAMES = ["fadd", "fmul", "fcom", "fcomp", "fsub", "fsubr", "fdiv", "fdivr"] as const;

/** What memory has, as an i64: integers with their sign. */
function loadOperand(e: X86, kind: number, bits: 16 | 32 | 64, address: Value): Value {
  const value = e.load(bits, address);
  if (bits === 64) return value;
  return kind === INTEGER ? e.signExtend(64, value, bits) : e.wide(value);
}

const memoryRow = (opcode: string, kind: number, bits: 16 | 32 | 64): Insn86 =>
  insn(
    `${kind === INTEGER ? "FIADD to FIDIVR" : "FADD to FDIVR"} (${bits} bits)`,
    `${opcode} /op`,
    ["op"],
    (e, { op, ...place }) =>
      operateAt(e, place as MemFields, (address) => {
        const operand = loadOperand(e, kind, bits, address);
        e.call(withMemory, e.i32(op), e.i32(kind), operand);
      }),
    {
      asm: NAMES.map((name) => `${kind === INTEGER ? name.replace("f", "fi") : name} rm`),
      place: "memory",
      undefinedConditions: ({ op }) => (op === COM || op === COMP ? 0 : UNDEFINED),
    },
  );

type Fields = { readonly i: Operand };
const onRegister = (
  name: string,
  opcode: string,
  run: (e: X86, i: Value) => void,
  undefinedConditions: number = UNDEFINED,
): Insn86 =>
  insn(name, `${opcode}+i` as "D8 C0+i", [], (e, { i }: Fields) => operate(e, () => run(e, e.imm(32, i))), {
    asm: `${name.split(" ")[0]!.toLowerCase()} st(i)`,
    undefinedConditions,
  });

/** D8, DC and DE: to ST(0), to ST(i), to ST(i) with a pop. */
const registerRows = ([opcode, to, pops]: readonly [string, string, number]): Insn86[] =>
  NAMES.flatMap((name, op) => {
    if (op === COM || op === COMP) return [];
    // What goes to ST(i) has its operands in the other order, and is named so.
    const called = to === "ST(0)" || op < SUB ? name : NAMES[op ^ 1]!;
    const byte = (0xc0 + 8 * op).toString(16).toUpperCase();
    return onRegister(`${called.toUpperCase()}${pops ? "P" : ""} (to ${to})`, `${opcode} ${byte}`, (e, i) => {
      const destination = to === "ST(0)" ? e.i32(0) : i;
      e.call(withRegister, e.i32(op), i, destination, e.i32(pops));
    });
  });

const compares = (name: string, opcode: string, quiet: number, pops: number): Insn86 =>
  onRegister(name, opcode, (e, i) => e.call(compareRegister, i, e.i32(quiet), e.i32(pops)), 0);
const comparesToFlags = (name: string, opcode: string, quiet: number, pops: number): Insn86 =>
  onRegister(name, opcode, (e, i) => {
    const found = e.call(compareFlags, i, e.i32(quiet), e.i32(pops));
    const is = (bit: number): Value => e.ne(32, e.and(32, found, e.i32(bit)), e.i32(0));
    const none = e.i32(0);
    e.setFlags({ flags: { c: is(C0), p: is(C2), z: is(C3), a: none, s: none, o: none } });
  });

/** Whole instructions of two bytes. */
const plain = (name: string, opcode: string, run: (e: X86) => void, undefinedConditions: number = UNDEFINED): Insn86 =>
  insn(name, opcode, [], (e) => operate(e, () => run(e)), { asm: name.toLowerCase(), undefinedConditions });

const MOVES = ["B", "E", "BE", "U"] as const;
const moves = MOVES.flatMap((name, n) =>
  [false, true].map((not) =>
    onRegister(
      `FCMOV${not ? "N" : ""}${name}`,
      `${not ? "DB" : "DA"} ${(0xc0 + 8 * n).toString(16).toUpperCase()}`,
      (e, i) => {
        const { c, z, p } = e.flags();
        const holds = [c, z, e.or(32, c, z), p][n]!;
        e.call(moveIf, i, not ? e.eqz(32, holds) : holds);
      },
    ),
  ),
);

/** Name, second byte, exponent, significand cut off, and whether the next one is nearer. */
const CONSTANTS = [
  ["FLDL2T", "E9", 0x4000, 0xd49a_784b_cd1b_8afen, 0],
  ["FLDL2E", "EA", 0x3fff, 0xb8aa_3b29_5c17_f0bbn, 1],
  ["FLDPI", "EB", 0x4000, 0xc90f_daa2_2168_c234n, 1],
  ["FLDLG2", "EC", 0x3ffd, 0x9a20_9a84_fbcf_f798n, 1],
  ["FLDLN2", "ED", 0x3ffe, 0xb172_17f7_d1cf_79abn, 1],
] as const;

export const x87Registers = [
  memoryRow("D8", SINGLE, 32),
  memoryRow("DC", DOUBLE, 64),
  memoryRow("DA", INTEGER, 32),
  memoryRow("DE", INTEGER, 16),
  ...(
    [
      ["D8", "ST(0)", 0],
      ["DC", "ST(i)", 0],
      ["DE", "ST(i)", 1],
    ] as const
  ).flatMap(registerRows),
  compares("FCOM", "D8 D0", 0, 0),
  compares("FCOMP", "D8 D8", 0, 1),
  compares("FCOM (DC)", "DC D0", 0, 0),
  compares("FCOMP (DC)", "DC D8", 0, 1),
  compares("FCOMP (DE)", "DE D0", 0, 1),
  compares("FUCOM", "DD E0", 1, 0),
  compares("FUCOMP", "DD E8", 1, 1),
  plain("FCOMPP", "DE D9", (e) => e.call(compareRegister, e.i32(1), e.i32(0), e.i32(2)), 0),
  plain("FUCOMPP", "DA E9", (e) => e.call(compareRegister, e.i32(1), e.i32(1), e.i32(2)), 0),
  comparesToFlags("FCOMI", "DB F0", 0, 0),
  comparesToFlags("FUCOMI", "DB E8", 1, 0),
  comparesToFlags("FCOMIP", "DF F0", 0, 1),
  comparesToFlags("FUCOMIP", "DF E8", 1, 1),
  ...moves,
  onRegister("FLD", "D9 C0", (e, i) => e.call(loadRegister, i)),
  onRegister("FXCH", "D9 C8", (e, i) => e.call(exchange, i)),
  onRegister("FXCH (DD)", "DD C8", (e, i) => e.call(exchange, i)),
  onRegister("FXCH (DF)", "DF C8", (e, i) => e.call(exchange, i)),
  onRegister("FST", "DD D0", (e, i) => e.call(storeRegister, i, e.i32(0))),
  onRegister("FSTP", "DD D8", (e, i) => e.call(storeRegister, i, e.i32(1))),
  onRegister("FSTP (D9)", "D9 D8", (e, i) => e.call(storeQuietly, i)),
  onRegister("FSTP (DF D0)", "DF D0", (e, i) => e.call(storeRegister, i, e.i32(1))),
  onRegister("FSTP (DF D8)", "DF D8", (e, i) => e.call(storeRegister, i, e.i32(1))),
  onRegister("FFREE", "DD C0", (e, i) => e.call(free, i)),
  onRegister("FFREEP", "DF C0", (e, i) => {
    e.call(free, i);
    pop(e);
  }),
  plain("FNOP", "D9 D0", () => {}),
  plain("FCHS", "D9 E0", (e) => e.call(changeSign, e.i32(0xffff), e.i32(0x8000))),
  plain("FABS", "D9 E1", (e) => e.call(changeSign, e.i32(0x7fff), e.i32(0))),
  plain("FTST", "D9 E4", (e) => e.call(test), 0),
  plain(
    "FXAM",
    "D9 E5",
    (e) => {
      begin(e);
      note(e, e.call(examine));
      settle(e, CONDITIONS);
    },
    0,
  ),
  plain("FLD1", "D9 E8", (e) => e.call(loadExtended, e.i32(BIAS), e.i64(LEAD))),
  plain("FLDZ", "D9 EE", (e) => e.call(loadExtended, e.i32(0), e.i64(0))),
  ...CONSTANTS.map(([name, byte, exponent, significand, nearer]) =>
    plain(name, `D9 ${byte}`, (e) => e.call(loadConstant, e.i32(exponent), e.i64(significand), e.i32(nearer))),
  ),
  plain("FPREM1", "D9 F5", (e) => e.call(partialRemainder, e.i32(1)), 0),
  plain("FPREM", "D9 F8", (e) => e.call(partialRemainder, e.i32(0)), 0),
  plain("FXTRACT", "D9 F4", (e) => e.call(extractTop)),
  plain("FSQRT", "D9 FA", (e) => e.call(root)),
  plain("FRNDINT", "D9 FC", (e) => e.call(toInteger)),
  plain("FSCALE", "D9 FD", (e) => e.call(scaleTop)),
  ...(
    [
      ["FDECSTP", "D9 F6", -1],
      ["FINCSTP", "D9 F7", 1],
    ] as const
  ).map(([name, opcode, by]) =>
    plain(name, opcode, (e) => {
      begin(e);
      settle(e);
      turn(e, by);
    }),
  ),
];
