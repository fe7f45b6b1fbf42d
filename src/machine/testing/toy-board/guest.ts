import { toyState, TRAP_VECTOR } from "../../../engine/testing/toy-guest.ts";
import { pagedToy } from "../../../engine/testing/toy-paged.ts";
import type { Emitter, Routine, WordGuest } from "../../../isa/index.ts";

/** Interrupt n enters here, 8 instructions behind the one before. */
export const vectorAddress = (vector: number): number => Number(TRAP_VECTOR) + 0x100 + 0x20 * vector;
/** `cause` of an interrupt: this, and the vector. */
export const INTERRUPT_CAUSE = 0x100;

const interrupt: Routine<Emitter> = {
  name: "interrupt",
  params: [],
  result: undefined,
  body(e) {
    e.write(toyState.trapPc, e.read(toyState.pc));
    e.write(toyState.cause, e.add(64, e.zeroExtend(64, e.host("interruptVector")), e.i64(INTERRUPT_CAUSE)));
    const vector = e.and(64, e.read(toyState.cause), e.i64(INTERRUPT_CAUSE - 1));
    e.write(toyState.pc, e.add(64, e.shl(64, vector, 5), e.i64(vectorAddress(0))));
    e.write(toyState.enabled, e.i32(0));
    e.write(toyState.table, e.i64(0));
    e.selectAddressSpace(e.i64(0));
  },
};

/** The engine's toy guest that has ports, with interrupts by vectors: its interrupt controller says which one is taken. */
export const vectoredToy: WordGuest = {
  ...pagedToy,
  name: "vectored-toy",
  routines: { ...pagedToy.routines, interrupt },
  host: { ...pagedToy.host, interruptVector: { params: [], result: "i32" } },
} as WordGuest;
