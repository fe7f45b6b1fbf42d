import type { Emitter, Routine } from "../index.ts";
import { EXCEPTION } from "./exception-vectors.ts";
import { deliver, EXTERNAL, raise } from "./exceptions.ts";
import { tellHits } from "./hardware-breakpoints.ts";
import { INTERRUPTING_NMI, state, STEP_ALONE, STEP_RF, STEP_SHADOW, STEP_TF, STEP_TRAP } from "./state.ts";
import { asCode, clearEflags, eflag, flag, readSystem, writeSystem } from "./system-state.ts";

const { DB, NMI, GP, PF, AC } = EXCEPTION;

/** As GuestParts.routines.abort. */
export const abort: Routine<Emitter> = {
  name: "abort",
  params: ["i64", "i32"],
  result: undefined,
  accesses: true,
  body(e, address) {
    const error = e.read(state.walkError);
    e.if(e.eq(32, error, e.i32(-1)), () => {
      e.call(raise, e.i32(GP), e.i32(0));
      e.return();
    });
    writeSystem(e, "CR2", address!);
    e.call(raise, e.i32(PF), error);
  },
};

const refused = (name: string, vector: number): Routine<Emitter> => ({
  name,
  params: ["i64", "i32"],
  result: undefined,
  accesses: true,
  body: (e) => void e.call(raise, e.i32(vector), e.i32(0)),
});
export const alignmentAbort = refused("alignmentAbort", AC);
/** Boards answer at all addresses; this is for those that do not. */
export const busError = refused("busError", GP);

/** What `interruptRequest` says of an NMI, and where nothing may come. */
const REQUEST_NMI = 0x100;
const REQUEST_NONE = -1;

/** The board's request: an interrupt's vector, or an NMI. It is acknowledged when it has been delivered. */
export const interrupt: Routine<Emitter> = {
  name: "interrupt",
  params: [],
  result: undefined,
  accesses: true,
  body(e) {
    beginStep(e);
    const request = e.host("interruptRequest", e.read(state.nmiBlocked));
    const nmi = e.and(32, request, e.i32(REQUEST_NMI));
    e.write(state.interrupting, e.select(nmi, e.i32(INTERRUPTING_NMI), e.i32(1)));
    e.if(nmi, () => e.write(state.nmiBlocked, e.i32(1)));
    e.call(deliver, e.select(nmi, e.i32(NMI), request), e.i32(0), e.pc(), e.i32(EXTERNAL));
  },
};

export const interruptible: Routine<Emitter> = {
  name: "interruptible",
  params: [],
  result: "i32",
  body(e) {
    const never = e.or(
      32,
      e.or(32, e.read(state.shadow), e.read(state.stepped)),
      e.eq(32, e.read(state.halted), e.i32(2)),
    );
    e.if(never, () => e.return(e.i32(0)));
    const request = e.host("interruptRequest", e.read(state.nmiBlocked));
    e.if(e.eq(32, request, e.i32(REQUEST_NONE)), () => e.return(e.i32(0)));
    return e.select(e.and(32, request, e.i32(REQUEST_NMI)), e.i32(1), eflag(e, "IF"));
  },
};

/** What holds only inside a step, and may have been left by one that stopped at a watchpoint. */
function beginStep(e: Emitter): void {
  e.write(state.delivering, e.i32(0));
  e.write(state.interrupting, e.i32(0));
  e.write(state.switched, e.i32(0));
  e.write(state.stepping, e.i32(0));
  e.if(e.read(state.supervisor), () => asCode(e));
}

/** Asked at the beginning of each run. */
export const halted: Routine<Emitter> = {
  name: "halted",
  params: [],
  result: "i32",
  body(e) {
    beginStep(e);
    return e.read(state.halted);
  },
};

/** 1: something ends with the next step, which is looked at by itself; 2: a debug exception comes before it. */
export const stepState: Routine<Emitter> = {
  name: "stepState",
  params: [],
  result: "i32",
  body(e) {
    e.if(e.read(state.stepped), () => {
      e.write(state.stepping, e.i32(STEP_TRAP));
      e.return(e.i32(2));
    });
    const bits: readonly (readonly [number, ReturnType<typeof eflag>])[] = [
      [STEP_RF, eflag(e, "RF")],
      [STEP_TF, eflag(e, "TF")],
      [STEP_SHADOW, e.read(state.shadow)],
    ];
    const all = bits.map(([bit, set]) => e.mul(32, set, e.i32(bit))).reduce((a, b) => e.or(32, a, b));
    e.if(all, () => {
      e.write(state.stepping, e.or(32, all, e.i32(STEP_ALONE)));
      e.return(e.i32(1));
    });
    return e.i32(0);
  },
};

/** DR6.BS and BT, in the order of `stepped`: a single step, a task's trap bit. */
const DR6_BS = 14;

/** After a step of its own: what ends with it. Before one: the exception of the single step before, a step as well. */
export const stepException: Routine<Emitter> = {
  name: "stepException",
  params: [],
  result: undefined,
  accesses: true,
  body(e) {
    e.if(e.and(32, e.read(state.stepping), e.i32(STEP_TRAP)), () => {
      const stepped = e.read(state.stepped);
      tellHits(e, e.shrU(32, stepped, 2), e.pc());
      const causes = e.shl(64, e.zeroExtend(64, e.and(32, stepped, e.i32(3))), DR6_BS);
      writeSystem(e, "DR6", e.or(64, readSystem(e, "DR6"), causes));
      e.call(deliver, e.i32(DB), e.i32(0), e.pc(), e.i32(EXTERNAL));
      e.return();
    });
    const began = e.read(state.stepping);
    e.if(e.and(32, began, e.i32(STEP_SHADOW)), () => e.write(state.shadow, e.i32(0)));
    e.if(e.and(32, began, e.i32(STEP_RF)), () => clearEflags(e, flag("RF")));
    e.if(e.and(32, began, e.i32(STEP_TF)), () => {
      e.write(state.stepped, e.or(32, e.read(state.stepped), e.i32(1)));
      e.write(state.halted, e.i32(0));
    });
  },
};

/** State came from outside. */
export const synchronize: Routine<Emitter> = {
  name: "synchronize",
  params: [],
  result: undefined,
  body(e) {
    e.write(state.delivering, e.i32(0));
    e.write(state.interrupting, e.i32(0));
    e.write(state.switched, e.i32(0));
    asCode(e);
    e.selectMode(e.read(state.mode));
    e.selectAddressSpace(readSystem(e, "CR3"));
  },
};
