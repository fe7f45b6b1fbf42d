import type { Emitter, Routine, Value } from "../index.ts";
import {
  asError,
  Descriptor,
  descriptorOf,
  DESC,
  isNull,
  rplOf,
  setNullSegment,
  setSegment,
  withRpl,
} from "./descriptors.ts";
import { EXCEPTION } from "./exception-vectors.ts";
import { bySize, StackFrame } from "./stack-frame.ts";
import { CS, DS, ES, FS, GS, INTERRUPTING_NMI, RSP, SS, state, STEP_HIT, STEP_TF, STEP_TRAP, TR } from "./state.ts";
import {
  asCode,
  asSupervisor,
  canonical,
  clearEflags,
  flagsOf,
  flag,
  ipOf,
  longModeActive,
  protectedMode,
  readEflags,
  readSystem,
  setIp,
  stackMaskOf,
  updateMode,
  virtual86,
} from "./system-state.ts";
import { BY_CALL, endSwitch, pushError, switchTask, TASK_GATE } from "./tasks.ts";

const { DE, DF, TS, NP, SS: STACK, GP, PF, AC } = EXCEPTION;

/** Kinds of what is delivered: a fault; INT n, which a gate may refuse; what has no error code and which no gate refuses. */
const FAULT = 0;
export const [SOFTWARE, EXTERNAL] = [1, 2] as const;
/** In `delivering`: what is delivered is no fault, whatever its vector; one in its delivery is a first one. */
const BENIGN = 0x100;

/**
 * (vector, error code): takes an exception of the instruction in execution, or of the delivery of another one: then both
 * are a double fault, or the machine shuts down. Volume 3, table 6-5.
 */
export const raise: Routine<Emitter> = {
  name: "raise",
  params: ["i32", "i32"],
  result: undefined,
  accesses: true,
  body(e, vector, error) {
    const before = e.sub(32, e.read(state.delivering), e.i32(1));
    const first = e.ltS(32, before, e.i32(0));
    e.if(first, () => e.write(state.faultVector, vector!));
    e.if(e.eq(32, before, e.i32(DF)), () => {
      shutDown(e);
      e.return();
    });
    const contributory = (of: Value): Value =>
      e.or(32, e.eq(32, of, e.i32(DE)), e.ltU(32, e.sub(32, of, e.i32(TS)), e.i32(PF - TS)));
    const pageFault = e.eq(32, before, e.i32(PF));
    const second = e.or(32, contributory(vector!), e.and(32, pageFault, e.eq(32, vector!, e.i32(PF))));
    const double = e.and(32, e.or(32, contributory(before), pageFault), second);
    const taken = e.select(double, e.i32(DF), vector!);
    e.call(deliver, taken, e.select(double, e.i32(0), error!), faultPlace(e), e.i32(FAULT));
  },
};

/** The instruction in execution, or the first one of the task that it has switched to. */
const faultPlace = (e: Emitter): Value => e.select(e.read(state.switched), e.read(state.pc), e.pc());

function shutDown(e: Emitter): void {
  e.write(state.pc, faultPlace(e));
  e.write(state.halted, e.i32(2));
  finish(e);
  e.wait();
}

/** The step is delivered, whatever it was: what holds only inside it holds no longer. */
function finish(e: Emitter): void {
  e.write(state.delivering, e.i32(0));
  // What its accesses hit is told next, but where they were a debug exception's.
  const trap = e.and(32, e.read(state.stepping), e.i32(STEP_TRAP));
  e.write(state.stepped, e.select(trap, e.i32(0), e.and(32, e.read(state.stepped), e.i32(15 * STEP_HIT))));
  e.write(state.stepping, e.and(32, e.read(state.stepping), e.i32(~STEP_TF)));
  asCode(e);
  endSwitch(e);
  const interrupting = e.read(state.interrupting);
  e.if(interrupting, () => {
    e.write(state.interrupting, e.i32(0));
    e.host("acknowledgeInterrupt", e.eq(32, interrupting, e.i32(INTERRUPTING_NMI)));
  });
}

