import type { FieldSpec } from "./pattern.ts";
import type { StateField } from "./state.ts";

export type ValueType = "i32" | "i64" | "f32" | "f64" | "v128";

/** A value known when guest code runs. Only an emitter can look inside. May be used any number of times. */
export interface Value {
  readonly type: ValueType;
}

/** A mutable local of the generated code. */
export interface Variable {
  readonly type: ValueType;
  readonly variable: true;
}

/** A field that is not split: its number exists when guest code runs (interpreter) or is translated. Opaque on purpose. */
export interface Operand {
  readonly operand: FieldSpec;
}

/** Size in bits of a guest memory access. */
export type AccessBits = 8 | 16 | 32 | 64 | 128;

/** Size in bits of a port access. */
export type PortBits = 8 | 16 | 32;

export type PartBits = 8 | 16 | 32;

export interface AccessOptions {
  /** Checked with the permissions of the unprivileged level (LDTR, STTR). */
  readonly unprivileged?: boolean;
  /** A misaligned address faults whatever the control registers say (exclusives, acquire/release). */
  readonly aligned?: boolean;
  /** The elements that the access is made of, when it is more than one: what alignment and byte order are about. */
  readonly unit?: AccessBits;
}

/** A Wasm function that guest code shares: page walk, exception entry. Its body is written over an Emitter. */
export interface Routine<E> {
  readonly name: string;
  /**
   * It may access guest memory with `load` and `store`. Where one of them does not complete, the routine and the step that
   * called it end there: state that the step changes, it changes afterwards.
   */
  readonly accesses?: true;
  /** Its result follows from its arguments, and it does nothing else: translated code calls it. */
  readonly pure?: true;
  /**
   * It only touches state that is neither a register nor a condition flag, and asks nothing of the step: translated code
   * calls it. Until nothing of the instruction can fail any more, it changes derived state only.
   */
  readonly beside?: true;
  readonly params: readonly ValueType[];
  readonly result: ValueType | undefined;
  body(e: E, ...params: Value[]): Value | void;
}

export interface BranchOptions {
  /** A call: control is expected to come back to the next word. */
  readonly returns?: boolean;
}

/** What condition flags were computed from: a kind of the guest's own, above 0, and two i64. */
export interface FlagsOrigin {
  readonly kind: number;
  readonly a: Value;
  readonly b: Value;
}

/**
 * What an engine gives the descriptions to write with: the primitives. `Emitter` adds the conveniences.
 * The interpreter and the translator are two implementations; a third would be another meaning of the same rows.
 */
export interface Lowering {
  constant(type: "i32" | "i64" | "f32" | "f64", value: number | bigint): Value;
  /** 16 bytes, least significant first. */
  vector(bytes: readonly number[]): Value;
  /** A WebAssembly instruction by its name in the specification ("i64.add", "i8x16.shuffle"); lane numbers and shuffle masks last. */
  op(name: string, ...operands: readonly (Value | number | readonly number[])[]): Value;
  /** An operand's number as an i32, zero-extended. */
  operand(operand: Operand): Value;
  /** The operand's number where it is known when code is generated: for an emitter's choice between equal forms only. */
  known(operand: Operand): number | undefined;
  /** A pure function of operands as an i64: a table in the interpreter, a constant in the translator. At most 13 bits in all. */
  derive(operands: readonly Operand[], compute: (...values: number[]) => bigint): Value;

  variable(initial: Value): Variable;
  get(variable: Variable): Value;
  set(variable: Variable, value: Value): void;
  if(condition: Value, then: () => void, otherwise?: () => void): void;
  /** Runs `body` as long as `condition`, evaluated anew each time, is not zero. */
  while(condition: () => Value, body: () => void): void;
  select(condition: Value, ifTrue: Value, ifFalse: Value): Value;

  /** Guest state; `index` counts elements of an array field. 1- and 2-byte fields read as i32, zero-extended. */
  read(field: StateField, index?: number | Value): Value;
  write(field: StateField, value: Value, index?: number | Value): void;

