import { ACCESS_FETCH, ACCESS_WRITE, type Emitter, type Routine, type Value } from "../index.ts";
import { currentFlags } from "./flags.ts";
import { debugExceptionsEnabled, leaveIfStepping, stepActive } from "./self-hosted-debug.ts";
import { state } from "./state.ts";
import { changeLevel, updateCounterFilter } from "./performance-counters.ts";
import { branchAddress } from "./translation.ts";
import { bitOf, readSystem, selectStack, selectTables, updateFpTrap, writeSystem } from "./system-state.ts";

const EC_ILLEGAL_STATE = 0x0e;
const EC_INSTRUCTION_ABORT = 0x20;
const EC_PC_ALIGNMENT = 0x22;
const EC_DATA_ABORT = 0x24;

const FSC_EXTERNAL = 0x10;
const FSC_ALIGNMENT = 0x21;
const WRITE_NOT_READ = 1 << 6;

const VECTOR_SYNCHRONOUS = 0;
const VECTOR_IRQ = 0x80;

const DAIF_I = 2;

/** PSTATE as SPSR_EL1 holds it (C5.2.18), an i64. */
function savedPstate(e: Emitter): Value {
  const { n, z, c, v } = currentFlags(e);
  const parts: [Value, number][] = [
    [n, 31],
    [z, 30],
    [c, 29],
    [v, 28],
    [e.read(state.singleStep), 21],
    [e.read(state.illegalState), 20],
    [e.read(state.daif), 6],
    [e.read(state.el), 2],
    [e.read(state.spsel), 0],
  ];
  return e.zeroExtend(
    64,
    parts.map(([field, lsb]) => e.shl(32, field, lsb)).reduce((a, b) => e.or(32, a, b)),
  );
}

/** AArch64.TakeException() to EL1h; sets `pc` to the vector. The manual's D1.10. */
function takeException(e: Emitter, returnAddress: Value, vector: number, retires = false): void {
  const pstate = savedPstate(e);
  const el = e.read(state.el);
  const source = e.select(el, e.shl(32, e.read(state.spsel), 9), e.i32(0x400));
  writeSystem(e, "SPSR_EL1", pstate);
  writeSystem(e, "ELR_EL1", returnAddress);
  e.write(state.daif, e.i32(0xf));
  e.write(state.singleStep, e.i32(0));
  e.write(state.illegalState, e.i32(0));
  selectStack(e, e.i32(1));
  e.if(e.eqz(32, el), () => changeLevel(e, e.i32(1), retires));
  const offset = e.zeroExtend(64, e.add(32, source, e.i32(vector)));
  e.write(state.pc, e.add(64, readSystem(e, "VBAR_EL1"), offset));
}

/** `ec` and `iss` are i32; the instruction is always 32 bits long (ESR.IL = 1). */
export function takeSynchronous(e: Emitter, ec: Value, iss: Value, returnAddress: Value, retires = false): void {
  const syndrome = e.or(32, e.shl(32, ec, 26), e.or(32, iss, e.i32(1 << 25)));
  writeSystem(e, "ESR_EL1", e.zeroExtend(64, syndrome));
  takeException(e, returnAddress, VECTOR_SYNCHRONOUS, retires);
}

/** (ec i32, iss i32): synchronous exception to EL1, returning to the instruction itself. */
export const raise: Routine<Emitter> = {
  name: "raise",
  params: ["i32", "i32"],
  result: undefined,
  body: (e, ec, iss) => takeSynchronous(e, ec!, iss!, e.pc()),
};

/** (ec i32, iss i32): synchronous exception to EL1, returning to the next instruction. */
export const raiseReturning: Routine<Emitter> = {
  name: "raiseReturning",
  params: ["i32", "i32"],
  result: undefined,
  body(e, ec, iss) {
    // The instruction counts as stepped.
    e.write(state.singleStep, e.i32(0));
    takeSynchronous(e, ec!, iss!, e.add(64, e.pc(), e.i64(4)), true);
  },
};

const kindOf = (e: Emitter, access: Value): Value => e.and(32, access, e.i32(3));

/** An abort with a fault status code; its class tells the level it came from, ISV stays 0 as always at EL1. */
function takeAbort(e: Emitter, va: Value, access: Value, status: Value): void {
  const kind = kindOf(e, access);
  const fetch = e.eq(32, kind, e.i32(ACCESS_FETCH));
  const cause = e.select(fetch, e.i32(EC_INSTRUCTION_ABORT), e.i32(EC_DATA_ABORT));
  const write = e.select(e.eq(32, kind, e.i32(ACCESS_WRITE)), e.i32(WRITE_NOT_READ), e.i32(0));
  writeSystem(e, "FAR_EL1", va);
  takeSynchronous(e, e.add(32, cause, e.read(state.el)), e.or(32, status, write), e.select(fetch, va, e.pc()));
}

