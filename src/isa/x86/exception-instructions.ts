import type { Emitter, Routine, Value } from "../index.ts";
import type { X86 } from "./emitter.ts";
import { EXCEPTION } from "./exception-vectors.ts";
import { deliver, EXTERNAL, failIf, SOFTWARE } from "./exceptions.ts";
import { insn } from "./insn.ts";
import type { Size } from "./operands.ts";
import { ioPrivilege, virtual86 } from "./system-state.ts";

/** (vector, linear address to return to): INT n, which virtual-8086 mode may not do as it likes. */
const softwareInterrupt: Routine<Emitter> = {
  name: "softwareInterrupt",
  params: ["i32", "i64"],
  result: undefined,
  accesses: true,
  body(e, vector, back) {
    const refused = e.and(32, virtual86(e), e.ne(32, ioPrivilege(e), e.i32(3)));
    failIf(e, refused, EXCEPTION.GP, e.i32(0));
    e.call(deliver, vector!, e.i32(0), back!, e.i32(SOFTWARE));
  },
};

const trap = (e: X86, vector: number, back: Value, kind: number): void =>
  e.leaveBy(deliver, e.i32(vector), e.i32(0), back, e.i32(kind));

/** Volume 2: INT n, INT3, INTO, INT1, BOUND, UD0, UD1. */
export const exceptionInstructions = [
  insn("INT3", "CC", [], (e, { length }) => trap(e, EXCEPTION.BP, e.next(length), SOFTWARE), { asm: "int3" }),
  insn("INT", "CD ib", [], (e, { length, imm }) => e.leaveBy(softwareInterrupt, e.immediate(8, imm), e.next(length)), {
    asm: "int imm",
  }),
  insn(
    "INTO",
    "CE i64",
    [],
    (e, { length }) => e.if(e.flags().o, () => trap(e, EXCEPTION.OF, e.next(length), SOFTWARE)),
    { asm: "into" },
  ),
  insn("INT1", "F1", [], (e, { length }) => trap(e, EXCEPTION.DB, e.next(length), EXTERNAL), { asm: "int1" }),
  insn(
    "BOUND",
    "62 /r i64",
    ["size", "rm"],
    (e, { size, reg, ...place }) => {
      const signed = (value: Value): Value => e.extended(size, value);
      const [index, lower] = [signed(e.reg(size, reg)), signed(e.load(size, e.address(place)))];
      const upper = signed(e.load(size, e.addressWith(place, e.i64(size / 8))));
      const width = e.width(size as Size);
      e.faultIf(e.or(32, e.ltS(width, index, lower), e.ltS(width, upper, index)), EXCEPTION.BR);
    },
    { asm: "bound reg, rm", place: "memory" },
  ),
  insn("UD1", "0F B9 /r", ["rm"], (e) => e.fault(EXCEPTION.UD), { asm: "ud1 reg, rm" }),
  insn("UD0", "0F FF /r", ["rm"], (e) => e.fault(EXCEPTION.UD), { asm: "ud0 reg, rm" }),
];
