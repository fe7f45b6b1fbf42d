import type { Emitter, Routine, Value } from "../index.ts";
import {
  asError,
  DESC,
  Descriptor,
  descriptorOf,
  isNull,
  readDescriptor,
  rplOf,
  setRealSegment,
  setSegment,
  withRpl,
} from "./descriptors.ts";
import { EXCEPTION } from "./exception-vectors.ts";
import { failIf, goToTask, innerStack, taskPointer } from "./exceptions.ts";
import { bySize, StackFrame } from "./stack-frame.ts";
import { CS, RSP, SS, state } from "./state.ts";
import {
  asCode,
  asSupervisor,
  ipOf,
  longModeActive,
  plainSegments,
  setIp,
  stackMaskOf,
  updateMode,
} from "./system-state.ts";
import { BY_CALL, BY_JUMP, isTask } from "./tasks.ts";

const { NP, GP } = EXCEPTION;
const TYPE_GATE_16 = 4;
const TYPE_GATE_32 = 12;

/** What a far transfer ends with: the segment registers are loaded. `ip`: i64. */
export function goTo(e: Emitter, ip: Value): void {
  updateMode(e);
  setIp(e, ip);
  asCode(e);
}

export function goReal(e: Emitter, selector: Value, ip: Value): void {
  setRealSegment(e, CS, selector);
  goTo(e, ip);
}

/** Checks a code segment that is jumped to or called without a gate. */
function checkDirect(e: Emitter, selector: Value, code: Descriptor): void {
  const cpl = e.read(state.privilege);
  const error = asError(e, selector);
  const refuse = (condition: Value, vector: number = GP): void => failIf(e, condition, vector, error);
  refuse(code.lacks(DESC.CODE));
  e.if(
    code.has(DESC.C),
    () => refuse(e.ltU(32, cpl, code.dpl)),
    () => refuse(e.or(32, e.ltU(32, cpl, rplOf(e, selector)), e.ne(32, code.dpl, cpl))),
  );
  refuse(code.lacks(DESC.P), NP);
}

/** Faults where an offset (i64) is outside of a code segment; 64-bit code has no limit. */
function checkLimit(e: Emitter, code: Descriptor, ip: Value, error: Value): void {
  const without = e.select(longModeActive(e), code.has(DESC.L), e.i32(0));
  const beyond = e.op("i64.gt_u", ip, e.zeroExtend(64, code.limit));
  failIf(e, e.and(32, e.eqz(32, without), beyond), GP, error);
}

interface Gate {
  readonly wide: Value;
  readonly selector: Value;
  readonly offset: Value;
  readonly parameters: Value;
}

/** What is no segment is for those who have its privilege. */
function requireRights(e: Emitter, selector: Value, { dpl }: Descriptor): void {
  const below = e.or(32, e.ltU(32, dpl, e.read(state.privilege)), e.ltU(32, dpl, rplOf(e, selector)));
  failIf(e, below, GP, asError(e, selector));
}

/** A call gate, checked. Volume 3, 5.8.3. */
function readCallGate(e: Emitter, selector: Value, gate: Descriptor): Gate {
  const error = asError(e, selector);
  const refuse = (condition: Value, vector: number = GP): void => failIf(e, condition, vector, error);
  const long = longModeActive(e);
  const wide = e.eq(32, gate.type, e.i32(TYPE_GATE_32));
  const known = e.or(32, wide, e.and(32, e.eqz(32, long), e.eq(32, gate.type, e.i32(TYPE_GATE_16))));
  refuse(e.eqz(32, known));
  requireRights(e, selector, gate);
  refuse(gate.lacks(DESC.P), NP);
  const offset = e.variable(e.zeroExtend(64, e.select(wide, gate.offset, e.and(32, gate.offset, e.i32(0xffff)))));
  e.if(long, () => {
    const upper = new Descriptor(e, e.call(readDescriptor, e.add(32, selector, e.i32(8))));
    refuse(upper.type);
    e.set(offset, e.or(64, e.get(offset), e.shl(64, upper.value, 32)));
  });
  return { wide, selector: gate.selector, offset: e.get(offset), parameters: gate.has(31) };
}

/** The code segment behind a gate. */
function behindGate(e: Emitter, selector: Value): Descriptor {
  const error = asError(e, selector);
  failIf(e, isNull(e, selector), GP, e.i32(0));
  const code = descriptorOf(e, selector);
  failIf(e, e.or(32, code.lacks(DESC.S), code.lacks(DESC.CODE)), GP, error);
  const wrong = e.or(32, code.lacks(DESC.L), e.ne(32, code.has(DESC.B), e.i32(0)));
  failIf(e, e.and(32, longModeActive(e), wrong), GP, error);
  return code;
}

/** (selector, offset, linear address behind it): JMP to another segment or task. */
export const farJump: Routine<Emitter> = {
  name: "farJump",
  params: ["i32", "i64", "i64"],
  result: undefined,
  accesses: true,
  body(e, selector, offset, back) {
    e.if(plainSegments(e), () => {
      goReal(e, selector!, offset!);
      e.return();
    });
    asSupervisor(e);
    const cpl = e.read(state.privilege);
    failIf(e, isNull(e, selector!), GP, e.i32(0));
    const found = descriptorOf(e, selector!);
    e.if(
      found.has(DESC.S),
      () => {
        checkDirect(e, selector!, found);
        checkLimit(e, found, offset!, e.i32(0));
        setSegment(e, CS, withRpl(e, selector!, cpl), found);
        goTo(e, offset!);
      },
      () => {
        switchIfTask(e, selector!, found, BY_JUMP, back!);
        const gate = readCallGate(e, selector!, found);
        const error = asError(e, gate.selector);
        const code = behindGate(e, gate.selector);
        const conforming = e.ne(32, code.has(DESC.C), e.i32(0));
        const wrong = e.select(conforming, e.ltU(32, cpl, code.dpl), e.ne(32, code.dpl, cpl));
        failIf(e, wrong, GP, error);
        failIf(e, code.lacks(DESC.P), GP, error);
        checkLimit(e, code, gate.offset, e.i32(0));
        setSegment(e, CS, withRpl(e, gate.selector, cpl), code);
        goTo(e, gate.offset);
      },
    );
  },
};

