import type { Emitter } from "./emitter.ts";
import type { Insn, Row } from "./insn.ts";
import type { RunCode } from "./run-code.ts";
import type { Lowering, Routine } from "./lowering.ts";
import type { StateField, StateLayout } from "./state.ts";

/** How `translate` is asked: a kind, plus UNPRIVILEGED when checked as the unprivileged level. */
export const ACCESS_READ = 0;
export const ACCESS_WRITE = 1;
export const ACCESS_FETCH = 2;
export const ACCESS_UNPRIVILEGED = 4;
/** From this bit on: 1 + log2 of the bytes of an element, when the access is made of several; else 0. */
export const ACCESS_UNIT_LSB = 3;
/** Somebody only wants to know, and no step comes of it: a debugger, or a look before an access that may stop. Nothing changes. */
export const ACCESS_PEEK = 64;

/** Permission bits in the low bits of what `translate` returns beside the physical page address. */
export const PAGE_READ = 1;
export const PAGE_WRITE = 2;
export const PAGE_FETCH = 4;
/** Accesses to this page must be aligned to their size. */
export const PAGE_ALIGNED = 8;
/** Each access to this page must be looked at: alignment or byte order are not the common ones. */
export const PAGE_SLOW = 16;

/** A guest whose instructions are aligned words of 4 bytes. */
export interface WordGuest<E extends Emitter = Emitter> extends GuestParts<E> {
  readonly code?: undefined;
  readonly instructions: readonly Insn<E>[];
  readonly undefinedInstruction: Insn<E>;
}

/** A guest whose instructions have many lengths, begin at any byte and may straddle pages. */
export interface RunGuest<E extends Emitter = Emitter> extends GuestParts<E> {
  readonly code: RunCode<E>;
}

/** Everything an engine needs to know of a guest CPU: data and routines, no engine code. */
export type Guest<E extends Emitter = Emitter> = WordGuest<E> | RunGuest<E>;

interface GuestParts<E extends Emitter> {
  readonly name: string;
  readonly state: StateLayout;
  /** 8-byte field: address of the next instruction while the CPU is stopped. */
  readonly pc: StateField;
  /** Fields that translated code keeps in Wasm locals; only its instructions and routines called with care touch them. */
  readonly registers: readonly StateField[];
  /** The condition flags: bytes of 0 or 1, at most four, or eight of which the last are 0. */
  readonly flags: {
    readonly field: StateField;
    /** (kind i32, a i64, b i64) → i32, or i64 of eight: the field's bytes as computed from a FlagsOrigin. */
    readonly evaluate: Routine<E>;
  };
  /** The table, in the manual's order. */
  readonly instructions: readonly Row<E>[];
  /** What an unallocated instruction does. */
  readonly undefinedInstruction: Row<E>;
  emitter(lowering: Lowering): E;
  readonly routines: {
    /** (va i64, access i32) → i64: page-aligned physical address | PAGE_* bits, or -1 when it faults (the reason kept in state). */
    readonly translate: Routine<E>;
    /** (va i64, access i32): takes the abort that the last translate reported; sets `pc`. */
    readonly abort: Routine<E>;
    /** (va i64, access i32): takes an alignment fault; sets `pc`. */
    readonly alignmentAbort: Routine<E>;
    /** (va i64, access i32): an access that no RAM or device answers; sets `pc`. */
    readonly busError: Routine<E>;
    /** (): takes the pending asynchronous exception at the state's `pc`; sets `pc`. What it accesses may fault: that is taken instead. */
    readonly interrupt: Routine<E>;
    /** () → i32: whether a raised interrupt line would be taken now. */
    readonly interruptible: Routine<E>;
    /** (): recomputes derived fields and selects address space and privilege after state was loaded. */
    readonly synchronize: Routine<E>;
    /** () → i32: whether an access that is not aligned to its elements takes an alignment fault, before translation. */
    readonly checksAlignment?: Routine<E>;
    /** () → i32: whether elements in memory have their most significant byte first. */
    readonly reversesBytes?: Routine<E>;
    /** (va i64) → i64: an address without the tag that translation ignores. */
    readonly untag?: Routine<E>;
    /** () → i32: whether the next step is no instruction's but waits, until an interrupt is taken. */
    readonly halted?: Routine<E>;
    /** () → i32: 0, or 1 when the next step is single-stepped by the guest, or 2 when its exception comes before it. */
    readonly stepState?: Routine<E>;
    /** (): takes the guest's single-step exception at the state's `pc` if it is due; sets `pc`. */
    readonly stepException?: Routine<E>;
    /** (va i64, bytes i32, access i32) → i32: 1 when the guest's own watchpoint took its exception; asked on PAGE_SLOW. */
    readonly watchpoint?: Routine<E>;
    /** () → i32: 1 when the guest's own breakpoint took its exception; asked at the places that `breakpointAddress` names. */
    readonly breakpoint?: Routine<E>;
    /** (n i32) → i64: where the guest's own breakpoint n is, or -1; asked at the beginning of a run. */
    readonly breakpointAddress?: Routine<E>;
  };
  /** Page walks store (`storeDescriptor`): what may stop a step is asked before the walk, which is a part of it. */
  readonly walkStores?: true;
  /** The guest has ports, an address space of its own (`portRead`, `portWrite`). */
  readonly ports?: true;
  /** How many breakpoints of its own the guest has. */
  readonly breakpoints?: number;
  /** Further routines that host code may call by name. */
  readonly entries: readonly Routine<E>[];
  /** Names and result types of the TypeScript functions that the descriptions call with `host`. */
  readonly host: Readonly<
    Record<string, { readonly params: readonly ("i32" | "i64")[]; readonly result?: "i32" | "i64" }>
  >;
  /** A page-table entry with none of these bits set is never cached. */
  readonly descriptorLiveMask: bigint;
}