  /** A part of a field at a byte offset in it, as an i32, zero-extended: parts of registers that instructions name. */
  readPart(field: StateField, bits: PartBits, offset: number | Value): Value;
  /** The rest of the field stays. */
  writePart(field: StateField, bits: PartBits, offset: number | Value, value: Value): void;

  /**
   * Writes all condition flags (the field of Guest.flags), an i32 of 0 or 1 each. An engine that is told their origin may keep that
   * instead, and compute only what is read.
   */
  writeFlags(field: StateField, flags: readonly Value[], origin?: FlagsOrigin): void;
  /** What the flags were last computed from, where that is known when code is generated. */
  flagsOrigin(): FlagsOrigin | undefined;

  /**
   * Guest memory at a virtual address (i64), through translation. 8 to 32 bits are an i32 (zero-extended), 64 an i64, 128 a v128.
   * A fault ends the step there: the abort is taken and nothing after it is executed.
   */
  load(bits: AccessBits, address: Value, options?: AccessOptions): Value;
  store(bits: AccessBits, address: Value, value: Value, options?: AccessOptions): void;
  /**
   * One descriptor (i64) of a page table at a physical address; its page is watched from now on. `page`: the virtual
   * address of the only page whose translation depends on it, or -1 where it maps more. Only in `translate`.
   */
  loadDescriptor(physicalAddress: Value, page: Value): Value;
  /**
   * Stores to a descriptor that was read: bits that say it was used, by which no lookup changes. Debuggers' watchpoints do
   * not see it; with ACCESS_PEEK in `access`, nothing happens. Only in `translate` of a guest with `walkStores`.
   */
  storeDescriptor(bits: 32 | 64, physicalAddress: Value, value: Value, access: Value): void;
  /** A port of the board: an i32, zero-extended; all ones where nobody answers. Only for a guest with `ports`. */
  portRead(bits: PortBits, port: Value): Value;
  portWrite(bits: PortBits, port: Value, value: Value): void;

  call(routine: Routine<never>, ...args: readonly Value[]): Value;
  /** A function of the board or of the system-register file, in TypeScript; see Guest.host. i64 crosses as BigInt: rare paths only. */
  host(name: string, ...args: readonly Value[]): Value;
  /** Returns from the routine at once. */
  return(value?: Value): void;

  /** Address (i64) of the instruction in execution. In a routine: of the instruction that called it. */
  pc(): Value;
  /** The position before this step (i64). */
  position(): Value;
  /** Virtual time before this step, in nanoseconds (i64): position << shift, plus the time idled away. */
  virtualTimeNs(): Value;
  /** Ends the step; the next instruction is at this virtual address (i64). */
  jump(target: Value, options?: BranchOptions): void;
  /** Ends the step; the next instruction is at pc + displacement (i64). Direct branches use this: it stays inside the page cheaply. */
  branch(displacement: Value, options?: BranchOptions): void;
  /** Ends the step; the next instruction is at the state's `pc` field, which an exception routine has set. */
  resume(): void;
  /** After this step the engine looks again at interrupts, deadline and stop requests. Does not end the step. */
  leave(): void;
  /** The guest's interrupt mask may have changed: a raised line is looked at after this step. Does not end the step. */
  interruptsChanged(): void;
  /** This step idles until an interrupt line rises (WFI). Does not end the step. */
  wait(): void;
  /** Forgets every cached translation: registers that steer the walk changed. */
  flushTlb(): void;
  /** Chooses the cached translations of the address space named by `key` (i64). Different spaces must have different keys. */
  selectAddressSpace(key: Value): void;
  /**
   * Chooses in which mode (i32) instructions are decoded from the next step on; only for a guest that has modes, in a step
   * that ends in a jump, or in a routine.
   */
  selectMode(mode: Value): void;
  /** Chooses by privilege (i32; 0 = unprivileged) which permissions loads and stores and fetches are checked with. */
  selectPrivilege(level: Value): void;
}
