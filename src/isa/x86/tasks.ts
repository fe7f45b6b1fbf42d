import type { Emitter, Routine, Value } from "../index.ts";
import {
  asError,
  DESC,
  Descriptor,
  descriptorOf,
  isNull,
  rplOf,
  setNullSegment,
  setSegment,
  setSegment86,
} from "./descriptors.ts";
import { EXCEPTION } from "./exception-vectors.ts";
import { StackFrame } from "./stack-frame.ts";
import { CS, DS, ES, FS, GS, LDTR, SS, state, TR } from "./state.ts";
import {
  asSupervisor,
  CR0,
  flag,
  flagsOf,
  longModeActive,
  readEflags,
  readSystem,
  setIp,
  setPrivilege,
  systemBit,
  updateMode,
  writeEflags,
  writeSystem,
} from "./system-state.ts";
import { readTask, saveTask, SEGMENTS, type Task } from "./task-state.ts";

const { TS, NP, GP } = EXCEPTION;

/** What switches tasks: JMP; IRET; CALL and exceptions, which come back. */
export const [BY_JUMP, BY_RETURN, BY_CALL] = [0, 1, 2] as const;

/** Types of descriptors: a task gate; states that are free, of 16 and 32 bits. */
export const TASK_GATE = 5;
const [FREE_16, FREE_32] = [1, 9] as const;
/** Of a state's type: it has 32 bits. */
const WIDE = 1 << 11;
/** Offsets of the last byte that a state has at least. */
const [LAST_16, LAST_32] = [43, 103] as const;
/** DR7: the local enables. */
const LOCAL_BREAKPOINTS = 0x55n;

/** Whether a JMP or CALL that names this descriptor, which is no segment's, switches tasks. */
export function isTask(e: Emitter, found: Descriptor): Value {
  const types = (1 << FREE_16) | (1 << TASK_GATE) | (1 << FREE_32);
  const listed = e.and(32, e.shrU(32, e.i32(types), found.type), e.i32(1));
  return e.and(32, listed, e.eqz(32, longModeActive(e)));
}

/** The new task has all it needs. Its trap bit asks for a debug exception before its first instruction. */
export function endSwitch(e: Emitter): void {
  const trap = e.and(32, e.read(state.switched), e.i32(2));
  e.write(state.switched, e.i32(0));
  e.if(trap, () => {
    e.write(state.stepped, e.or(32, e.read(state.stepped), trap));
    e.leave();
  });
}

/** In a routine whose result is the fault that it ends in, or 0: vector and error code, for `raiseFault`. */
function endIf(e: Emitter, condition: Value, vector: number, error: Value): void {
  e.if(condition, () => e.return(e.or(32, e.i32(vector), e.shl(32, error, 8))));
}

/**
 * (selector, descriptor, what switches, IP to come back to) → i32: the fault that it ends in. The descriptor is a task
 * gate's, or a state's of the right type. Volume 3, 7.3. A fault behind the point where the old task is saved is the new
 * one's, at its first instruction: `switched` says so.
 */
