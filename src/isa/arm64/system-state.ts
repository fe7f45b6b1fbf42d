import type { Emitter, Value } from "../index.ts";
import { STACK_POINTER, state, type SystemSlot, systemSlot } from "./state.ts";

/** Reads a stored system register (i64). */
export function readSystem(e: Emitter, name: SystemSlot): Value {
  return e.read(state.system, systemSlot[name]);
}

export function writeSystem(e: Emitter, name: SystemSlot, value: Value): void {
  e.write(state.system, value, systemSlot[name]);
}

/** One bit of an i64, as an i32 that is 0 or 1. */
export function bitOf(e: Emitter, value: Value, bit: number): Value {
  return e.wrap(e.and(64, e.shrU(64, value, bit), e.i64(1)));
}

/** One bit of a stored system register, as an i32. */
export function systemBit(e: Emitter, name: SystemSlot, bit: number): Value {
  return bitOf(e, readSystem(e, name), bit);
}

/** Makes SP_EL0 (0) or SP_EL1 (1) the current stack pointer. `spsel` is an i32. */
export function selectStack(e: Emitter, spsel: Value): void {
  const old = e.read(state.spsel);
  e.if(e.ne(32, old, spsel), () => {
    e.write(state.sp, e.read(state.x, STACK_POINTER), old);
    e.write(state.x, e.read(state.sp, spsel), STACK_POINTER);
    e.write(state.spsel, spsel);
  });
}

/** Moves to an exception level (i32, 0 or 1): privilege of accesses, FP trap. */
export function selectLevel(e: Emitter, level: Value): void {
  e.write(state.el, level);
  e.selectPrivilege(level);
  updateFpTrap(e);
}

/** CPACR_EL1.FPEN: 3 traps nothing, 1 traps EL0, the others trap both. */
export function updateFpTrap(e: Emitter): void {
  const fpen = e.wrap(e.and(64, e.shrU(64, readSystem(e, "CPACR_EL1"), 20), e.i64(3)));
  const onlyEl0 = e.and(32, e.eq(32, fpen, e.i32(1)), e.read(state.el));
  e.write(state.fpTrapped, e.eqz(32, e.or(32, e.eq(32, fpen, e.i32(3)), onlyEl0)));
}

/**
 * Names the pair of translation tables in use. Only the bits of the bases that this core can address take part;
 * `selectTables` flushes around the others.
 */
function addressSpaceKey(e: Emitter): Value {
  const base = (name: SystemSlot): Value => e.and(64, e.shrU(64, readSystem(e, name), 12), e.i64(0xfff_ffff));
  return e.or(64, base("TTBR0_EL1"), e.shl(64, base("TTBR1_EL1"), 28));
}

export function selectTables(e: Emitter): void {
  e.selectAddressSpace(addressSpaceKey(e));
}

/** The base in a TTBR, without ASID and CnP. */
const BASE = 0xffff_ffff_fffen;
/** Base bits outside the key: below a page, or above 40 bits. */
const ODD = 0xff00_0000_0ffen;

/**
 * Writes TTBR0_EL1 or TTBR1_EL1. Linux does so on every access to user memory (PAN in software) and every kernel
 * entry (isolated page tables): a write that changes only the ASID costs nothing, another one selects cached entries.
 * Ends the step when the base changed.
 */
export function writeTable(e: Emitter, name: "TTBR0_EL1" | "TTBR1_EL1", value: Value): void {
  const old = readSystem(e, name);
  writeSystem(e, name, value);
  e.if(e.ne(64, e.and(64, e.xor(64, old, value), e.i64(BASE)), e.i64(0)), () => {
    selectTables(e);
    e.if(e.ne(64, e.and(64, e.or(64, old, value), e.i64(ODD)), e.i64(0)), () => e.flushTlb());
    refetch(e);
  });
}

/** Ends the step, so that the next instruction is looked up by the new rules of translation. */
export function refetch(e: Emitter): void {
  e.jump(e.add(64, e.pc(), e.i64(4)));
}
