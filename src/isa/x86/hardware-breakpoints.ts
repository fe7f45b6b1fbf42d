import { ACCESS_WRITE, type Emitter, PAGE_SLOW, type Routine, type Value } from "../index.ts";
import { EXCEPTION } from "./exception-vectors.ts";
import { raise } from "./exceptions.ts";
import { state, STEP_HIT, type SystemSlot } from "./state.ts";
import { eflag, readSystem, writeSystem } from "./system-state.ts";

/**
 * DR0 to DR3, as DR7 arms them. Volume 3, 17.2. As on the reference, ports are looked at whatever CR4.DE says, and addresses
 * need not be aligned.
 */
export const BREAKPOINTS = 4;
/** What an address is of: instructions, stores, ports, loads and stores. */
const [EXECUTED, STORED, PORT, ACCESSED] = [0, 1, 2, 3] as const;

const address = (e: Emitter, n: number): Value => readSystem(e, `DR${n}` as SystemSlot);
const control = (e: Emitter, lsb: number, bits: number): Value =>
  e.and(32, e.shrU(32, e.wrap(readSystem(e, "DR7")), lsb), e.i32(2 ** bits - 1));
/** Not 0 where any is enabled. */
export const armed = (e: Emitter): Value => control(e, 0, 2 * BREAKPOINTS);
const enabled = (e: Emitter, n: number): Value => e.ne(32, control(e, 2 * n, 2), e.i32(0));
const kind = (e: Emitter, n: number): Value => control(e, 16 + 4 * n, 2);
/** Whether one is enabled for what one of these kinds is. */
const is = (e: Emitter, n: number, ...kinds: readonly number[]): Value =>
  kinds.map((one) => e.and(32, enabled(e, n), e.eq(32, kind(e, n), e.i32(one)))).reduce((a, b) => e.or(32, a, b));
/** Its bytes (i64): 1, 2, 8, 4. */
function length(e: Emitter, n: number): Value {
  const code = control(e, 18 + 4 * n, 2);
  return e.zeroExtend(64, e.select(e.eq(32, code, e.i32(2)), e.i32(8), e.add(32, code, e.i32(1))));
}
const numbers = Array.from({ length: BREAKPOINTS }, (_, n) => n);
const all = (e: Emitter, bits: (n: number) => Value): Value =>
  numbers.map((n) => e.shl(32, bits(n), n)).reduce((a, b) => e.or(32, a, b));
const overlaps = (e: Emitter, n: number, from: Value, bytes: Value): Value => {
  const start = address(e, n);
  const below = e.ltU(64, start, e.add(64, from, bytes));
  return e.and(32, below, e.ltU(64, from, e.add(64, start, length(e, n))));
};

/** B0 to B3 become those of what was hit (i32) and, but for a port, of the instruction at an address, enabled or not. */
export function tellHits(e: Emitter, hits: Value, at: Value): void {
  const here = all(e, (n) => e.and(32, e.eq(32, kind(e, n), e.i32(EXECUTED)), e.eq(64, address(e, n), at)));
  const ports = e.and(
    32,
    hits,
    all(e, (n) => e.eq(32, kind(e, n), e.i32(PORT))),
  );
  const told = e.select(ports, hits, e.or(32, hits, here));
  const kept = e.and(64, readSystem(e, "DR6"), e.i64(~15n));
  writeSystem(e, "DR6", e.or(64, kept, e.zeroExtend(64, told)));
}

/** (n i32) → i64: where an instruction asks before it runs, or -1. */
export const breakpointAddress: Routine<Emitter> = {
  name: "breakpointAddress",
  params: ["i32"],
  result: "i64",
  body(e, n) {
    for (const k of numbers) e.if(e.and(32, e.eq(32, n!, e.i32(k)), is(e, k, EXECUTED)), () => e.return(address(e, k)));
    return e.i64(-1);
  },
};

/** () → i32: 1 where the instruction's exception was taken instead of it. RF lets it by. */
export const breakpoint: Routine<Emitter> = {
  name: "breakpoint",
  params: [],
  result: "i32",
  accesses: true,
  body(e) {
    const hit = all(e, (n) => e.and(32, is(e, n, EXECUTED), e.eq(64, address(e, n), e.pc())));
    e.if(e.select(eflag(e, "RF"), e.i32(0), hit), () => {
      tellHits(e, e.i32(0), e.pc());
      e.call(raise, e.i32(EXCEPTION.DB), e.i32(0));
      e.return(e.i32(1));
    });
    return e.i32(0);
  },
};

/** A debug exception comes after the step in execution. */
function hit(e: Emitter, hits: Value): void {
  e.if(hits, () => {
    e.write(state.stepped, e.or(32, e.read(state.stepped), e.mul(32, hits, e.i32(STEP_HIT))));
    e.leave();
  });
}

/**
 * (va i64, bytes i32, access i32) → i32: 0, since it is a trap. Asked where `watchedPage` says so.
 */
export const watchpoint: Routine<Emitter> = {
  name: "watchpoint",
  params: ["i64", "i32", "i32"],
  result: "i32",
  body(e, va, bytes, access) {
    const store = e.ne(32, e.and(32, access!, e.i32(ACCESS_WRITE)), e.i32(0));
    const length64 = e.zeroExtend(64, bytes!);
    const wanted = (n: number): Value => e.or(32, is(e, n, ACCESSED), e.and(32, store, is(e, n, STORED)));
    hit(
      e,
      all(e, (n) => e.and(32, wanted(n), overlaps(e, n, va!, length64))),
    );
    return e.i32(0);
  },
};

/** (va i64) → i32: PAGE_SLOW where an address of its page is watched. */
export const watchedPage: Routine<Emitter> = {
  name: "watchedDataPage",
  params: ["i64"],
  result: "i32",
  body(e, va) {
    const page = e.and(64, va!, e.i64(-4096));
    const near = all(e, (n) => e.and(32, is(e, n, STORED, ACCESSED), overlaps(e, n, page, e.i64(4096))));
    return e.select(near, e.i32(PAGE_SLOW), e.i32(0));
  },
};

/** (port, bytes): after an access to it. */
export const portAccessed: Routine<Emitter> = {
  name: "portAccessed",
  params: ["i32", "i32"],
  result: undefined,
  body(e, port, bytes) {
    const [from, count] = [e.zeroExtend(64, port!), e.zeroExtend(64, bytes!)];
    hit(
      e,
      all(e, (n) => e.and(32, is(e, n, PORT), overlaps(e, n, from, count))),
    );
  },
};
