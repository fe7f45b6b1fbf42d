import type { Emitter, Value } from "../index.ts";
import { currentFlags, FLAG_NAMES } from "./flags.ts";
import { CODE_16, CODE_32, CODE_32_FLAT, CODE_64 } from "./modes.ts";
import { CS, DS, EFLAGS, ES, FLAG_BITS, RSP, SS, state, type SystemSlot, systemSlot } from "./state.ts";

export function readSystem(e: Emitter, slot: SystemSlot): Value {
  return e.read(state.system, systemSlot[slot]);
}
export function writeSystem(e: Emitter, slot: SystemSlot, value: Value): void {
  e.write(state.system, value, systemSlot[slot]);
}
/** One bit of a stored register, as an i32. */
export function systemBit(e: Emitter, slot: SystemSlot, bit: number): Value {
  return e.and(32, e.wrap(e.shrU(64, readSystem(e, slot), bit)), e.i32(1));
}
/** Some of its bits, in their places. */
export function systemMask(e: Emitter, slot: SystemSlot, ...bits: readonly number[]): Value {
  return e.and(32, e.wrap(readSystem(e, slot)), e.i32(bits.reduce((all, bit) => all | (1 << bit), 0)));
}

/** Bits of control registers. Volume 3, 2.5; of EFER, 2.2.1. */
export const CR0 = { PE: 0, MP: 1, EM: 2, TS: 3, ET: 4, NE: 5, WP: 16, AM: 18, NW: 29, CD: 30, PG: 31 } as const;
export const CR4 = { TSD: 2, DE: 3, PSE: 4, PAE: 5, MCE: 6, PGE: 7, PCE: 8, OSFXSR: 9, OSXMMEXCPT: 10 } as const;
export const EFER = { SCE: 0, LME: 8, LMA: 10, NXE: 11 } as const;

export const protectedMode = (e: Emitter): Value => systemBit(e, "CR0", CR0.PE);
export const longModeActive = (e: Emitter): Value => systemBit(e, "EFER", EFER.LMA);
export const virtual86 = (e: Emitter): Value => eflag(e, "VM");
/** Segments are what they are in real mode: in that, and in virtual-8086 mode. */
export const plainSegments = (e: Emitter): Value => e.or(32, e.eqz(32, protectedMode(e)), virtual86(e));
export const is64 = (e: Emitter): Value => e.eq(32, e.read(state.mode), e.i32(CODE_64));

// EFLAGS
export const flag = (name: keyof typeof EFLAGS): number => 1 << EFLAGS[name];
export const flagsOf = (...names: (keyof typeof EFLAGS)[]): number => names.reduce((all, name) => all | flag(name), 0);
const CONDITIONS = FLAG_BITS.reduce<number>((all, bit) => all | (1 << bit), 0);

export function eflag(e: Emitter, name: keyof typeof EFLAGS): Value {
  return e.and(32, e.shrU(32, e.read(state.eflags), EFLAGS[name]), e.i32(1));
}
/** IOPL, an i32. */
export const ioPrivilege = (e: Emitter): Value => e.and(32, e.shrU(32, e.read(state.eflags), EFLAGS.IOPL), e.i32(3));

/** EFLAGS as it is pushed, an i32. */
export function readEflags(e: Emitter): Value {
  const flags = currentFlags(e);
  const bits = FLAG_NAMES.map((name, n) => e.shl(32, flags[name], FLAG_BITS[n]!));
  return bits.reduce((all, bit) => e.or(32, all, bit), e.or(32, e.read(state.eflags), e.i32(2)));
}
/** Condition flags and DF become a value's (i32), and what `mask` (i32) has. */
export function writeEflags(e: Emitter, value: Value, mask: Value): void {
  FLAG_BITS.forEach((bit, n) => e.write(state.flags, e.and(32, e.shrU(32, value, bit), e.i32(1)), n));
  const changed = e.and(32, e.or(32, mask, e.i32(flag("DF"))), e.i32(~(CONDITIONS | 2)));
  const kept = e.and(32, e.read(state.eflags), e.not(32, changed));
  const now = e.or(32, kept, e.and(32, value, changed));
  e.write(state.eflags, now);
  e.interruptsChanged();
  e.if(e.and(32, now, e.i32(flagsOf("TF", "RF"))), () => e.leave());
}
export function clearEflags(e: Emitter, bits: number): void {
  e.write(state.eflags, e.and(32, e.read(state.eflags), e.i32(~bits)));
}

