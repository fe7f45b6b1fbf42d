import { ENGINE, EXIT_BREAKPOINT, STATE } from "../layout.ts";
import { askGuest } from "./fetch.ts";
import { dispatch, HANDLER_PARAMS, HANDLERS } from "./handler-lowering.ts";
import { defineRunDecoding } from "./run-handlers.ts";
import type { Runtime } from "./runtime.ts";

/** Handlers that belong to no instruction. */
export function defineOwnHandlers(r: Runtime): void {
  const pcField = STATE + r.guest.pc.offset;
  const handler = (name: string, body: Parameters<Runtime["define"]>[3]): void =>
    r.define(name, HANDLER_PARAMS, undefined, body);

  if (r.guest.code) defineRunDecoding(r);
  else
    handler("decode", (e, low, ip, budget) => {
      low.f.call("decodeEntry", undefined, ip);
      dispatch(low, ip, budget);
      void e;
    });

  handler("pageEnd", (e, low, ip, budget) => {
    low.poke32(ENGINE.ip, ip);
    low.f.tailCall("enter", low.pc(), budget);
    void e;
  });

  handler("breakpoint", (e, low, ip, budget) => {
    low.poke32(ENGINE.ip, ip);
    low.poke32(ENGINE.budget, budget);
    // The handler to go on with, or -1 to stop here.
    const next = low.callFunction("breakpointHit", "i32", low.pc());
    e.if(e.ltS(32, next, e.i32(0)), () => {
      low.poke64(pcField, low.pc());
      low.poke32(ENGINE.exit, EXIT_BREAKPOINT);
      e.return();
    });
    const { breakpoint } = r.guest.routines;
    if (breakpoint?.accesses) askGuest(low, breakpoint);
    else if (breakpoint) e.if(e.call(breakpoint), () => low.f.tailCall("resume", budget));
    low.f.tailCallIndirect(HANDLERS, next, HANDLER_PARAMS, ip, budget);
  });
}
