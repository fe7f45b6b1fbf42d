import type { Emitter, Routine } from "../../isa/index.ts";
import { ENGINE, EXIT_BUDGET, EXIT_WATCHPOINT, FAULT_WATCH, STATE } from "../layout.ts";
import { routineName } from "./lowering.ts";
import type { RoutineLowering } from "./routine-lowering.ts";
import type { Runtime } from "./runtime.ts";

const pcField = (r: Runtime): number => STATE + r.guest.pc.offset;

/** How steps follow each other: running, ending a step, leaving the interpreter. */
export function defineControl(r: Runtime): void {
  defineLeaving(r);
  defineRun(r);
  defineStepEnds(r);
}

/** Requests to look again, at the board or at the mapping, which the step in execution makes. */
function defineLeaving(r: Runtime): void {
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
}

function defineRun(r: Runtime): void {
  // Runs from the state's pc until the budget is spent or something stops it.
  r.define("run", ["i32"], undefined, (e, low, budget) => {
    low.poke32(ENGINE.exit, EXIT_BUDGET);
    const { halted, stepState, stepException } = r.guest.routines;
    if (halted)
      e.if(e.call(halted), () => {
        low.callFunction("leaveAfterStep", undefined);
        low.poke32(ENGINE.waiting, 1);
        low.poke32(ENGINE.budget, 0);
        e.return();
      });
    if (stepState && stepException) {
      const stepping = e.call(stepState);
      e.if(stepping, () => {
        // The guest steps through its own code: one step a run.
        low.callFunction("leaveAfterStep", undefined);
        e.if(e.eq(32, stepping, e.i32(2)), () => {
          if (stepException.accesses) takePushing(r, e, low, stepException);
          else e.call(stepException);
          low.poke32(ENGINE.budget, 0);
          e.return();
        });
        low.f.call("enter", undefined, low.peek64(pcField(r)), e.i32(1));
        e.if(e.eqz(32, e.or(32, low.peek32(ENGINE.budget), low.peek32(ENGINE.exit))), () => e.call(stepException));
        e.return();
      });
    }
    low.poke64(ENGINE.goOnTo, e.i64(0));
    const left = e.variable(budget);
    e.while(
      () => e.get(left),
      () => {
        low.f.call("enter", undefined, low.peek64(pcField(r)), e.get(left));
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
}

/** The entry of an exception that accesses memory, a step by itself, unless it stops at a watchpoint: before it, that is. */
function takePushing(r: Runtime, e: Emitter, low: RoutineLowering, routine: Routine<never>): void {
  const pc = low.peek64(pcField(r));
  low.poke64(ENGINE.pcBias, pc);
  low.poke32(ENGINE.ip, 0);
  low.f.call(routineName(routine), undefined);
  const fault = e.variable(low.peek32(ENGINE.fault));
  low.poke32(ENGINE.fault, 0);
  e.if(e.eq(32, e.get(fault), e.i32(FAULT_WATCH)), () => {
    low.poke32(ENGINE.exit, EXIT_WATCHPOINT);
    e.return();
  });
}

/** What handlers and routines tail-call when the step is over. */
function defineStepEnds(r: Runtime): void {
  // (target, budget): the step is over and the next instruction is at target.
  r.define("jump", ["i64", "i32"], undefined, (e, low, target, budget) => {
    const left = e.sub(32, budget, e.i32(1));
    e.if(e.eqz(32, left), () => {
      low.poke64(pcField(r), target);
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
    low.f.tailCall("enter", low.peek64(pcField(r)), left);
  });

  // (entry): the budget is spent before the instruction at this code address.
  r.define("stopAt", ["i32"], undefined, (e, low, entry) => {
    low.poke32(ENGINE.ip, entry);
    low.poke64(pcField(r), low.pc());
    low.poke32(ENGINE.budget, 0);
    e.return();
  });

  const { interrupt } = r.guest.routines;
  if (interrupt.accesses)
    // The entry of the interrupt, which may access guest memory: as if it were the instruction at the state's pc.
    r.define("takeInterrupt", [], "i32", (e, low) => {
      low.poke64(ENGINE.pcBias, low.peek64(pcField(r)));
      low.poke32(ENGINE.ip, 0);
      low.f.call(routineName(interrupt), undefined);
      const fault = e.variable(low.peek32(ENGINE.fault));
      low.poke32(ENGINE.fault, 0);
      e.return(e.get(fault));
    });

  // (budget): a slow access did not complete.
  r.define("faulted", ["i32"], undefined, (e, low, budget) => {
    const fault = low.peek32(ENGINE.fault);
    low.poke32(ENGINE.fault, 0);
    e.if(e.eq(32, fault, e.i32(FAULT_WATCH)), () => {
      low.poke64(pcField(r), low.pc());
      low.poke32(ENGINE.budget, budget);
      low.poke32(ENGINE.exit, EXIT_WATCHPOINT);
      e.return();
    });
    low.f.tailCall("resume", budget);
  });
}