/** (vector, error code, linear address to return to, kind): by the table of the mode in use. */
export const deliver: Routine<Emitter> = {
  name: "deliver",
  params: ["i32", "i32", "i64", "i32"],
  result: undefined,
  accesses: true,
  body(e, vector, error, back, kind) {
    const delivered = (): Value => e.add(32, vector!, e.select(kind!, e.i32(BENIGN + 1), e.i32(1)));
    e.write(state.delivering, delivered());
    asSupervisor(e);
    const by = (routine: Routine<Emitter>): void => void e.call(routine, vector!, error!, ipOf(e, back!), kind!);
    e.if(
      protectedMode(e),
      () =>
        e.if(
          longModeActive(e),
          () => by(deliverLong),
          () => by(deliverProtected),
        ),
      () => by(deliverReal),
    );
    // A fault in it has been delivered in its place.
    e.if(e.eq(32, e.read(state.delivering), delivered()), () => {
      e.write(state.halted, e.i32(0));
      finish(e);
    });
  },
};

const parts = { params: ["i32", "i32", "i64", "i32"], result: undefined, accesses: true } as const;

/** In a routine: takes an exception instead of the rest. */
export function failIf(e: Emitter, condition: Value, vector: number, error: Value, result?: Value): void {
  e.if(condition, () => {
    e.call(raise, e.i32(vector), error);
    e.return(result);
  });
}

/** In a routine or a row: takes the fault that a switch of tasks ended in, if it did, instead of the rest. */
function raiseFault(e: Emitter, result: Value): void {
  const fault = e.variable(result);
  e.if(e.get(fault), () => {
    e.call(raise, e.and(32, e.get(fault), e.i32(0xff)), e.shrU(32, e.get(fault), 8));
    e.return();
  });
}

/** (selector, descriptor, what switches, IP to come back to): switches tasks and goes on in the new one. */
export function goToTask(e: Emitter, selector: Value, found: Descriptor, by: number, back: Value): void {
  raiseFault(e, e.call(switchTask, selector, found.value, e.i32(by), back));
  asCode(e);
  endSwitch(e);
}

/** Whether an exception's frame has an error code. */
function hasError(e: Emitter, vector: Value, kind: Value): Value {
  const codes = [DF, TS, NP, STACK, GP, PF, AC].reduce((all, one) => all | (1 << one), 0);
  const listed = e.and(32, e.shrU(32, e.i32(codes), vector), e.i32(1));
  return e.select(e.or(32, kind, e.geU(32, vector, e.i32(32))), e.i32(0), listed);
}

/** Volume 3, 20.1.4. */
const deliverReal: Routine<Emitter> = {
  name: "deliverReal",
  ...parts,
  body(e, vector, _error, back) {
    const last = e.add(32, e.shl(32, vector!, 2), e.i32(3));
    const beyond = e.op("i32.gt_u", last, e.wrap(readSystem(e, "IDT_LIMIT")));
    failIf(e, beyond, GP, e.add(32, e.shl(32, vector!, 3), e.i32(2)));
    const at = e.add(64, readSystem(e, "IDT_BASE"), e.zeroExtend(64, e.shl(32, vector!, 2)));
    const offset = e.load(16, at);
    const selector = e.load(16, e.add(64, at, e.i64(2)));
    const frame = new StackFrame(e, e.read(state.r, RSP), e.read(state.segmentBase, SS), e.i64(0xffff));
    frame.push(16, e.zeroExtend(64, readEflags(e)));
    frame.push(16, e.zeroExtend(64, e.read(state.selector, CS)));
    frame.push(16, back!);
    frame.commit();
    e.write(state.selector, selector, CS);
    e.write(state.segmentBase, e.shl(64, e.zeroExtend(64, selector), 4), CS);
    clearEflags(e, flagsOf("IF", "TF", "AC", "RF"));
    updateMode(e);
    setIp(e, e.zeroExtend(64, offset));
  },
};

interface Target {
  readonly selector: Value;
  readonly code: Descriptor;
  /** Privilege that the handler runs at. */
  readonly level: Value;
}

/** The code segment that a gate leads to. Volume 3, 6.12.1. */
function gateTarget(e: Emitter, selector: Value): Target {
  const cpl = e.read(state.privilege);
  const error = asError(e, selector);
  failIf(e, isNull(e, selector), GP, e.i32(0));
  const code = descriptorOf(e, selector);
  failIf(e, e.or(32, code.lacks(DESC.S), code.lacks(DESC.CODE)), GP, error);
  failIf(e, e.ltU(32, cpl, code.dpl), GP, error);
  failIf(e, code.lacks(DESC.P), NP, error);
  return { selector, code, level: e.select(code.has(DESC.C), cpl, code.dpl) };
}

