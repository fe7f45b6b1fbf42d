import { STATE, ENGINE, EXITS } from "../layout.ts";
import { countEntry, dispatch, HANDLER_PARAMS, HANDLERS } from "../interpreter/handler-lowering.ts";
import { fetchProbe } from "../code/fetch-probe.ts";
import { routineName } from "../interpreter/lowering.ts";
import type { RoutineLowering } from "../interpreter/routine-lowering.ts";
import { RUN_ENGINE } from "../code/run-layout.ts";
import { assert } from "../../base/index.ts";
import type { Emitter, Guest, Value } from "../../isa/index.ts";
import type { Runtime } from "../interpreter/runtime.ts";

/** Kind of flags that a region has not looked at: they are as they were when it was entered. */
export const FLAGS_UNTOUCHED = -1;

/** Whether a guest's flags are eight bytes, and not four. */
export function hasWideFlags({ flags: { field, evaluate } }: Guest): boolean {
  const wide = field.count > 4;
  assert(field.size === 1 && field.count === (wide ? 8 : field.count), "flags are at most four bytes, or eight");
  assert(evaluate.result === (wide ? "i64" : "i32"), "flags are computed as they are kept");
  return wide;
}

/** What translated regions call, which is only ever to leave for the interpreter, and to learn the guest's flags. */
export function defineRegionExits(r: Runtime): void {
  const { evaluate, field } = r.guest.flags;
  const flags = STATE + field.offset;
  const wide = hasWideFlags(r.guest);
  const type = wide ? "i64" : "i32";
  const setFlags = (low: RoutineLowering, bytes: Value): void => {
    if (wide) low.poke64(flags, bytes);
    else low.poke32(flags, bytes);
  };

  // Regions hand each other what the flags come from; everybody else finds them in the state.
  r.define("settleFlags", [], undefined, (e, low) => {
    const kind = low.peek32(ENGINE.flagsKind);
    e.if(kind, () => {
      low.poke32(ENGINE.flagsKind, 0);
      const [a, b] = [low.peek64(ENGINE.flagsA), low.peek64(ENGINE.flagsB)];
      e.if(
        e.eq(32, kind, e.i32(1)),
        () => setFlags(low, wide ? a : e.wrap(a)),
        () => setFlags(low, low.f.call(routineName(evaluate), type, e.sub(32, kind, e.i32(1)), a, b)!),
      );
    });
  });

  // (kind, a, b) of a region's locals: its flags, a byte each.
  r.define("flagsOf", ["i32", "i64", "i64"], type, (e, low, kind, a, b) => {
    e.if(e.ltS(32, kind, e.i32(0)), () => {
      low.f.call("settleFlags", undefined);
      e.return(wide ? low.peek64(flags) : low.peek32(flags));
    });
    e.return(low.f.call(routineName(evaluate), type, kind, a, b)!);
  });

  // Steps made in a region that was entered with `start` left and is left with `budget`.
  const made = (low: RoutineLowering, start: Value, budget: Value): void => {
    const steps = low.op("i64.extend_i32_u", low.op("i32.sub", start, budget));
    low.poke64(ENGINE.translatedSteps, low.op("i64.add", low.peek64(ENGINE.translatedSteps), steps));
  };

  const count = (low: RoutineLowering, reason: Value): void => {
    const at = low.op("i32.shl", reason, low.constant("i32", 3));
    const left = low.op("i64.add", low.f.load("i64", 64, at, ENGINE.exits), low.constant("i64", 1));
    low.f.store(64, at, left, ENGINE.exits);
  };

  // (entry, budget, start, reason): on at a code address of the same page; of runs, at an offset in it.
  r.define("leave", [...HANDLER_PARAMS, "i32", "i32"], undefined, (e, low, ip, budget, start, reason) => {
    made(low, start, budget);
    low.f.call("settleFlags", undefined);
    count(low, reason);
    if (r.guest.code) {
      leaveRuns(r, e, low, ip, budget, reason);
      return;
    }
    e.if(e.eq(32, reason, e.i32(EXITS.indexOf("page"))), () => {
      countEntry(low, ip);
      dispatch(low, ip, budget);
    });
    // The region at this entry cannot make this very step.
    e.if(e.eqz(32, low.f.load("i32", 16, ip)), () => low.f.tailCall("decode", ip, budget));
    low.f.tailCallIndirect(HANDLERS, low.f.load("i32", 16, ip, r.context.form.ownHandler), HANDLER_PARAMS, ip, budget);
  });

  // (target, budget, start): the step is over and the next instruction is at target: in a region, as a rule.
  r.define("goTo", ["i64", "i32", "i32"], undefined, (e, low, target, budget, start) => {
    const left = e.sub(32, budget, e.i32(1));
    made(low, start, left);
    e.if(left, () => {
      const probe = fetchProbe(low, target, low.peek32(ENGINE.tlb), low.peek64(ENGINE.generation));
      e.if(probe.hit, () => {
        const { ip, enterPage } = probe.found();
        const handler = low.f.load("i32", 16, ip);
        e.if(e.geU(32, handler, e.i32(low.context.firstRegionSlot)), () => {
          count(low, e.i32(EXITS.indexOf("region")));
          enterPage();
          low.f.tailCallIndirect(HANDLERS, handler, HANDLER_PARAMS, ip, left);
        });
      });
    });
    low.f.call("settleFlags", undefined);
    count(low, e.i32(EXITS.indexOf("jump")));
    low.f.tailCall("jump", target, budget);
  });
}

/** On at an offset of the page in execution, where there may be no entry any more. */
function leaveRuns(r: Runtime, e: Emitter, low: RoutineLowering, offset: Value, budget: Value, reason: Value): void {
  const { form } = r.context;
  const entry = form.entryAt(low, low.peek32(RUN_ENGINE.code), offset);
  e.if(e.eqz(32, entry), () => low.f.tailCall("decodeAt", e.i32(0), offset, budget));
  e.if(e.eq(32, reason, e.i32(EXITS.indexOf("page"))), () => {
    countEntry(low, entry);
    dispatch(low, entry, budget);
  });
  // The region at this entry cannot make this very step.
  low.f.tailCallIndirect(HANDLERS, low.f.load("i32", 16, entry, form.ownHandler), HANDLER_PARAMS, entry, budget);
}
