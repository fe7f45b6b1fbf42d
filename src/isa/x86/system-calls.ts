import type { Emitter, Routine, Value } from "../index.ts";
import { DESC, setSegment } from "./descriptors.ts";
import { EXCEPTION } from "./exception-vectors.ts";
import { failIf } from "./exceptions.ts";
import { insn } from "./insn.ts";
import { CODE_64 } from "./modes.ts";
import { CS, RCX, RDX, RSP, SS, state, STEP_TF } from "./state.ts";
import {
  asCode,
  clearEflags,
  EFER,
  eflag,
  flag,
  flagsOf,
  ipOf,
  is64,
  longModeActive,
  protectedMode,
  readEflags,
  readSystem,
  setIp,
  systemBit,
  updateMode,
  writeEflags,
} from "./system-state.ts";

const { GP, UD } = EXCEPTION;
const DATA = DESC.G | DESC.B | DESC.P | DESC.S | DESC.RW | DESC.A;
const CODE = DATA | DESC.CODE;
const CODE_LONG = (CODE | DESC.L) & ~DESC.B;
const LEVEL_3 = 3 << 13;
/** R11. */
const R11 = 11;

/** Flat segments that no descriptor says. */
function flat(e: Emitter, segment: number, selector: Value, attributes: Value): void {
  setSegment(e, segment, e.and(32, selector, e.i32(0xffff)), { base: e.i64(0), limit: e.i32(-1), attributes });
}
const shiftedStar = (e: Emitter, by: number): Value =>
  e.and(32, e.wrap(e.shrU(64, readSystem(e, "STAR"), by)), e.i32(0xffff));
const low = (e: Emitter, value: Value): Value => e.and(64, value, e.i64(0xffff_ffff));
const plus = (e: Emitter, selector: Value, by: number): Value => e.add(32, selector, e.i32(by));
const level0 = (e: Emitter, selector: Value): Value => e.and(32, selector, e.i32(0xfffc));
const level3 = (e: Emitter, selector: Value): Value => e.or(32, selector, e.i32(3));

function goTo(e: Emitter, ip: Value): void {
  updateMode(e);
  setIp(e, ip);
  asCode(e);
}

/** Whether a single step ends with the instruction says TF as the instruction leaves it: FMASK may have cleared it, R11 set it. */
function stepByNewFlags(e: Emitter): void {
  e.write(state.stepping, e.and(32, e.read(state.stepping), e.i32(~STEP_TF)));
  e.if(eflag(e, "TF"), () => e.write(state.stepped, e.i32(1)));
}

/** (linear address to return to). */
const systemCall: Routine<Emitter> = {
  name: "systemCall",
  params: ["i64"],
  result: undefined,
  accesses: true,
  body(e, back) {
    failIf(e, e.eqz(32, systemBit(e, "EFER", EFER.SCE)), UD, e.i32(0));
    const selector = level0(e, shiftedStar(e, 32));
    const ip = ipOf(e, back!);
    const from64 = is64(e);
    const stack = level0(e, plus(e, shiftedStar(e, 32), 8));
    e.if(
      longModeActive(e),
      () => {
        e.write(state.r, ip, RCX);
        e.write(state.r, e.zeroExtend(64, e.and(32, readEflags(e), e.i32(~flag("RF")))), R11);
        const kept = e.not(32, e.wrap(readSystem(e, "FMASK")));
        writeEflags(e, e.and(32, readEflags(e), kept), e.i32(-1));
        clearEflags(e, flag("RF"));
        flat(e, SS, stack, e.i32(DATA));
        flat(e, CS, selector, e.i32(CODE_LONG));
        goTo(e, e.select(from64, readSystem(e, "LSTAR"), readSystem(e, "CSTAR")));
      },
      () => {
        e.write(state.r, low(e, ip), RCX);
        clearEflags(e, flagsOf("IF", "RF", "VM"));
        flat(e, SS, stack, e.i32(DATA));
        flat(e, CS, selector, e.i32(CODE));
        goTo(e, low(e, readSystem(e, "STAR")));
      },
    );
    stepByNewFlags(e);
  },
};

