import { ACCESS_FETCH, ACCESS_UNPRIVILEGED } from "../../isa/index.ts";
import { fetchProbe } from "../code/fetch-probe.ts";
import { countEntry, dispatch, HANDLER_PARAMS, HANDLERS } from "./handler-lowering.ts";
import {
  CODE,
  CODE_INDEX,
  CODE_PAGE_BYTES,
  ENGINE,
  EXIT_BREAKPOINT,
  EXIT_BUDGET,
  EXIT_WATCHPOINT,
  FAULT_WATCH,
  FETCHED,
  STATE,
  TLB_FETCH,
} from "../layout.ts";
import type { Runtime } from "./runtime.ts";

/** How steps follow each other: entering code at an address, ending a step, leaving the interpreter. */
export function defineControl(r: Runtime): void {
  const pcField = STATE + r.guest.pc.offset;
  const { abort, alignmentAbort, busError, translate } = r.guest.routines;

  // After the step in execution, run returns. position = deadline - budget stays what it is.
  r.define("leaveAfterStep", [], undefined, (e, low) => {
    const budget = low.peek32(ENGINE.budget);
    e.if(budget, () => {
      const position = low.position();
      low.poke64(ENGINE.deadline, e.add(64, position, e.i64(1)));
      low.poke32(ENGINE.budget, 1);
      low.poke64(ENGINE.goOnTo, e.i64(0));
    });
  });

  // After the step in execution, the next instruction is looked up anew: its mapping may have changed.
  r.define("lookUpAfterStep", [], undefined, (e, low) => {
    const deadline = low.peek64(ENGINE.deadline);
    e.if(low.peek32(ENGINE.budget), () => {
      low.callFunction("leaveAfterStep", undefined);
      low.poke64(ENGINE.goOnTo, deadline);
    });
  });

  // Runs from the state's pc until the budget is spent or something stops it.
  r.define("run", ["i32"], undefined, (e, low, budget) => {
    low.poke32(ENGINE.exit, EXIT_BUDGET);
    const { stepState, stepException } = r.guest.routines;
    if (stepState && stepException) {
      const stepping = e.call(stepState);
      e.if(stepping, () => {
        // The guest steps through its own code: one step a run.
        low.callFunction("leaveAfterStep", undefined);
        e.if(e.eq(32, stepping, e.i32(2)), () => {
          e.call(stepException);
          low.poke32(ENGINE.budget, 0);
          e.return();
        });
        low.f.call("enter", undefined, low.peek64(pcField), e.i32(1));
        e.if(e.eqz(32, e.or(32, low.peek32(ENGINE.budget), low.peek32(ENGINE.exit))), () => e.call(stepException));
        e.return();
      });
    }
    low.poke64(ENGINE.goOnTo, e.i64(0));
    const left = e.variable(budget);
    e.while(
      () => e.get(left),
      () => {
        low.f.call("enter", undefined, low.peek64(pcField), e.get(left));
        e.set(left, e.i32(0));
        const goOnTo = low.peek64(ENGINE.goOnTo);
        const spent = e.eq(32, low.peek32(ENGINE.exit), e.i32(EXIT_BUDGET));
        e.if(e.and(32, spent, e.ne(64, goOnTo, e.i64(0))), () => {
          e.set(left, e.wrap(e.sub(64, goOnTo, low.position())));
          low.poke64(ENGINE.deadline, goOnTo);
          low.poke32(ENGINE.budget, e.get(left));
          low.poke64(ENGINE.goOnTo, e.i64(0));
        });
      },
    );
  });

  // (target, budget): the step is over and the next instruction is at target.
  r.define("jump", ["i64", "i32"], undefined, (e, low, target, budget) => {
    const left = e.sub(32, budget, e.i32(1));
    e.if(e.eqz(32, left), () => {
      low.poke64(pcField, target);
      low.poke32(ENGINE.budget, 0);
      e.return();
    });
    low.f.tailCall("enter", target, left);
  });

  // (budget): the step is over and the state's pc is right already.
  r.define("resume", ["i32"], undefined, (e, low, budget) => {
    const left = e.sub(32, budget, e.i32(1));
    e.if(e.eqz(32, left), () => {
      low.poke32(ENGINE.budget, 0);
      e.return();
    });
    low.f.tailCall("enter", low.peek64(pcField), left);
  });

  // (entry): the budget is spent before the instruction at this code address.
  r.define("stopAt", ["i32"], undefined, (e, low, entry) => {
    low.poke32(ENGINE.ip, entry);
    low.poke64(pcField, low.pc());
    low.poke32(ENGINE.budget, 0);
    e.return();
  });

  // (budget): a slow access did not complete.
  r.define("faulted", ["i32"], undefined, (e, low, budget) => {
    const fault = low.peek32(ENGINE.fault);
    low.poke32(ENGINE.fault, 0);
    e.if(e.eq(32, fault, e.i32(FAULT_WATCH)), () => {
      low.poke64(pcField, low.pc());
      low.poke32(ENGINE.budget, budget);
      low.poke32(ENGINE.exit, EXIT_WATCHPOINT);
      e.return();
    });
    low.f.tailCall("resume", budget);
  });

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
    const user = e.eqz(32, low.peek32(ENGINE.privilege));
    const access = e.or(32, e.i32(ACCESS_FETCH), e.select(user, e.i32(ACCESS_UNPRIVILEGED), e.i32(0)));
    const resume = (): void => low.f.tailCall("resume", low.peek32(ENGINE.budget));
    e.if(e.and(32, e.wrap(target), e.i32(3)), () => {
      e.call(alignmentAbort, target, access);
      resume();
    });
    const pa = e.call(translate, target, access);
    e.if(e.eq(64, pa, e.i64(-1)), () => {
      e.call(abort, target, access);
      resume();
    });
    const page = r.ramPage(e, low, pa);
    e.if(e.eqz(32, r.readable(e, low, page)), () => {
      e.call(busError, target, access);
      resume();
    });
    const code = e.variable(low.f.load("i32", 32, e.shl(32, page, 2), CODE_INDEX));
    e.if(e.eqz(32, e.get(code)), () => e.set(code, low.callFunction("allocateCode", "i32", page)));
    low.callFunction("touch", undefined, target, access);
    const number = e.op("i32.div_u", e.sub(32, e.get(code), e.i32(CODE)), e.i32(CODE_PAGE_BYTES));
    const known = e.shl(32, number, 3);
    const led = e.or(64, e.and(64, target, e.i64(-4096n)), e.i64(1));
    e.if(e.ne(64, low.f.load("i64", 64, known, FETCHED), led), () => {
      low.f.store(64, known, led, FETCHED);
      const virtualPage = e.op("f64.convert_i64_u", e.shrU(64, target, 12));
      low.callFunction("fetched", undefined, virtualPage, page);
    });
    low.callFunction("fill", undefined, target, e.i32(TLB_FETCH), access, e.get(code));
    low.f.tailCall("enter", target, budget);
  });

  // Handlers that belong to no instruction.
  const handler = (name: string, body: Parameters<Runtime["define"]>[3]): void =>
    r.define(name, HANDLER_PARAMS, undefined, body);

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
    if (breakpoint) e.if(e.call(breakpoint), () => low.f.tailCall("resume", budget));
    low.f.tailCallIndirect(HANDLERS, next, HANDLER_PARAMS, ip, budget);
  });
}
