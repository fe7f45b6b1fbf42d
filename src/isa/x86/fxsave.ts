import type { Value } from "../index.ts";
import type { X86 } from "./emitter.ts";
import { EXCEPTION } from "./exception-vectors.ts";
import { insn } from "./insn.ts";
import { CODE_64 } from "./modes.ts";
import { MXCSR_MASK } from "./mxcsr.ts";
import { alignedAddress, checkFxsave, checkSse, generalPlace, type MemFields, setXmm, xmm } from "./simd.ts";
import { state } from "./state.ts";
import { loadStatus, setControl } from "./x87-pending.ts";

/** FXSAVE's area: where it has x87's registers, 16 bytes each, and the XMM registers. Volume 1, table 10-2. */
const [CONTROL, STATUS, TAGS, OPCODE, INSTRUCTION, OPERAND, MXCSR, STACK, XMM] = [0, 2, 4, 6, 8, 16, 24, 32, 160];

/** ST(n)'s physical register (i32). */
function stackRegister(e: X86, n: number, status: Value): Value {
  return e.and(32, e.add(32, e.shrU(32, status, 11), e.i32(n)), e.i32(7));
}

function checkReserved(e: X86, mxcsr: Value): void {
  e.faultIf(e.and(32, mxcsr, e.i32(~MXCSR_MASK)), EXCEPTION.GP);
}

/** Registers of XMM that code of a mode has. */
const xmmCount = (mode: number): number => (mode === CODE_64 ? 16 : 8);

function save(e: X86, mode: number, place: MemFields): void {
  checkFxsave(e);
  const address = alignedAddress(e, place);
  const at = (offset: number): Value => e.add(64, address, e.i64(offset));
  const store = (bits: 16 | 32 | 64, offset: number, value: Value): void => e.store(bits, at(offset), value);
  const status = e.read(state.fpuStatus);
  let tags = e.i32(0);
  for (let n = 0; n < 8; n++) tags = e.or(32, tags, e.shl(32, e.xor(32, e.read(state.fpuEmpty, n), e.i32(1)), n));
  store(16, CONTROL, e.read(state.fpuControl));
  store(16, STATUS, status);
  store(16, TAGS, tags);
  // Opcode and pointers: processors of AMD have them only while an exception is pending, the reference never.
  store(16, OPCODE, e.i32(0));
  [INSTRUCTION, OPERAND].forEach((offset) => store(64, offset, e.i64(0)));
  store(32, MXCSR, e.read(state.mxcsr));
  store(32, MXCSR + 4, e.i32(MXCSR_MASK));
  for (let n = 0; n < 8; n++) {
    const register = stackRegister(e, n, status);
    store(64, STACK + 16 * n, e.read(state.significand, register));
    store(64, STACK + 16 * n + 8, e.wide(e.read(state.exponent, register)));
  }
  for (let n = 0; n < xmmCount(mode); n++) e.store(128, at(XMM + 16 * n), xmm(e, n));
}

/** All is read before anything is written. */
function restore(e: X86, mode: number, place: MemFields): void {
  checkFxsave(e);
  const address = alignedAddress(e, place);
  const load = (bits: 16 | 32 | 64 | 128, offset: number): Value => e.load(bits, e.add(64, address, e.i64(offset)));
  const [control, status, tags] = [CONTROL, STATUS, TAGS].map((offset) => load(16, offset));
  const mxcsr = load(32, MXCSR);
  const numbers = Array.from({ length: 8 }, (_, n) => ({
    significand: load(64, STACK + 16 * n),
    exponent: load(16, STACK + 16 * n + 8),
  }));
  const vectors = Array.from({ length: xmmCount(mode) }, (_, n) => load(128, XMM + 16 * n));
  checkReserved(e, mxcsr);
  loadStatus(e, status!);
  setControl(e, control!);
  e.write(state.mxcsr, mxcsr);
  numbers.forEach(({ significand, exponent }, n) => {
    const register = stackRegister(e, n, status!);
    e.write(state.significand, significand, register);
    e.write(state.exponent, exponent, register);
    const valid = e.and(32, e.shrU(32, tags!, n), e.i32(1));
    e.write(state.fpuEmpty, e.xor(32, valid, e.i32(1)), n);
  });
  vectors.forEach((value, n) => setXmm(e, n, value));
}

/** Volume 2: FXSAVE, FXRSTOR, LDMXCSR, STMXCSR. */
export const fxsave = [
  insn("FXSAVE", "NP 0F AE /0", ["mode"], (e, { mode, ...place }) => save(e, mode, place), {
    asm: "fxsave m",
    place: "memory",
  }),
  insn("FXRSTOR", "NP 0F AE /1", ["mode"], (e, { mode, ...place }) => restore(e, mode, place), {
    asm: "fxrstor m",
    place: "memory",
  }),
  insn(
    "LDMXCSR",
    "NP 0F AE /2",
    [],
    (e, place) => {
      checkSse(e);
      const mxcsr = generalPlace(e, 32, place).read();
      checkReserved(e, mxcsr);
      e.write(state.mxcsr, mxcsr);
    },
    { asm: "ldmxcsr m32", place: "memory" },
  ),
  insn(
    "STMXCSR",
    "NP 0F AE /3",
    [],
    (e, place) => {
      checkSse(e);
      generalPlace(e, 32, place).write(e.read(state.mxcsr));
    },
    { asm: "stmxcsr m32", place: "memory" },
  ),
];