export const switchTask: Routine<Emitter> = {
  name: "switchTask",
  params: ["i32", "i64", "i32", "i64"],
  result: "i32",
  accesses: true,
  body(e, selector, descriptor, by, back) {
    const [chosen, task] = chooseTask(e, selector!, new Descriptor(e, descriptor!));
    const wide = e.ne(32, task.has(WIDE), e.i32(0));
    const short = e.ltU(32, task.limit, e.select(wide, e.i32(LAST_32), e.i32(LAST_16)));
    endIf(e, task.lacks(DESC.P), NP, asError(e, chosen));
    endIf(e, e.or(32, e.and(32, chosen, e.i32(4)), short), TS, asError(e, chosen));
    const { base } = task;
    const next = readTask(e, base, wide);

    const nested = e.eq(32, by!, e.i32(BY_CALL));
    const returns = e.eq(32, by!, e.i32(BY_RETURN));
    leaveTask(e, nested, returns, back!);
    e.if(nested, () => e.store(16, base, e.read(state.selector, TR)));
    e.if(e.eqz(32, returns), () => markBusy(e, chosen, true));

    e.write(state.switched, e.i32(1));
    writeSystem(e, "CR0", e.or(64, readSystem(e, "CR0"), e.i64(1 << CR0.TS)));
    setSegment(e, TR, chosen, new Descriptor(e, e.or(64, task.value, e.i64(BigInt(DESC.BUSY) << 32n))));
    e.if(e.and(32, wide, systemBit(e, "CR0", CR0.PG)), () => {
      const cr3 = e.zeroExtend(64, next.cr3);
      writeSystem(e, "CR3", cr3);
      e.selectAddressSpace(cr3);
    });
    const in86 = enterTask(e, next, wide, nested);
    loadLocal(e, next.local);
    e.if(e.eqz(32, in86), () => {
      const level = rplOf(e, next.selectors[CS]!);
      for (const segment of [CS, SS, ES, DS, FS, GS]) {
        const fault = e.variable(e.call(loadTaskSegment, e.i32(segment), next.selectors[segment]!, level));
        e.if(e.get(fault), () => e.return(e.get(fault)));
        if (segment === CS) setIp(e, e.zeroExtend(64, next.ip));
      }
    });
    endIf(e, e.op("i32.gt_u", next.ip, e.read(state.segmentLimit, CS)), GP, e.i32(0));
    const armed = readSystem(e, "DR7");
    e.if(e.ne(64, e.and(64, armed, e.i64(LOCAL_BREAKPOINTS)), e.i64(0)), () => {
      writeSystem(e, "DR7", e.and(64, armed, e.i64(~LOCAL_BREAKPOINTS)));
      e.flushTlb();
      e.leave();
    });
    updateMode(e);
    e.write(state.switched, e.or(32, e.i32(1), e.shl(32, next.trap, 1)));
    return e.i32(0);
  },
};

/** The state that a selector names, or the gate that it names. */
function chooseTask(e: Emitter, selector: Value, found: Descriptor): [selector: Value, task: Descriptor] {
  const [chosen, task] = [e.variable(selector), e.variable(found.value)];
  e.if(e.eq(32, found.type, e.i32(TASK_GATE)), () => {
    const behind = found.selector;
    const refuse = (condition: Value, vector: number, named: Value): void =>
      endIf(e, condition, vector, asError(e, named));
    refuse(found.lacks(DESC.P), NP, selector);
    refuse(e.and(32, behind, e.i32(4)), TS, behind);
    const other = descriptorOf(e, behind);
    refuse(e.ne(32, e.and(32, other.type, e.i32(0x17)), e.i32(FREE_16)), GP, behind);
    e.set(chosen, behind);
    e.set(task, other.value);
  });
  return [e.get(chosen), new Descriptor(e, e.get(task))];
}

/** Sets or clears the bit that says that a task's state is in use. */
function markBusy(e: Emitter, selector: Value, busy: boolean): void {
  const index = e.zeroExtend(64, e.and(32, selector, e.i32(0xfff8)));
  const at = e.add(64, e.add(64, readSystem(e, "GDT_BASE"), index), e.i64(4));
  const high = e.load(32, at);
  e.store(32, at, busy ? e.or(32, high, e.i32(DESC.BUSY)) : e.and(32, high, e.i32(~DESC.BUSY)));
}

/** Saves the task in execution. */
function leaveTask(e: Emitter, nested: Value, returns: Value, back: Value): void {
  const base = e.read(state.segmentBase, TR);
  const wide = e.ne(32, e.and(32, e.read(state.segmentAttributes, TR), e.i32(WIDE)), e.i32(0));
  const end = e.add(64, base, e.select(wide, e.i64(LAST_32), e.i64(LAST_16)));
  // What cannot be saved faults before anything is.
  const [first, last] = [e.load(8, base), e.load(8, end)];
  e.store(8, base, first);
  e.store(8, end, last);
  e.if(e.eqz(32, nested), () => markBusy(e, e.read(state.selector, TR), false));
  const flags = readEflags(e);
  saveTask(e, base, wide, back, e.select(returns, e.and(32, flags, e.i32(~flag("NT"))), flags));
}

