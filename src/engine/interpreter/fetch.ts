import { ACCESS_FETCH, ACCESS_UNPRIVILEGED, type Emitter, type Value } from "../../isa/index.ts";
import { fetchProbe } from "../code/fetch-probe.ts";
import { isMemory, physicalPage } from "../memory/physical-map.ts";
import { CODE, CODE_INDEX, CODE_PAGE_BYTES, ENGINE, FETCHED, TLB_FETCH } from "../layout.ts";
import { countEntry, dispatch } from "./handler-lowering.ts";
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
    countEntry(low, ip);
    dispatch(low, ip, budget);
  });

  r.define("fetchMiss", ["i64", "i32"], undefined, (e, low, target, budget) => {
    // For the routines, the instruction that cannot be fetched is the one in execution.
    low.poke64(ENGINE.pcBias, target);
    low.poke32(ENGINE.ip, 0);
    low.poke32(ENGINE.budget, budget);
    const access = fetchAccess(e, low);
    checkAlignment(r, e, low, target, access);
    const page = fetchedPage(r, e, low, target, access);
    const code = e.variable(low.f.load("i32", 32, e.shl(32, page, 2), CODE_INDEX));
    e.if(e.eqz(32, e.get(code)), () => e.set(code, low.callFunction("allocateCode", "i32", page)));
    low.callFunction("touch", undefined, target, access);
    noteFetched(e, low, target, page, e.get(code));
    low.callFunction("fill", undefined, target, e.i32(TLB_FETCH), access, e.get(code));
    low.f.tailCall("enter", target, budget);
  });
}

/** ACCESS_* of a fetch at the privilege in use. */
function fetchAccess(e: Emitter, low: RoutineLowering): Value {
  const user = e.eqz(32, low.peek32(ENGINE.privilege));
  return e.or(32, e.i32(ACCESS_FETCH), e.select(user, e.i32(ACCESS_UNPRIVILEGED), e.i32(0)));
}

/** An exception was taken instead of the instruction. */
const resume = (low: RoutineLowering): void => low.f.tailCall("resume", low.peek32(ENGINE.budget));

function checkAlignment(r: Runtime, e: Emitter, low: RoutineLowering, target: Value, access: Value): void {
  e.if(e.and(32, e.wrap(target), e.i32(3)), () => {
    e.call(r.guest.routines.alignmentAbort, target, access);
    resume(low);
  });
}

/** The page (its number) that an instruction's bytes come from; takes the guest's exception where there is none. */
function fetchedPage(r: Runtime, e: Emitter, low: RoutineLowering, target: Value, access: Value): Value {
  const { abort, busError, translate } = r.guest.routines;
  const pa = e.call(translate, target, access);
  e.if(e.eq(64, pa, e.i64(-1)), () => {
    e.call(abort, target, access);
    resume(low);
  });
  const page = physicalPage(e, low, "read", pa);
  e.if(e.eqz(32, isMemory(e, page)), () => {
    e.call(busError, target, access);
    resume(low);
  });
  return page;
}

/** The host is told once that a virtual page led to a page of code. */
function noteFetched(e: Emitter, low: RoutineLowering, target: Value, page: Value, code: Value): void {
  const number = e.op("i32.div_u", e.sub(32, code, e.i32(CODE)), e.i32(CODE_PAGE_BYTES));
  const known = e.shl(32, number, 3);
  const led = e.or(64, e.and(64, target, e.i64(-4096n)), e.i64(1));
  e.if(e.ne(64, low.f.load("i64", 64, known, FETCHED), led), () => {
    low.f.store(64, known, led, FETCHED);
    const virtualPage = e.op("f64.convert_i64_u", e.shrU(64, target, 12));
    low.callFunction("fetched", undefined, virtualPage, page);
  });
}
