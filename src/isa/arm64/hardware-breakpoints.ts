import { ACCESS_UNPRIVILEGED, ACCESS_WRITE, type Routine, type Value } from "../index.ts";
import type { A64 } from "./emitter.ts";
import { takeSynchronous } from "./exceptions.ts";
import { debugExceptionsEnabled, MDSCR_MDE, stepActive, WATCHPOINTS, watchpointsEnabled } from "./self-hosted-debug.ts";
import { state, type SystemSlot } from "./state.ts";
import { bitOf, readSystem, systemBit, writeSystem } from "./system-state.ts";

/**
 * The guest's own breakpoints and watchpoints (D2.8, D2.9), as QEMU has them: by address, which may be linked to a
 * context; a context by itself never hits.
 */

export const BREAKPOINTS = 6;
/** The last ones compare contexts, too (ID_AA64DFR0_EL1.CTX_CMPs). */
const CONTEXT_BREAKPOINTS = [4, 5] as const;
const EC_BREAKPOINT = 0x30;
const EC_WATCHPOINT = 0x34;
const DEBUG_STATUS = 0x22;
const WRITE_NOT_READ = 1 << 6;

const field = (e: A64, value: Value, lsb: number, bits: number): Value =>
  e.wrap(e.and(64, e.shrU(64, value, lsb), e.i64(2 ** bits - 1)));

const control = (e: A64, kind: "B" | "W", n: number): Value => readSystem(e, `DBG${kind}CR${n}_EL1` as SystemSlot);
const address = (e: A64, kind: "B" | "W", n: number): Value => readSystem(e, `DBG${kind}VR${n}_EL1` as SystemSlot);

/** Whether a control register is enabled for a level (i32, 0 or 1), in the only security state there is. */
function enabledFor(e: A64, value: Value, level: Value): Value {
  // PAC and PMC: bit 0 is EL1, bit 1 EL0. SSC 2 is for the secure state.
  const here = e.and(32, e.shrU(32, field(e, value, 1, 2), e.eqz(32, level)), e.i32(1));
  const secure = e.eq(32, field(e, value, 14, 2), e.i32(2));
  return e.and(32, e.and(32, bitOf(e, value, 0), here), e.eqz(32, secure));
}

/** Whether what a control register is linked to, if anything, is the context of now (i32). */
function inContext(e: A64, value: Value): Value {
  const matches = CONTEXT_BREAKPOINTS.map((n) => {
    const context = control(e, "B", n);
    // Types 3 and 7: linked, by CONTEXTIDR_EL1.
    const byContext = e.eq(32, e.and(32, field(e, context, 20, 4), e.i32(0xb)), e.i32(3));
    const named = e.eq(32, field(e, value, 16, 4), e.i32(n));
    const same = e.eq(32, e.wrap(readSystem(e, "CONTEXTIDR_EL1")), e.wrap(address(e, "B", n)));
    return e.and(32, e.and(32, bitOf(e, context, 0), byContext), e.and(32, named, same));
  });
  return e.or(32, e.eqz(32, bitOf(e, value, 20)), e.or(32, matches[0]!, matches[1]!));
}

const hitRoutines = Array.from({ length: WATCHPOINTS }, (_, n) => watchpointHit(n));

/** (va i64, bytes i32, access i32) → i32: 1 when a watchpoint's exception was taken instead of the access. */
export const watchpoint: Routine<A64> = {
  name: "watchpoint",
  params: ["i64", "i32", "i32"],
  result: "i32",
  body(e, va, bytes, access) {
    const enabled = e.and(32, watchpointsEnabled(e), debugExceptionsEnabled(e));
    e.if(e.eqz(32, enabled), () => e.return(e.i32(0)));
    for (const routine of hitRoutines) e.if(e.call(routine, va!, bytes!, access!), () => e.return(e.i32(1)));
    return e.i32(0);
  },
};