/** Where a descriptor is a task's or a gate's to one, the routine ends with it. */
function switchIfTask(e: Emitter, selector: Value, found: Descriptor, by: number, back: Value): void {
  e.if(isTask(e, found), () => {
    requireRights(e, selector, found);
    goToTask(e, selector, found, by, ipOf(e, back));
    e.return();
  });
}

/** (selector, offset, operand size, linear address to return to): CALL to another segment or task. */
export const farCall: Routine<Emitter> = {
  name: "farCall",
  params: ["i32", "i64", "i32", "i64"],
  result: undefined,
  accesses: true,
  body(e, selector, offset, size, back) {
    const frame = StackFrame.current(e);
    const pushReturn = (to: StackFrame, bits: 16 | 32 | 64): void => {
      to.push(bits, e.zeroExtend(64, e.read(state.selector, CS)));
      to.push(bits, ipOf(e, back!));
    };
    e.if(plainSegments(e), () => {
      bySize(e, size!, [16, 32], (bits) => pushReturn(frame, bits));
      frame.commit();
      goReal(e, selector!, offset!);
      e.return();
    });
    const cpl = e.read(state.privilege);
    asSupervisor(e);
    failIf(e, isNull(e, selector!), GP, e.i32(0));
    const found = descriptorOf(e, selector!);
    e.if(found.has(DESC.S), () => {
      checkDirect(e, selector!, found);
      bySize(e, size!, [16, 32, 64], (bits) => pushReturn(frame, bits));
      checkLimit(e, found, offset!, asError(e, selector!));
      frame.commit();
      setSegment(e, CS, withRpl(e, selector!, cpl), found);
      goTo(e, offset!);
      e.return();
    });
    switchIfTask(e, selector!, found, BY_CALL, back!);
    callThroughGate(e, readCallGate(e, selector!, found), pushReturn);
  },
};

function callThroughGate(e: Emitter, gate: Gate, pushReturn: (to: StackFrame, bits: 16 | 32 | 64) => void): void {
  const cpl = e.read(state.privilege);
  const error = asError(e, gate.selector);
  const code = behindGate(e, gate.selector);
  failIf(e, e.ltU(32, cpl, code.dpl), GP, error);
  failIf(e, code.lacks(DESC.P), NP, error);
  const inner = e.and(32, code.lacks(DESC.C), e.ltU(32, code.dpl, cpl));
  const level = e.select(inner, code.dpl, cpl);
  const long = longModeActive(e);
  const size = e.select(long, e.i32(64), e.select(gate.wide, e.i32(32), e.i32(16)));
  const old = StackFrame.current(e);
  const oldBase = e.read(state.segmentBase, SS);
  const [pointer, base, mask] = [e.variable(old.top), e.variable(oldBase), e.variable(old.mask)];
  const [selector, descriptor] = [e.variable(level), e.variable(e.shl(64, e.zeroExtend(64, level), 32 + 13))];
  e.if(inner, () =>
    e.if(
      long,
      () => {
        e.set(pointer, taskPointer(e, level));
        e.set(mask, e.i64(-1));
      },
      () => {
        const at = innerStack(e, level);
        e.set(pointer, at.pointer);
        e.set(selector, at.selector);
        e.set(descriptor, at.descriptor.value);
        e.set(base, at.descriptor.base);
        e.set(mask, stackMaskOf(e, at.descriptor.high));
      },
    ),
  );
  const frame = new StackFrame(e, e.get(pointer), e.get(base), e.get(mask));
  bySize(e, size, [16, 32, 64], (bits) => {
    e.if(inner, () => {
      frame.push(bits, e.zeroExtend(64, e.read(state.selector, SS)));
      frame.push(bits, e.read(state.r, RSP));
      if (bits !== 64) copyParameters(e, gate.parameters, bits, old, oldBase, frame);
    });
    pushReturn(frame, bits);
  });
  e.if(inner, () => setSegment(e, SS, withRpl(e, e.get(selector), level), new Descriptor(e, e.get(descriptor))));
  frame.commit();
  setSegment(e, CS, withRpl(e, gate.selector, level), code);
  goTo(e, gate.offset);
}

/** From the caller's stack to the new one, the last one first. */
function copyParameters(e: Emitter, count: Value, bits: 16 | 32, from: StackFrame, base: Value, to: StackFrame): void {
  const left = e.variable(count);
  e.while(
    () => e.get(left),
    () => {
      e.set(left, e.sub(32, e.get(left), e.i32(1)));
      const offset = e.zeroExtend(64, e.mul(32, e.get(left), e.i32(bits / 8)));
      const at = e.and(64, e.add(64, from.top, offset), from.mask);
      const value = e.load(bits, e.and(64, e.add(64, at, base), e.i64(0xffff_ffff)));
      to.push(bits, e.zeroExtend(64, value));
    },
  );
}