/** All of the new task that cannot fault; its segments are none yet. Whether it is one of virtual-8086 mode. */
function enterTask(e: Emitter, next: Task, wide: Value, nested: Value): Value {
  const flags = e.or(32, next.flags, e.select(nested, e.i32(flag("NT")), e.i32(0)));
  const all = flagsOf("TF", "AC", "ID", "IF", "VM", "RF", "NT") | (3 << 12);
  // A state of 16 bits leaves the rest, but that its task is not one of virtual-8086 mode.
  writeEflags(e, flags, e.select(wide, e.i32(all), e.i32((all & 0xffff) | flag("VM"))));
  next.registers.forEach((value, n) => {
    const kept = e.select(wide, e.i64(0), e.and(64, e.read(state.r, n), e.i64(0xffff_0000)));
    e.write(state.r, e.or(64, kept, e.zeroExtend(64, value)), n);
  });
  const in86 = e.and(32, flags, e.i32(flag("VM")));
  for (const segment of SEGMENTS) {
    const selector = next.selectors[segment]!;
    e.if(
      in86,
      () => setSegment86(e, segment, selector),
      () => setNullSegment(e, segment, selector, e.i32(0)),
    );
  }
  asSupervisor(e);
  setIp(e, e.zeroExtend(64, next.ip));
  return in86;
}

/** In a routine whose result is the fault that it ends in. */
function loadLocal(e: Emitter, selector: Value): void {
  setNullSegment(e, LDTR, e.and(32, selector, e.i32(~4)), e.i32(0));
  const refuse = (condition: Value): void => endIf(e, condition, TS, asError(e, selector));
  refuse(e.and(32, selector, e.i32(4)));
  e.if(e.eqz(32, isNull(e, selector)), () => {
    const found = descriptorOf(e, selector);
    refuse(e.ne(32, found.type, e.i32(2)));
    refuse(found.lacks(DESC.P));
    setSegment(e, LDTR, selector, found);
  });
}

/** (segment, selector, CPL) → i32: the fault that it ends in. Its selector is loaded. Volume 3, table 7-1. */
const loadTaskSegment: Routine<Emitter> = {
  name: "loadTaskSegment",
  params: ["i32", "i32", "i32"],
  result: "i32",
  accesses: true,
  body(e, segment, selector, level) {
    const refuse = (condition: Value, vector: number = TS): void => endIf(e, condition, vector, asError(e, selector!));
    const [isCode, isStack] = [e.eq(32, segment!, e.i32(CS)), e.eq(32, segment!, e.i32(SS))];
    e.if(isNull(e, selector!), () => {
      refuse(e.or(32, isCode, isStack));
      e.return(e.i32(0));
    });
    const found = descriptorOf(e, selector!);
    const rpl = rplOf(e, selector!);
    const code = found.has(DESC.CODE);
    const unlike = e.ne(32, found.dpl, rpl);
    const locked = found.lacks(DESC.RW);
    refuse(found.lacks(DESC.S));
    e.if(isCode, () => refuse(e.or(32, e.eqz(32, code), unlike)));
    e.if(isStack, () => {
      refuse(e.or(32, code, locked));
      refuse(e.or(32, unlike, e.ne(32, found.dpl, level!)));
    });
    e.if(e.eqz(32, e.or(32, isCode, isStack)), () => {
      refuse(e.and(32, e.ne(32, code, e.i32(0)), locked));
      const conforming = e.eq(32, found.has(DESC.CODE | DESC.C), e.i32(DESC.CODE | DESC.C));
      const below = e.or(32, e.ltU(32, found.dpl, level!), e.ltU(32, found.dpl, rpl));
      refuse(e.and(32, e.eqz(32, conforming), below));
    });
    // A stack, too, as on the reference.
    refuse(found.lacks(DESC.P), NP);
    setSegment(e, segment!, selector!, found);
    e.if(isStack, () => {
      setPrivilege(e, found.dpl);
      asSupervisor(e);
    });
    return e.i32(0);
  },
};

/** After a switch that an exception made: its error code is on the new task's stack, of the size of its state. */
export function pushError(e: Emitter, error: Value): void {
  const wide = e.and(32, e.read(state.segmentAttributes, TR), e.i32(WIDE));
  const frame = StackFrame.current(e);
  e.if(
    wide,
    () => frame.push(32, e.zeroExtend(64, error)),
    () => frame.push(16, e.zeroExtend(64, error)),
  );
  frame.commit();
}