function watchpointHit(n: number): Routine<A64> {
  return {
    name: `watchpoint${n}`,
    params: ["i64", "i32", "i32"],
    result: "i32",
    body(e, va, bytes, access) {
      const none = (): void => e.return(e.i32(0));
      const value = control(e, "W", n);
      const unprivileged = e.ne(32, e.and(32, access!, e.i32(ACCESS_UNPRIVILEGED)), e.i32(0));
      const level = e.and(32, e.read(state.el), e.eqz(32, unprivileged));
      e.if(e.eqz(32, e.and(32, enabledFor(e, value, level), inContext(e, value))), none);
      const write = e.and(32, access!, e.i32(ACCESS_WRITE));
      // LSC: bit 0 loads, bit 1 stores.
      e.if(e.eqz(32, e.and(32, e.shrU(32, field(e, value, 3, 2), write), e.i32(1))), none);
      const mask = field(e, value, 24, 5);
      e.if(e.eq(32, e.shrU(32, e.add(32, mask, e.i32(1)), 1), e.i32(1)), none); // 1 and 2 are reserved
      const base = address(e, "W", n);
      // The bytes that BAS selects: its first run of ones.
      const low = e.select(bitOf(e, base, 2), e.i32(15), e.i32(255));
      const selected = e.and(32, field(e, value, 5, 8), low);
      e.if(e.eqz(32, e.or(32, mask, selected)), none);
      const first = e.op("i32.ctz", selected);
      const run = e.op("i32.ctz", e.not(32, e.shrU(32, selected, first)));
      const size = e.shl(64, e.i64(1), e.zeroExtend(64, mask));
      const start = e.select(mask, e.and(64, base, e.neg(64, size)), e.add(64, base, e.zeroExtend(64, first)));
      const length = e.select(mask, size, e.zeroExtend(64, run));
      const end = e.add(64, start, length);
      const accessEnd = e.add(64, va!, e.zeroExtend(64, bytes!));
      e.if(e.eqz(32, e.and(32, e.ltU(64, start, accessEnd), e.ltU(64, va!, end))), none);
      writeSystem(e, "FAR_EL1", e.select(e.ltU(64, va!, start), start, va!));
      const iss = e.or(32, e.mul(32, write, e.i32(WRITE_NOT_READ)), e.i32(DEBUG_STATUS));
      takeSynchronous(e, e.add(32, e.i32(EC_WATCHPOINT), e.read(state.el)), iss, e.pc());
      return e.i32(1);
    },
  };
}

/** Whether breakpoint n could hit at some level, by its control register and MDSCR_EL1. */
function armed(e: A64, n: number): Value {
  const value = control(e, "B", n);
  // Types 0 and 1 compare addresses.
  const byAddress = e.eqz(32, field(e, value, 21, 3));
  const bytes = e.ne(32, field(e, value, 5, 4), e.i32(0));
  return e.and(32, e.and(32, bitOf(e, value, 0), systemBit(e, "MDSCR_EL1", MDSCR_MDE)), e.and(32, byAddress, bytes));
}

/** Sign-extended from bit 48. BAS 1100 is for the upper half of a word, where no A64 instruction begins. */
function target(e: A64, n: number): Value {
  const word = e.and(64, e.shrS(64, e.shl(64, address(e, "B", n), 15), 15), e.i64(-4));
  return e.add(64, word, e.select(e.eq(32, field(e, control(e, "B", n), 5, 4), e.i32(12)), e.i64(2), e.i64(0)));
}

/** (n i32) → i64: where breakpoint n is, or -1 when it is off. */
export const breakpointAddress: Routine<A64> = {
  name: "breakpointAddress",
  params: ["i32"],
  result: "i64",
  body(e, n) {
    for (let k = 0; k < BREAKPOINTS; k++)
      e.if(e.and(32, e.eq(32, n!, e.i32(k)), armed(e, k)), () => e.return(target(e, k)));
    return e.i64(-1);
  },
};

/** () → i32: 1 when the exception of a breakpoint at the instruction was taken. */
export const breakpoint: Routine<A64> = {
  name: "breakpoint",
  params: [],
  result: "i32",
  body(e) {
    const pending = e.and(32, stepActive(e), e.eqz(32, e.read(state.singleStep)));
    e.if(e.or(32, pending, e.eqz(32, debugExceptionsEnabled(e))), () => e.return(e.i32(0)));
    for (let n = 0; n < BREAKPOINTS; n++) {
      const value = control(e, "B", n);
      const enabled = e.and(32, enabledFor(e, value, e.read(state.el)), inContext(e, value));
      const here = e.and(32, enabled, e.eq(64, target(e, n), e.pc()));
      e.if(e.and(32, armed(e, n), here), () => {
        writeSystem(e, "FAR_EL1", e.i64(0));
        takeSynchronous(e, e.add(32, e.i32(EC_BREAKPOINT), e.read(state.el)), e.i32(DEBUG_STATUS), e.pc());
        e.return(e.i32(1));
      });
    }
    return e.i32(0);
  },
};
