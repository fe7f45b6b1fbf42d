import type { Report } from "./report.ts";

/** One register as debuggers see it. */
export interface RegisterInfo {
  readonly name: string;
  /** Number in gdb's target description. */
  readonly number: number;
  /** 8 to 128, in whole bytes. */
  readonly bits: number;
  readonly group: "general" | "float" | "system";
  readonly readOnly?: true;
}

/** Where a function's caller is, from the instruction at `offset` on. Registers by DWARF's numbers. */
export interface FrameRow {
  readonly offset: number;
  /** The canonical frame address: a register and what to add. */
  readonly cfa: { readonly register: number; readonly offset: number };
  /** The caller's registers that lie in memory, at offsets from the canonical frame address. */
  readonly saved: readonly { readonly register: number; readonly offset: number }[];
  /** There is no caller. */
  readonly outermost: boolean;
}

export interface CallFrames {
  readonly rows: readonly FrameRow[];
  /** Not called like a function, or on another stack than its caller. */
  readonly interrupts: boolean;
}

export interface Disassembly {
  readonly text: string;
  /** What `text` begins with, prefixes included; the rest is operands. */
  readonly mnemonic: string;
  readonly length: number;
  /** The place that the instruction names: where a branch goes, what an address is of. */
  readonly target?: bigint;
}

/** What a Linux kernel for the guest is like in memory and in files; its tables of symbols are the same everywhere. */
export interface LinuxFormat {
  /** Of its pointers, and of its files. */
  readonly bits: 32 | 64;
  /** ELF's e_machine, and the type of a relocation by the distance that all of it has moved, where it has such. */
  readonly elfMachine: number;
  readonly relativeRelocation?: number;
  /** A kernel is linked to begin at a multiple of so many bytes. */
  readonly linkAlignment: bigint;
  /** Two of its symbols, of which the first is a pointer to the second. */
  readonly knownPointer?: { readonly at: string; readonly to: string };
  /** Whether a kernel's image in memory begins with this page. */
  beginsImage(page: Uint8Array): boolean;
}

/** What the debugger side needs to know of the guest CPU, and only through this interface. */
export interface GuestDebug {
  /** gdb target description documents, by annex name; "target.xml" is the root. */
  readonly targetDescription: ReadonlyMap<string, string>;
  /** In gdb's order: the `g` packet is their concatenation. */
  readonly registers: readonly RegisterInfo[];
  /** Those that only privileged code sees; gdb asks for each by its number. */
  readonly systemRegisters: readonly RegisterInfo[];
  readonly pcRegister: number;
  readonly spRegister: number;
  /** How long instructions are, in bytes; the same where all are. */
  readonly instructionBytes: { readonly shortest: number; readonly longest: number };
  /** Where a watched access stops the machine, as the guest's own watchpoints do, and as gdb expects: before it or after. */
  readonly watchpoints: "before" | "after";
  /** Where code may lie that a debugger calls by this address; absent: there, and nowhere else. */
  codeAddresses?(address: bigint): readonly bigint[];
  /** Whether one of these breakpoints is meant for the instruction at pc, of all code that `codeAddresses` names; absent: yes. */
  stopsAt?(breakpoints: ReadonlySet<bigint>, pc: bigint): boolean;
  /** Little-endian bytes of a register, without side effects. */
  readRegister(number: number): Uint8Array;
  /** Physical address behind a virtual one by the CPU's current translation, without side effects; undefined when unmapped. */
  translate(address: bigint): number | undefined;
  /** `bytes`: as many as an instruction may have, or fewer where memory ends; `syntax`: one of `syntaxes`, left out: the first. */
  disassemble(address: bigint, bytes: Uint8Array, syntax?: string): Disassembly;
  /** Ways to write instructions, by the names that gdb has for them, the usual one first; absent: there is one. */
  readonly syntaxes?: readonly string[];
  /** What the code runs as, for status lines. */
  privilege(): string;
  /** Lines of `info registers`. */
  describeRegisters(): string;
  readonly reports?: readonly Report[];
  /** Other names of registers, as the reference's monitor has them. */
  readonly aliases?: Readonly<Record<string, string>>;
  /** Return addresses from the innermost frame outwards, at most `limit`. `functionStart`: of the function at pc. */
  backtrace(limit: number, functionStart?: bigint): readonly bigint[];
  /** Words of the stack that lie behind a call, for code without frames: return addresses, and stale ones among them. */
  possibleReturns?(limit: number): readonly bigint[];
  /**
   * The call that led to the function that pc is in, and whether the machine stands before that very one: not that of
   * another activation, stack or task. undefined where that is not known, or where it was no call.
   */
  caller?(functionStart?: bigint): { readonly address: bigint; isNext(): boolean } | undefined;
  /** Absent where no kernel's own symbols can be read. */
  readonly linux?: LinuxFormat;
  /** Reads where callers are from code, for gdb's own backtraces; absent where that is not done. */
  readonly callFrames?: {
    /** DWARF's number of the register that a call leaves its return address in. */
    readonly returnAddress: number;
    /** At a function's first instruction. */
    readonly entry: FrameRow;
    /** Of a function that cannot be read, once it has a frame record. */
    readonly record: FrameRow;
    of(code: Uint8Array): CallFrames;
  };
}

/** The register that a condition on all of them names. */
export function findRegister(
  { registers, systemRegisters }: GuestDebug,
  wanted: (register: RegisterInfo) => boolean,
): RegisterInfo | undefined {
  return registers.find(wanted) ?? systemRegisters.find(wanted);
}

/** By its name, in capitals or not. */
export function registerNamed(debug: GuestDebug, name: string): RegisterInfo | undefined {
  const typed = name.toLowerCase();
  const lower = debug.aliases?.[typed] ?? typed;
  return findRegister(debug, (register) => register.name.toLowerCase() === lower);
}
