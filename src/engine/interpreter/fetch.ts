import {
  ACCESS_FETCH,
  ACCESS_UNPRIVILEGED,
  type Emitter,
  type Routine,
  type Value,
  type Variable,
} from "../../isa/index.ts";
import { fetchProbe } from "../code/fetch-probe.ts";
import { RUN_ENGINE, RUN_PAGE } from "../code/run-layout.ts";
import { isMemory, physicalPage } from "../memory/physical-map.ts";
import { CODE_INDEX, ENGINE, EXIT_BREAKPOINT, STATE, TLB_FETCH } from "../layout.ts";
import { countEntry, dispatch } from "./handler-lowering.ts";
import { routineName } from "./lowering.ts";
import type { RoutineLowering } from "./routine-lowering.ts";
import type { Runtime } from "./runtime.ts";

/** How code at an address is entered: by the fetch TLB, which a page walk fills. */
export function defineFetch(r: Runtime): void {
  // (target, budget): looks the code up and goes on there.
  r.define("enter", ["i64", "i32"], undefined, (e, low, target, budget) => {
    const probe = fetchProbe(low, target, low.peek32(ENGINE.tlb), low.peek64(ENGINE.generation));
    e.if(e.eqz(32, probe.hit), () => low.f.tailCall("fetchMiss", target, budget));
    const { ip, enterPage } = probe.found();
    enterPage();
    if (r.guest.code)
      e.if(e.eqz(32, ip), () => low.f.tailCall("decodeAt", e.i32(0), e.and(32, e.wrap(target), e.i32(0xfff)), budget));
    countEntry(low, ip);
    dispatch(low, ip, budget);
  });

  r.define("fetchMiss", ["i64", "i32"], undefined, (e, low, target, budget) => {
    // For the routines, the instruction that cannot be fetched is the one in execution.
    low.poke64(ENGINE.pcBias, target);
    low.poke32(ENGINE.ip, 0);
    low.poke32(ENGINE.budget, budget);
    askBreakpoint(r, e, low, target);
    const access = fetchAccess(e, low);
    low.callFunction("touch", undefined, target, access);
    if (!r.guest.code) checkAlignment(r, e, low, target, access);
    const page = fetchedPage(r, e, low, target, access);
    const code = e.variable(low.f.load("i32", 32, e.shl(32, page, 2), CODE_INDEX));
    if (r.guest.code) findMode(e, low, code);
    e.if(e.eqz(32, e.get(code)), () => e.set(code, low.callFunction("allocateCode", "i32", page)));
    noteFetched(e, low, target, page, e.get(code));
    low.callFunction("fill", undefined, target, e.i32(TLB_FETCH), access, e.get(code));
    low.f.tailCall("enter", target, budget);
  });
}

/** Of the page's codes, the one for the mode in use. */
function findMode(e: Emitter, low: RoutineLowering, code: Variable): void {
  const other = (): Value => e.ne(32, low.f.load("i32", 32, e.get(code), RUN_PAGE.mode), low.peek32(RUN_ENGINE.mode));
  e.while(
    () => e.select(e.get(code), other(), e.i32(0)),
    () => e.set(code, low.f.load("i32", 32, e.get(code), RUN_PAGE.next)),
  );
}

/**
 * A debugger's breakpoint stops before anything is walked, also where nothing can be fetched: a stop is no step, and a
 * walk may write. Leaves the function then. Asked for places that are not looked at as others are.
 */
export function askBreakpoint(r: Runtime, e: Emitter, low: RoutineLowering, pc: Value): void {
  e.if(low.peek32(ENGINE.asks), () =>
    e.if(low.callFunction("stopsAt", "i32", pc), () => {
      low.poke64(STATE + r.guest.pc.offset, pc);
      low.poke32(ENGINE.exit, EXIT_BREAKPOINT);
      e.return();
    }),
  );
}

/** The guest's own breakpoint, whose exception accesses memory, at the instruction in execution: ends the step if it is taken. */
export function askGuest(low: RoutineLowering, breakpoint: Routine<never>): void {
  const taken = low.f.call(routineName(breakpoint), "i32")!;
  low.if(low.peek32(ENGINE.fault), () => low.f.tailCall("faulted", low.peek32(ENGINE.budget)));
  low.if(taken, () => low.f.tailCall("resume", low.peek32(ENGINE.budget)));
}

/** ACCESS_* of a fetch at the privilege in use. */
export function fetchAccess(e: Emitter, low: RoutineLowering): Value {
  const user = e.eqz(32, low.peek32(ENGINE.privilege));
  return e.or(32, e.i32(ACCESS_FETCH), e.select(user, e.i32(ACCESS_UNPRIVILEGED), e.i32(0)));
}

/** Takes an exception instead of the instruction, which cannot be fetched. What it pushes may not complete, either. */
function take(low: RoutineLowering, routine: Routine<never>, ...args: readonly Value[]): void {
  low.context.routines.add(routine);
  low.callFunction("notFetched", undefined, low.peek64(ENGINE.pcBias));
  low.f.call(routineName(routine), routine.result, ...args);
  const budget = (): Value => low.peek32(ENGINE.budget);
  if (routine.accesses) low.if(low.peek32(ENGINE.fault), () => low.f.tailCall("faulted", budget()));
  low.f.tailCall("resume", budget());
}

function checkAlignment(r: Runtime, e: Emitter, low: RoutineLowering, target: Value, access: Value): void {
  e.if(e.and(32, e.wrap(target), e.i32(3)), () => {
    take(low, r.guest.routines.alignmentAbort, target, access);
  });
}

/** The page (its number) that an instruction's bytes come from; takes the guest's exception where there is none. */
export function fetchedPage(r: Runtime, e: Emitter, low: RoutineLowering, target: Value, access: Value): Value {
  const { abort, busError, translate } = r.guest.routines;
  const pa = e.call(translate, target, access);
  e.if(e.eq(64, pa, e.i64(-1)), () => {
    take(low, abort, target, access);
  });
  const page = physicalPage(e, low, "read", pa);
  e.if(e.eqz(32, isMemory(e, page)), () => {
    take(low, busError, target, access);
  });
  return page;
}

/** The host is told once that a virtual page led to a page of code. */
function noteFetched(e: Emitter, low: RoutineLowering, target: Value, page: Value, code: Value): void {
  const { pointer, offset } = low.context.form.fetched(low, code);
  const led = e.or(64, e.and(64, target, e.i64(-4096n)), e.i64(1));
  e.if(e.ne(64, low.f.load("i64", 64, pointer, offset), led), () => {
    low.f.store(64, pointer, led, offset);
    const virtualPage = e.op("f64.convert_i64_u", e.shrU(64, target, 12));
    low.callFunction("fetched", undefined, virtualPage, page);
  });
}
