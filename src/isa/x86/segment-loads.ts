import type { Emitter, Routine, Value } from "../index.ts";
import {
  asError,
  DESC,
  Descriptor,
  descriptorAddress,
  isNull,
  rplOf,
  setNullSegment,
  setRealSegment,
} from "./descriptors.ts";
import { EXCEPTION } from "./exception-vectors.ts";
import { failIf } from "./exceptions.ts";
import { LDTR, SS, state, TR } from "./state.ts";
import { asCode, asSupervisor, is64, longModeActive, plainSegments, updateMode } from "./system-state.ts";

const { GP, NP, SS: STACK } = EXCEPTION;

/** (segment, selector) → i32: 1 where it took an exception. Volume 2, MOV; CS is not loaded so. */
export const loadSegment: Routine<Emitter> = {
  name: "loadSegment",
  params: ["i32", "i32"],
  result: "i32",
  accesses: true,
  body(e, segment, selector) {
    const failed = e.i32(1);
    const error = asError(e, selector!);
    const refuse = (condition: Value, vector: number = GP, code = error): void =>
      failIf(e, condition, vector, code, failed);
    const stack = e.eq(32, segment!, e.i32(SS));
    const done = (): void => {
      updateMode(e);
      e.return(e.i32(0));
    };
    const cpl = e.read(state.privilege);
    e.if(plainSegments(e), () => {
      setRealSegment(e, segment!, selector!);
      done();
    });
    e.if(isNull(e, selector!), () => {
      const allowed = e.and(32, is64(e), e.ne(32, cpl, e.i32(3)));
      refuse(e.and(32, stack, e.eqz(32, allowed)), GP, e.i32(0));
      setNullSegment(e, segment!, selector!, e.select(stack, e.shl(32, cpl, 13), e.i32(0)));
      done();
    });
    asSupervisor(e);
    const address = e.call(descriptorAddress, selector!, e.i32(8));
    refuse(e.eq(64, address, e.i64(-1)));
    const found = new Descriptor(e, e.load(64, address));
    const rpl = rplOf(e, selector!);
    const { dpl } = found;
    refuse(found.lacks(DESC.S));
    e.if(
      stack,
      () => {
        refuse(e.or(32, found.has(DESC.CODE), found.lacks(DESC.RW)));
        refuse(e.or(32, e.ne(32, rpl, cpl), e.ne(32, dpl, cpl)));
        refuse(found.lacks(DESC.P), STACK);
      },
      () => {
        const code = found.has(DESC.CODE);
        refuse(e.and(32, e.ne(32, code, e.i32(0)), found.lacks(DESC.RW)));
        const conforming = e.eq(32, found.has(DESC.CODE | DESC.C), e.i32(DESC.CODE | DESC.C));
        const below = e.or(32, e.ltU(32, dpl, cpl), e.ltU(32, dpl, rpl));
        refuse(e.and(32, e.eqz(32, conforming), below));
        refuse(found.lacks(DESC.P), NP);
      },
    );
    const marked = e.or(32, found.high, e.i32(DESC.A));
    e.if(found.lacks(DESC.A), () => e.store(32, e.add(64, address, e.i64(4)), marked));
    e.write(state.selector, selector!, segment);
    e.write(state.segmentBase, found.base, segment);
    e.write(state.segmentLimit, found.limit, segment);
    e.write(state.segmentAttributes, e.or(32, found.attributes, e.i32(DESC.A)), segment);
    asCode(e);
    done();
    return e.i32(0);
  },
};

/** Descriptors of the local table and of a task's state have 16 bytes in long mode. */
function systemDescriptor(e: Emitter, selector: Value): [address: Value, descriptor: Descriptor, upper: Value] {
  const long = longModeActive(e);
  const address = e.call(descriptorAddress, selector, e.select(long, e.i32(16), e.i32(8)));
  failIf(e, e.eq(64, address, e.i64(-1)), EXCEPTION.GP, asError(e, selector), e.i32(1));
  const descriptor = new Descriptor(e, e.load(64, address));
  const upper = e.variable(e.i64(0));
  e.if(long, () => e.set(upper, e.load(64, e.add(64, address, e.i64(8)))));
  return [address, descriptor, e.get(upper)];
}
const baseOf = (e: Emitter, descriptor: Descriptor, upper: Value): Value =>
  e.or(64, descriptor.base, e.shl(64, upper, 32));

/** (selector) → i32: 1 where it took an exception. LLDT. */
export const loadLocalTable: Routine<Emitter> = {
  name: "loadLocalTable",
  params: ["i32"],
  result: "i32",
  accesses: true,
  body(e, selector) {
    e.if(isNull(e, selector!), () => {
      setNullSegment(e, LDTR, selector!, e.i32(0));
      e.return(e.i32(0));
    });
    const error = asError(e, selector!);
    failIf(e, e.and(32, selector!, e.i32(4)), GP, error, e.i32(1));
    asSupervisor(e);
    const [, found, upper] = systemDescriptor(e, selector!);
    failIf(e, e.ne(32, found.type, e.i32(2)), GP, error, e.i32(1));
    failIf(e, found.lacks(DESC.P), NP, error, e.i32(1));
    writeHidden(e, LDTR, selector!, found, upper);
    asCode(e);
    return e.i32(0);
  },
};

/** (selector) → i32: 1 where it took an exception. LTR: the state is in use from now on. */
export const loadTask: Routine<Emitter> = {
  name: "loadTask",
  params: ["i32"],
  result: "i32",
  accesses: true,
  body(e, selector) {
    const error = asError(e, selector!);
    const refuse = (condition: Value, vector: number = GP, code = error): void =>
      failIf(e, condition, vector, code, e.i32(1));
    refuse(isNull(e, selector!), GP, e.i32(0));
    refuse(e.and(32, selector!, e.i32(4)));
    asSupervisor(e);
    const [address, found, upper] = systemDescriptor(e, selector!);
    // 16 bits, which long mode has not, or 32.
    const short = e.and(32, e.eq(32, found.type, e.i32(1)), e.eqz(32, longModeActive(e)));
    refuse(e.eqz(32, e.or(32, short, e.eq(32, found.type, e.i32(9)))));
    refuse(found.lacks(DESC.P), NP);
    const busy = e.or(32, found.high, e.i32(DESC.BUSY));
    e.store(32, e.add(64, address, e.i64(4)), busy);
    const used = new Descriptor(e, e.or(64, found.value, e.i64(BigInt(DESC.BUSY) << 32n)));
    writeHidden(e, TR, selector!, used, upper);
    asCode(e);
    return e.i32(0);
  },
};

function writeHidden(e: Emitter, register: number, selector: Value, found: Descriptor, upper: Value): void {
  e.write(state.selector, selector, register);
  e.write(state.segmentBase, baseOf(e, found, upper), register);
  e.write(state.segmentLimit, found.limit, register);
  e.write(state.segmentAttributes, found.attributes, register);
}
