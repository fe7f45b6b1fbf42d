import { EMPTIED, RUN_ENGINE, RUN_ENTRY, STRADDLES } from "../code/run-layout.ts";
import { ENGINE } from "../layout.ts";
import { askBreakpoint, askGuest, fetchAccess, fetchedPage } from "./fetch.ts";
import { dispatch, HANDLER_PARAMS } from "./handler-lowering.ts";
import type { Runtime } from "./runtime.ts";

const PAGE = 4096;

/** How instructions of many lengths are decoded when they are reached. */
export function defineRunDecoding(r: Runtime): void {
  // An entry that leads to an offset of the page in execution, which may have been decoded elsewhere. No step.
  r.define("decode", HANDLER_PARAMS, undefined, (e, low, ip, budget) => {
    const offset = low.f.load("i32", 16, ip, RUN_ENTRY.offset);
    const known = low.context.form.entryAt(low, low.peek32(RUN_ENGINE.code), offset);
    e.if(known, () => dispatch(low, known, budget));
    low.f.tailCall("decodeAt", ip, offset, budget);
  });

  // (entry that leads there or 0, offset, budget): decodes the instruction at an offset of the page in execution.
  r.define("decodeAt", ["i32", "i32", "i32"], undefined, (e, low, from, offset, budget) => {
    const pc = e.add(64, low.peek64(ENGINE.pcBias), e.zeroExtend(64, offset));
    const entry = e.variable(low.f.call("decodeRun", "i32", from, offset)!);
    e.if(e.eq(32, e.get(entry), e.i32(EMPTIED)), () => low.f.tailCall("enter", pc, budget));
    e.if(e.eq(32, e.get(entry), e.i32(STRADDLES)), () => low.f.tailCall("straddle", pc, budget));
    dispatch(low, e.get(entry), budget);
  });

  // (pc, budget): an instruction that goes on in the next page is fetched anew each time.
  r.define("straddle", ["i64", "i32"], undefined, (e, low, pc, budget) => {
    const page = e.and(64, pc, e.i64(-PAGE));
    low.poke64(ENGINE.pcBias, pc);
    low.poke32(ENGINE.ip, 0);
    low.poke32(ENGINE.budget, budget);
    askBreakpoint(r, e, low, pc);
    const { breakpoint } = r.guest.routines;
    if (breakpoint?.accesses) askGuest(low, breakpoint);
    const access = fetchAccess(e, low);
    const next = e.add(64, page, e.i64(PAGE));
    low.callFunction("touch", undefined, next, access);
    const second = fetchedPage(r, e, low, next, access);
    low.poke64(ENGINE.pcBias, page);
    const offset = e.and(32, e.wrap(pc), e.i32(PAGE - 1));
    const entry = low.f.call("decodeStraddler", "i32", offset, second)!;
    dispatch(low, entry, low.peek32(ENGINE.budget));
  });
}
