import type { Emitter, Routine, Value } from "../index.ts";
import {
  asError,
  DESC,
  Descriptor,
  descriptorOf,
  dplOf,
  isNull,
  rplOf,
  setSegment,
  setSegment86,
} from "./descriptors.ts";
import { EXCEPTION } from "./exception-vectors.ts";
import { failIf, goToTask } from "./exceptions.ts";
import { goReal, goTo } from "./far-transfers.ts";
import { bySize, StackFrame } from "./stack-frame.ts";
import { CS, DS, ES, FS, GS, RSP, SS, state, TR } from "./state.ts";
import {
  asSupervisor,
  eflag,
  flagsOf,
  ioPrivilege,
  ipOf,
  is64,
  longModeActive,
  plainSegments,
  stackMaskOf,
  updateMode,
  virtual86,
  writeEflags,
} from "./system-state.ts";
import { BY_RETURN } from "./tasks.ts";

const { TS, NP, GP } = EXCEPTION;

interface Popped {
  readonly ip: Value;
  readonly selector: Value;
  readonly flags: Value | undefined;
}

/** RIP and CS, and EFLAGS if asked for, of an operand size. */
function popReturn(e: Emitter, frame: StackFrame, size: Value, withFlags: boolean): Popped {
  const [ip, selector, flags] = [e.variable(e.i64(0)), e.variable(e.i64(0)), e.variable(e.i64(0))];
  bySize(e, size, [16, 32, 64], (bits) => {
    e.set(ip, frame.pop(bits));
    e.set(selector, frame.pop(bits));
    if (withFlags) e.set(flags, frame.pop(bits));
  });
  const short = e.and(32, e.wrap(e.get(selector)), e.i32(0xffff));
  return { ip: e.get(ip), selector: short, flags: withFlags ? e.wrap(e.get(flags)) : undefined };
}

/** (operand size, bytes to release): RET to another segment. */
export const farReturn: Routine<Emitter> = {
  name: "farReturn",
  params: ["i32", "i32"],
  result: undefined,
  accesses: true,
  body(e, size, release) {
    const frame = StackFrame.current(e);
    const bytes = e.zeroExtend(64, release!);
    e.if(plainSegments(e), () => {
      const { ip, selector } = popReturn(e, frame, size!, false);
      frame.release(bytes);
      frame.commit();
      goReal(e, selector, ip);
      e.return();
    });
    asSupervisor(e);
    const popped = popReturn(e, frame, size!, false);
    frame.release(bytes);
    returnTo(e, frame, size!, popped, bytes);
  },
};

/** Checks and makes a return, also to another privilege. Volume 2, RET and IRET. `release`: bytes of the outer stack as well. */
function returnTo(e: Emitter, frame: StackFrame, size: Value, { ip, selector, flags }: Popped, release: Value): void {
  const cpl = e.read(state.privilege);
  const iopl = ioPrivilege(e);
  const rpl = rplOf(e, selector);
  const error = asError(e, selector);
  const refuse = (condition: Value, vector: number = GP): void => failIf(e, condition, vector, error);
  refuse(isNull(e, selector));
  const code = descriptorOf(e, selector);
  refuse(e.or(32, code.lacks(DESC.S), code.lacks(DESC.CODE)));
  refuse(e.ltU(32, rpl, cpl));
  refuse(e.select(code.has(DESC.C), e.ltU(32, rpl, code.dpl), e.ne(32, code.dpl, rpl)));
  refuse(code.lacks(DESC.P), NP);
  const leaves = e.ne(32, rpl, cpl);
  const outer = flags ? e.or(32, leaves, is64(e)) : leaves;
  e.if(
    outer,
    () => {
      const stack = popStack(e, frame, size, rpl);
      setSegment(e, SS, stack.selector, stack.descriptor);
      setSegment(e, CS, selector, code);
      updateMode(e);
      const mask = e.select(is64(e), e.i64(-1), stackMaskOf(e, stack.descriptor.high));
      const now = new StackFrame(e, e.add(64, stack.pointer, release), e.i64(0), mask);
      now.commit();
      for (const segment of [ES, DS, FS, GS]) dropInner(e, segment, rpl);
    },
    () => {
      setSegment(e, CS, selector, code);
      frame.commit();
    },
  );
  if (flags) loadFlags(e, flags, size, cpl, iopl);
  goTo(e, ip);
}

/** The stack that is returned to. */
function popStack(
  e: Emitter,
  frame: StackFrame,
  size: Value,
  rpl: Value,
): { pointer: Value; selector: Value; descriptor: Descriptor } {
  const [pointer, popped] = [e.variable(e.i64(0)), e.variable(e.i64(0))];
  bySize(e, size, [16, 32, 64], (bits) => {
    e.set(pointer, frame.pop(bits));
    e.set(popped, frame.pop(bits));
  });
  const selector = e.and(32, e.wrap(e.get(popped)), e.i32(0xffff));
  // Long mode's stack may be none, but at the outermost privilege.
  const flat = e.or(64, e.i64(0x00cf_9300_0000_ffffn), e.shl(64, e.zeroExtend(64, rpl), 32 + 13));
  const descriptor = e.variable(flat);
  e.if(
    isNull(e, selector),
    () => {
      const allowed = e.and(32, longModeActive(e), e.ne(32, rpl, e.i32(3)));
      failIf(e, e.eqz(32, allowed), GP, e.i32(0));
    },
    () => {
      const error = asError(e, selector);
      failIf(e, e.ne(32, rplOf(e, selector), rpl), GP, error);
      const found = descriptorOf(e, selector);
      failIf(e, e.or(32, found.lacks(DESC.S), e.or(32, found.has(DESC.CODE), found.lacks(DESC.RW))), GP, error);
      failIf(e, e.ne(32, found.dpl, rpl), GP, error);
      failIf(e, found.lacks(DESC.P), NP, error);
      e.set(descriptor, found.value);
    },
  );
  return { pointer: e.get(pointer), selector, descriptor: new Descriptor(e, e.get(descriptor)) };
}