function abortRoutine(name: string, take: (e: Emitter, va: Value, access: Value) => void): Routine<Emitter> {
  return { name, params: ["i64", "i32"], result: undefined, body: (e, va, access) => take(e, va!, access!) };
}

export const abort = abortRoutine("abort", (e, va, access) => takeAbort(e, va, access, e.read(state.faultStatus)));

/** A synchronous external abort. */
export const busError = abortRoutine("busError", (e, va, access) => takeAbort(e, va, access, e.i32(FSC_EXTERNAL)));

export const alignmentAbort = abortRoutine("alignmentAbort", (e, va, access) => {
  e.if(
    e.eq(32, kindOf(e, access), e.i32(ACCESS_FETCH)),
    () => {
      writeSystem(e, "FAR_EL1", va);
      takeSynchronous(e, e.i32(EC_PC_ALIGNMENT), e.i32(0), va);
    },
    () => takeAbort(e, va, access, e.i32(FSC_ALIGNMENT)),
  );
});

const EC_SOFTWARE_STEP = 0x32;
const DEBUG_STATUS = 0x22;

/** The Software Step exception (D2.11), if it is due: before an instruction, or after one that PSTATE.SS let through. */
export const stepException: Routine<Emitter> = {
  name: "stepException",
  params: [],
  result: undefined,
  body(e) {
    e.if(e.eqz(32, stepActive(e)), () => e.return());
    const stepped = e.read(state.singleStep);
    const exclusive = e.and(32, stepped, e.read(state.loadedExclusive));
    const iss = e.or(32, e.shl(32, stepped, 24), e.or(32, e.shl(32, exclusive, 6), e.i32(DEBUG_STATUS)));
    e.write(state.singleStep, e.i32(0));
    takeSynchronous(e, e.add(32, e.i32(EC_SOFTWARE_STEP), e.read(state.el)), iss, e.read(state.pc));
  },
};

export const interrupt: Routine<Emitter> = {
  name: "interrupt",
  params: [],
  result: undefined,
  body: (e) => takeException(e, e.read(state.pc), VECTOR_IRQ),
};

export const interruptible: Routine<Emitter> = {
  name: "interruptible",
  params: [],
  result: "i32",
  body: (e) => e.eqz(32, e.and(32, e.read(state.daif), e.i32(DAIF_I))),
};

export const synchronize: Routine<Emitter> = {
  name: "synchronize",
  params: [],
  result: undefined,
  body(e) {
    updateFpTrap(e);
    updateCounterFilter(e);
    selectTables(e);
    e.selectPrivilege(e.read(state.el));
    e.flushTlb();
  },
};

/**
 * ERET at EL1 (AArch64.ExceptionReturn). A mode that does not exist here (AArch32, EL2, EL3, EL0 with SP_EL1) keeps level
 * and stack and sets PSTATE.IL. The Illegal State exception, which then comes before every instruction, is taken
 * in this same step, so that PSTATE.IL is never set between steps (a target that cannot be fetched would come first,
 * but only a misaligned one does here).
 */
export function exceptionReturn(e: Emitter): void {
  const spsr = readSystem(e, "SPSR_EL1");
  const returnAddress = readSystem(e, "ELR_EL1");
  const low = e.wrap(spsr);
  const wasDebugged = debugExceptionsEnabled(e);
  const mode = e.and(32, low, e.i32(0x1f));
  const legal = e.or(32, e.eqz(32, mode), e.eq(32, e.and(32, mode, e.i32(0x1e)), e.i32(4)));

  e.write(state.exclusiveSize, e.i32(0));
  [31, 30, 29, 28].forEach((bit, i) => e.write(state.flags, bitOf(e, spsr, bit), i));
  e.write(state.daif, e.and(32, e.shrU(32, low, 6), e.i32(0xf)));
  e.if(legal, () => {
    selectStack(e, e.and(32, mode, e.i32(1)));
    const level = e.shrU(32, mode, 2);
    e.if(e.ne(32, level, e.read(state.el)), () => changeLevel(e, level, true));
  });
  e.interruptsChanged();
  const stepping = e.and(32, stepActive(e), e.eqz(32, wasDebugged));
  e.write(state.singleStep, e.and(32, e.and(32, stepping, legal), bitOf(e, spsr, 21)));
  leaveIfStepping(e);
  // TBI of the level that is returned to: there is one regime.
  const target = branchAddress(e, returnAddress);
  const illegal = e.or(32, e.eqz(32, legal), bitOf(e, spsr, 20));
  e.if(illegal, () => {
    e.write(state.illegalState, e.i32(1));
    const misaligned = e.and(32, e.wrap(target), e.i32(3));
    e.if(misaligned, () => writeSystem(e, "FAR_EL1", target));
    const cause = e.select(misaligned, e.i32(EC_PC_ALIGNMENT), e.i32(EC_ILLEGAL_STATE));
    takeSynchronous(e, cause, e.i32(0), target);
    e.resume();
  });
  e.jump(target);
}