/** The gate of a vector, which has so many bytes. */
function readGate(
  e: Emitter,
  vector: Value,
  kind: Value,
  bytesLog2: number,
  types: readonly number[],
): [Descriptor, Value] {
  const error = e.add(32, e.shl(32, vector, 3 + (bytesLog2 - 3)), e.i32(2));
  const last = e.add(32, e.shl(32, vector, bytesLog2), e.i32(2 ** bytesLog2 - 1));
  failIf(e, e.op("i32.gt_u", last, e.wrap(readSystem(e, "IDT_LIMIT"))), GP, error);
  const at = e.add(64, readSystem(e, "IDT_BASE"), e.zeroExtend(64, e.shl(32, vector, bytesLog2)));
  const gate = new Descriptor(e, e.load(64, at));
  const known = types.map((type) => e.eq(32, gate.type, e.i32(type))).reduce((a, b) => e.or(32, a, b));
  failIf(e, e.eqz(32, known), GP, error);
  const refused = e.and(32, e.eq(32, kind, e.i32(SOFTWARE)), e.ltU(32, gate.dpl, e.read(state.privilege)));
  failIf(e, refused, GP, error);
  failIf(e, gate.lacks(DESC.P), NP, error);
  return [gate, at];
}

/** Volume 3, 6.12; with the stack of the task's state where the privilege changes, 6.12.1. */
const deliverProtected: Routine<Emitter> = {
  name: "deliverProtected",
  ...parts,
  body(e, vector, error, back, kind) {
    const [gate] = readGate(e, vector!, kind!, 3, [TASK_GATE, 6, 7, 14, 15]);
    e.if(e.eq(32, gate.type, e.i32(TASK_GATE)), () => {
      raiseFault(e, e.call(switchTask, e.shl(32, vector!, 3), gate.value, e.i32(BY_CALL), back!));
      e.if(hasError(e, vector!, kind!), () => pushError(e, error!));
      e.return();
    });
    const { selector, code, level } = gateTarget(e, gate.selector);
    const wide = e.and(32, gate.type, e.i32(8));
    const size = e.select(wide, e.i32(32), e.i32(16));
    const inner = e.ltU(32, level, e.read(state.privilege));
    failIf(e, e.and(32, e.eqz(32, inner), virtual86(e)), GP, asError(e, selector));
    const current = StackFrame.current(e);
    const [pointer, base, mask] = [
      e.variable(current.top),
      e.variable(e.read(state.segmentBase, SS)),
      e.variable(current.mask),
    ];
    const [stackSelector, stackDescriptor] = [e.variable(e.i32(0)), e.variable(e.i64(0))];
    e.if(inner, () => {
      const at = innerStack(e, level);
      e.set(pointer, at.pointer);
      e.set(stackSelector, at.selector);
      e.set(stackDescriptor, at.descriptor.value);
      e.set(base, at.descriptor.base);
      e.set(mask, stackMaskOf(e, at.descriptor.high));
    });
    const frame = new StackFrame(e, e.get(pointer), e.get(base), e.get(mask));
    bySize(e, size, [16, 32], (bits) => {
      const push = (value: Value): void => frame.push(bits, e.zeroExtend(64, value));
      e.if(inner, () => {
        e.if(virtual86(e), () => {
          for (const segment of [GS, FS, DS, ES]) push(e.read(state.selector, segment));
        });
        push(e.read(state.selector, SS));
        frame.push(bits, e.read(state.r, RSP));
      });
      push(readEflags(e));
      push(e.read(state.selector, CS));
      frame.push(bits, back!);
      e.if(hasError(e, vector!, kind!), () => push(error!));
    });
    const from86 = virtual86(e);
    leaveFlags(e, gate);
    e.if(inner, () => {
      e.if(from86, () => {
        for (const segment of [ES, DS, FS, GS]) setNullSegment(e, segment, e.i32(0), e.i32(0));
      });
      const stack = new Descriptor(e, e.get(stackDescriptor));
      setSegment(e, SS, withRpl(e, e.get(stackSelector), level), stack);
    });
    frame.commit();
    enter(e, { selector, code, level }, e.zeroExtend(64, gate.offset));
  },
};

/** Clears what a gate clears; an interrupt gate, bit 8 being 0, clears IF as well. */
function leaveFlags(e: Emitter, gate: Descriptor): void {
  clearEflags(e, flagsOf("TF", "VM", "RF", "NT"));
  e.if(gate.lacks(1 << 8), () => clearEflags(e, flag("IF")));
}