/** (1: to 64-bit code). */
const systemReturn: Routine<Emitter> = {
  name: "systemReturn",
  params: ["i32"],
  result: undefined,
  accesses: true,
  body(e, wide) {
    failIf(e, e.eqz(32, protectedMode(e)), GP, e.i32(0));
    failIf(e, e.eqz(32, systemBit(e, "EFER", EFER.SCE)), UD, e.i32(0));
    failIf(e, e.read(state.privilege), GP, e.i32(0));
    const selector = shiftedStar(e, 48);
    const ip = e.read(state.r, RCX);
    const to64 = e.and(32, wide!, longModeActive(e));
    e.if(
      longModeActive(e),
      () =>
        writeEflags(
          e,
          e.wrap(e.read(state.r, R11)),
          e.i32(flagsOf("TF", "AC", "ID", "IF", "VM", "RF", "NT") | (3 << 12)),
        ),
      () => {
        e.write(state.eflags, e.or(32, e.read(state.eflags), e.i32(flag("IF"))));
        e.interruptsChanged();
      },
    );
    flat(e, SS, level3(e, plus(e, selector, 8)), e.i32(DATA | LEVEL_3));
    const code = e.select(to64, level3(e, plus(e, selector, 16)), level3(e, selector));
    flat(e, CS, code, e.select(to64, e.i32(CODE_LONG | LEVEL_3), e.i32(CODE | LEVEL_3)));
    goTo(e, e.select(to64, ip, low(e, ip)));
    stepByNewFlags(e);
  },
};

const sysenter: Routine<Emitter> = {
  name: "sysenter",
  params: [],
  result: undefined,
  accesses: true,
  body(e) {
    const selector = e.wrap(readSystem(e, "SYSENTER_CS"));
    failIf(e, e.eqz(32, protectedMode(e)), GP, e.i32(0));
    failIf(e, e.eqz(32, selector), GP, e.i32(0));
    clearEflags(e, flagsOf("VM", "IF", "RF"));
    flat(e, SS, level0(e, plus(e, selector, 8)), e.i32(DATA));
    flat(e, CS, level0(e, selector), e.select(longModeActive(e), e.i32(CODE_LONG), e.i32(CODE)));
    e.write(state.r, readSystem(e, "SYSENTER_ESP"), RSP);
    goTo(e, readSystem(e, "SYSENTER_EIP"));
  },
};

/** (1: to 64-bit code). */
const sysexit: Routine<Emitter> = {
  name: "sysexit",
  params: ["i32"],
  result: undefined,
  accesses: true,
  body(e, wide) {
    const selector = e.wrap(readSystem(e, "SYSENTER_CS"));
    failIf(e, e.eqz(32, protectedMode(e)), GP, e.i32(0));
    failIf(e, e.or(32, e.eqz(32, selector), e.read(state.privilege)), GP, e.i32(0));
    const first = e.select(wide!, e.i32(32), e.i32(16));
    const at = (by: number): Value => level3(e, level0(e, e.add(32, selector, plus(e, first, by))));
    flat(e, SS, at(8), e.i32(DATA | LEVEL_3));
    flat(e, CS, at(0), e.select(wide!, e.i32(CODE_LONG | LEVEL_3), e.i32(CODE | LEVEL_3)));
    const cut = (register: number): Value => {
      const value = e.read(state.r, register);
      return e.select(wide!, value, low(e, value));
    };
    const [stack, ip] = [cut(RCX), cut(RDX)];
    e.write(state.r, stack, RSP);
    goTo(e, ip);
  },
};

/** Volume 2: SYSCALL, SYSRET, SYSENTER, SYSEXIT. The last two are no instructions of AMD's 64-bit code, whose name this core has. */
export const systemCalls = [
  insn("SYSCALL", "0F 05", [], (e, { length }) => e.leaveBy(systemCall, e.next(length)), { asm: "syscall" }),
  insn("SYSRET", "0F 07", ["size"], (e, { size }) => e.leaveBy(systemReturn, e.i32(size === 64 ? 1 : 0)), {
    asm: "sysret",
  }),
  insn("SYSENTER", "0F 34", ["mode"], (e, { mode }) => (mode === CODE_64 ? e.fault(UD) : e.leaveBy(sysenter)), {
    asm: "sysenter",
  }),
  insn(
    "SYSEXIT",
    "0F 35",
    ["mode", "size"],
    (e, { mode, size }) => (mode === CODE_64 ? e.fault(UD) : e.leaveBy(sysexit, e.i32(size === 64 ? 1 : 0))),
    { asm: "sysexit" },
  ),
];