/** A segment that the outer privilege may not have is none; its base stays, as on the reference. */
function dropInner(e: Emitter, segment: number, level: Value): void {
  const attributes = e.read(state.segmentAttributes, segment);
  const conforming = e.eq(32, e.and(32, attributes, e.i32(DESC.CODE | DESC.C)), e.i32(DESC.CODE | DESC.C));
  const kept = e.variable(e.or(32, conforming, e.geU(32, dplOf(e, attributes), level)));
  // FS and GS may have a base without a selector.
  if (segment === FS || segment === GS) e.set(kept, e.or(32, e.get(kept), isNull(e, e.read(state.selector, segment))));
  e.if(e.eqz(32, e.get(kept)), () => {
    e.write(state.selector, e.i32(0), segment);
    e.write(state.segmentAttributes, e.and(32, attributes, e.i32(~DESC.P)), segment);
  });
}

/** EFLAGS as IRET may change it from a privilege. */
function loadFlags(e: Emitter, flags: Value, size: Value, cpl: Value, iopl: Value): void {
  const always = e.i32(flagsOf("TF", "AC", "ID", "RF", "NT"));
  const privilege = e.select(cpl, e.i32(0), e.i32(3 << 12));
  const interrupts = e.select(e.ltU(32, iopl, cpl), e.i32(0), e.i32(flagsOf("IF")));
  const all = e.or(32, always, e.or(32, privilege, interrupts));
  writeEflags(e, flags, e.select(e.eq(32, size, e.i32(16)), e.and(32, all, e.i32(0xffff)), all));
}

/** (operand size, linear address behind it): IRET in all modes. */
export const interruptReturn: Routine<Emitter> = {
  name: "interruptReturn",
  params: ["i32", "i64"],
  result: undefined,
  accesses: true,
  body(e, size, behind) {
    const frame = StackFrame.current(e);
    const plain = plainSegments(e);
    e.if(plain, () => {
      const in86 = virtual86(e);
      failIf(e, e.and(32, in86, e.ne(32, ioPrivilege(e), e.i32(3))), GP, e.i32(0));
      const { ip, selector, flags } = popReturn(e, frame, size!, true);
      frame.commit();
      const always = e.i32(flagsOf("TF", "AC", "ID", "IF", "RF", "NT"));
      const all = e.or(32, always, e.select(in86, e.i32(0), e.i32(3 << 12)));
      writeEflags(e, flags!, e.select(e.eq(32, size!, e.i32(16)), e.and(32, all, e.i32(0xffff)), all));
      e.write(state.nmiBlocked, e.i32(0));
      goReal(e, selector, ip);
      e.return();
    });
    asSupervisor(e);
    e.if(eflag(e, "NT"), () => {
      returnFromTask(e, behind!);
      e.write(state.nmiBlocked, e.i32(0));
      e.return();
    });
    const popped = popReturn(e, frame, size!, true);
    const to86 = e.and(32, popped.flags!, e.i32(flagsOf("VM")));
    const can86 = e.and(32, e.eq(32, size!, e.i32(32)), e.eqz(32, e.read(state.privilege)));
    e.if(e.select(to86, e.and(32, can86, e.eqz(32, longModeActive(e))), e.i32(0)), () => {
      returnTo86(e, frame, popped);
      e.return();
    });
    // A fault in it leaves NMIs as they were.
    returnTo(e, frame, size!, popped, e.i64(0));
    e.write(state.nmiBlocked, e.i32(0));
  },
};

function returnTo86(e: Emitter, frame: StackFrame, { ip, selector, flags }: Popped): void {
  const [pointer, ...selectors] = Array.from({ length: 6 }, () => frame.pop(32));
  writeEflags(e, flags!, e.i32(flagsOf("TF", "AC", "ID", "IF", "VM", "NT", "VIF", "VIP") | (3 << 12)));
  [SS, ES, DS, FS, GS].forEach((segment, n) =>
    setSegment86(e, segment, e.and(32, e.wrap(selectors[n]!), e.i32(0xffff))),
  );
  setSegment86(e, CS, selector);
  e.write(state.r, pointer!, RSP);
  e.write(state.nmiBlocked, e.i32(0));
  goTo(e, e.and(64, ip, e.i64(0xffff)));
}

/** To the task that the one in execution was called from. */
function returnFromTask(e: Emitter, behind: Value): void {
  failIf(e, longModeActive(e), GP, e.i32(0));
  const back = e.load(16, e.read(state.segmentBase, TR));
  const refuse = (condition: Value): void => failIf(e, condition, TS, asError(e, back));
  refuse(e.and(32, back, e.i32(4)));
  const found = descriptorOf(e, back);
  // It is busy, of 16 or 32 bits.
  refuse(e.ne(32, e.and(32, found.type, e.i32(0x17)), e.i32(3)));
  goToTask(e, back, found, BY_RETURN, ipOf(e, behind));
}