function enter(e: Emitter, { selector, code, level }: Target, ip: Value): void {
  setSegment(e, CS, withRpl(e, selector, level), code);
  updateMode(e);
  setIp(e, ip);
}

/** The stack that the task's state has for a privilege, checked. */
export function innerStack(e: Emitter, level: Value): { pointer: Value; selector: Value; descriptor: Descriptor } {
  // Of 16 or 32 bits, as the task's state is.
  const wide = e.and(32, e.shrU(32, e.read(state.segmentAttributes, TR), 11), e.i32(1));
  const bytes = e.shl(32, e.i32(2), wide);
  const index = e.shl(32, e.add(32, e.shl(32, level, 2), e.i32(2)), wide);
  const last = e.sub(32, e.add(32, index, e.shl(32, bytes, 1)), e.i32(1));
  const beyond = e.op("i32.gt_u", last, e.read(state.segmentLimit, TR));
  failIf(e, beyond, TS, asError(e, e.read(state.selector, TR)));
  const at = e.add(64, e.read(state.segmentBase, TR), e.zeroExtend(64, index));
  const pointer = e.variable(e.i64(0));
  e.if(
    wide,
    () => e.set(pointer, e.zeroExtend(64, e.load(32, at))),
    () => e.set(pointer, e.zeroExtend(64, e.load(16, at))),
  );
  const selector = e.load(16, e.add(64, at, e.zeroExtend(64, bytes)));
  const error = asError(e, selector);
  const wrong = (condition: Value): void => failIf(e, condition, TS, error);
  wrong(isNull(e, selector));
  wrong(e.ne(32, rplOf(e, selector), level));
  const descriptor = descriptorOf(e, selector);
  wrong(e.ne(32, descriptor.dpl, level));
  wrong(e.or(32, descriptor.lacks(DESC.S), e.or(32, descriptor.has(DESC.CODE), descriptor.lacks(DESC.RW))));
  wrong(descriptor.lacks(DESC.P));
  return { pointer: e.get(pointer), selector, descriptor };
}

/** A stack pointer (i64) of the task's state in long mode: 0 to 2 by privilege, 4 to 10 the interrupt stacks 1 to 7. */
export function taskPointer(e: Emitter, number: Value): Value {
  const index = e.add(32, e.shl(32, number, 3), e.i32(4));
  const beyond = e.op("i32.gt_u", e.add(32, index, e.i32(7)), e.read(state.segmentLimit, TR));
  failIf(e, beyond, TS, asError(e, e.read(state.selector, TR)));
  const pointer = e.load(64, e.add(64, e.read(state.segmentBase, TR), e.zeroExtend(64, index)));
  failIf(e, e.eqz(32, canonical(e, pointer)), STACK, e.i32(0));
  return pointer;
}

/** Volume 3, 6.14. */
const deliverLong: Routine<Emitter> = {
  name: "deliverLong",
  ...parts,
  body(e, vector, error, back, kind) {
    const [gate, at] = readGate(e, vector!, kind!, 4, [14, 15]);
    const upper = e.load(32, e.add(64, at, e.i64(8)));
    const target = gateTarget(e, gate.selector);
    const { selector, code, level } = target;
    failIf(e, e.or(32, code.lacks(DESC.L), code.has(DESC.B)), GP, asError(e, selector));
    const stack = gate.has(7);
    const other = e.or(32, stack, e.ltU(32, level, e.read(state.privilege)));
    const pointer = e.variable(e.read(state.r, RSP));
    e.if(other, () => e.set(pointer, taskPointer(e, e.select(stack, e.add(32, stack, e.i32(3)), level))));
    const frame = new StackFrame(e, e.and(64, e.get(pointer), e.i64(-16)), e.i64(0), e.i64(-1));
    frame.push(64, e.zeroExtend(64, e.read(state.selector, SS)));
    frame.push(64, e.read(state.r, RSP));
    frame.push(64, e.zeroExtend(64, readEflags(e)));
    frame.push(64, e.zeroExtend(64, e.read(state.selector, CS)));
    frame.push(64, back!);
    e.if(hasError(e, vector!, kind!), () => frame.push(64, e.zeroExtend(64, error!)));
    leaveFlags(e, gate);
    e.if(other, () => setNullSegment(e, SS, level, e.shl(32, level, 13)));
    frame.commit();
    enter(e, target, e.or(64, e.shl(64, e.zeroExtend(64, upper), 32), e.zeroExtend(64, gate.offset)));
  },
};
