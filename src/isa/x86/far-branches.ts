import type { Value } from "../index.ts";
import type { X86 } from "./emitter.ts";
import { farReturn, interruptReturn } from "./far-returns.ts";
import { farCall, farJump } from "./far-transfers.ts";
import { insn } from "./insn.ts";
import type { PlaceFields, Size } from "./operands.ts";

/** A far pointer in memory. */
function pointer(e: X86, size: Size, place: PlaceFields): { offset: Value; selector: Value } {
  const offset = e.wide(e.load(size, e.address(place)));
  return { offset, selector: e.load(16, e.addressWith(place, e.i64(size / 8))) };
}
/** The same in the instruction. */
const offsetOf = (e: X86, size: Size, imm: Parameters<X86["immediate"]>[1]): Value => e.wide(e.immediate(size, imm));

/** Volume 2: JMP, CALL and RET to other segments, IRET. */
export const farBranches = [
  insn(
    "JMP (far)",
    "EA cp i64",
    ["size"],
    (e, { size, imm, selector, length }) =>
      e.leaveBy(farJump, e.imm(32, selector), offsetOf(e, size, imm), e.next(length)),
    { asm: "ljmp selector, imm" },
  ),
  insn(
    "JMP (far, in memory)",
    "FF /5",
    ["size", "rm"],
    (e, { size, ...place }) => {
      const { offset, selector } = pointer(e, size, place);
      e.leaveBy(farJump, selector, offset, e.next(place.length));
    },
    { asm: "ljmp *m", place: "memory" },
  ),
  insn(
    "CALL (far)",
    "9A cp i64",
    ["size"],
    (e, { size, imm, selector, length }) =>
      e.leaveBy(farCall, e.imm(32, selector), offsetOf(e, size, imm), e.i32(size), e.next(length)),
    { asm: "lcall selector, imm" },
  ),
  insn(
    "CALL (far, in memory)",
    "FF /3",
    ["size", "rm"],
    (e, { size, ...place }) => {
      const { offset, selector } = pointer(e, size, place);
      e.leaveBy(farCall, selector, offset, e.i32(size), e.next(place.length));
    },
    { asm: "lcall *m", place: "memory" },
  ),
  insn("RET (far)", "CB", ["size"], (e, { size }) => e.leaveBy(farReturn, e.i32(size), e.i32(0)), { asm: "lret" }),
  insn(
    "RET (far, with bytes to release)",
    "CA iw",
    ["size"],
    (e, { size, imm }) => e.leaveBy(farReturn, e.i32(size), e.immediate(16, imm)),
    { asm: "lret imm" },
  ),
  insn("IRET", "CF", ["size"], (e, { size, length }) => e.leaveBy(interruptReturn, e.i32(size), e.next(length)), {
    asm: "iret",
  }),
];