// Where code is
/** RIP of a linear address of code (i64). */
export function ipOf(e: Emitter, linear: Value): Value {
  const offset = e.and(64, e.sub(64, linear, e.read(state.segmentBase, CS)), e.i64(0xffff_ffff));
  return e.select(is64(e), linear, offset);
}
/** Goes on at an offset (i64) in the code segment, which is loaded already. */
export function setIp(e: Emitter, ip: Value): void {
  const linear = e.and(64, e.add(64, ip, e.read(state.segmentBase, CS)), e.i64(0xffff_ffff));
  e.write(state.pc, e.select(is64(e), ip, linear));
}

/** The mode of code (modes.ts) follows from the segments; what is decoded from the next step on. */
export function updateMode(e: Emitter): void {
  const attributes = (segment: number, bit: number): Value =>
    e.and(32, e.shrU(32, e.read(state.segmentAttributes, segment), bit), e.i32(1));
  const bases = [CS, DS, ES, SS].map((segment) => e.read(state.segmentBase, segment));
  const apart = e.ne(
    64,
    bases.reduce((a, b) => e.or(64, a, b)),
    e.i64(0),
  );
  const segmented = e.or(32, apart, e.eqz(32, attributes(SS, 22)));
  const long = e.and(32, attributes(CS, 21), longModeActive(e));
  const in32 = e.select(segmented, e.i32(CODE_32), e.i32(CODE_32_FLAT));
  const legacy = e.select(attributes(CS, 22), in32, e.i32(CODE_16));
  const mode = e.select(long, e.i32(CODE_64), legacy);
  e.if(e.ne(32, mode, e.read(state.mode)), () => {
    e.write(state.mode, mode);
    e.selectMode(mode);
  });
}

// Privilege
export function setPrivilege(e: Emitter, level: Value): void {
  e.write(state.privilege, level);
  selectCurrentPrivilege(e);
}
function selectCurrentPrivilege(e: Emitter): void {
  e.selectPrivilege(e.ne(32, e.read(state.privilege), e.i32(3)));
}
/** Accesses to descriptors, task state and stacks of gates are the supervisor's, until `asCode`. */
export function asSupervisor(e: Emitter): void {
  e.write(state.supervisor, e.i32(1));
  e.selectPrivilege(e.i32(1));
}
export function asCode(e: Emitter): void {
  e.write(state.supervisor, e.i32(0));
  selectCurrentPrivilege(e);
}

/** What a stack segment's attributes (i32) make of a pointer to it (i64). */
export function stackMaskOf(e: Emitter, attributes: Value): Value {
  const big = e.and(32, e.shrU(32, attributes, 22), e.i32(1));
  return e.select(big, e.i64(0xffff_ffff), e.i64(0xffff));
}
/** The stack pointer in use, changed where a mask (i64) says. 32 bits clear what is above them. */
export function setStackPointer(e: Emitter, mask: Value, pointer: Value): void {
  const kept = e.select(e.eq(64, mask, e.i64(0xffff)), e.and(64, e.read(state.r, RSP), e.i64(~0xffff)), e.i64(0));
  e.write(state.r, e.or(64, kept, e.and(64, pointer, mask)), RSP);
}

export function canonical(e: Emitter, address: Value): Value {
  return e.eq(64, e.shrS(64, e.shl(64, address, 16), 16), address);
}
