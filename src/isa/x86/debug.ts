import { assert } from "../../base/index.ts";
import type { DebugView } from "../index.ts";
import { backtrace, type Caller, caller, possibleReturns } from "./backtrace.ts";
import { debugRegisters, type DebugRegister } from "./debug-registers.ts";
import { protectedNow, virtual86Now } from "./debug-state.ts";
import { MAX_LENGTH } from "./decode.ts";
import { describeMemory, describeTlb } from "./describe-pages.ts";
import { describeRegisters } from "./describe-registers.ts";
import { type Syntax, writeInstruction } from "./disassembly.ts";
import { readInstruction } from "./guest.ts";
import { linux } from "./linux.ts";
import { MODES } from "./modes.ts";
import { CS, state } from "./state.ts";
import { type DebugTarget, describeTarget } from "./target-description.ts";

const WIDE_NAMES = Object.fromEntries(
  ["ax", "bx", "cx", "dx", "si", "di", "bp", "sp", "ip"].map((name) => [`e${name}`, `r${name}`]),
);

/** Base of CS at a reset. */
const RESET_SEGMENT = 0xffff_0000n;

/** An x86 core as debuggers see it; machine/guest-debug.ts's GuestDebug, and writing of registers. */
export class X86Debug {
  readonly targetDescription: ReadonlyMap<string, string>;
  readonly registers: readonly DebugRegister[];
  readonly systemRegisters: readonly DebugRegister[] = [];
  readonly pcRegister: number;
  readonly spRegister: number;
  readonly instructionBytes = { shortest: 1, longest: MAX_LENGTH };
  readonly watchpoints = "after";
  /** The reference's monitor has the same names for both targets. */
  readonly aliases: Readonly<Record<string, string>>;
  readonly reports = [
    {
      name: "mem",
      help: "show which addresses are mapped, and with what rights",
      text: () => describeMemory(this.view),
    },
    { name: "tlb", help: "show each page that is mapped", text: () => describeTlb(this.view) },
  ];
  readonly linux: (typeof linux)[DebugTarget];

  /** `target`: as which of QEMU's programs it describes itself. */
  constructor(
    private readonly view: DebugView,
    private readonly target: DebugTarget,
  ) {
    this.registers = debugRegisters(target);
    this.targetDescription = describeTarget(target);
    this.linux = linux[target];
    this.aliases = target === "x86_64" ? WIDE_NAMES : {};
    const numberOf = (name: string): number => this.registers.findIndex((register) => register.name === name);
    this.pcRegister = numberOf(target === "x86_64" ? "rip" : "eip");
    this.spRegister = numberOf(target === "x86_64" ? "rsp" : "esp");
  }

  /** Little-endian bytes. RIP is an offset in the code segment, as the reference shows it; the machine's pc is linear. */
  readRegister(number: number): Uint8Array {
    const { bits, place } = this.registers[number]!;
    let value = place.read(this.view);
    return Uint8Array.from({ length: bits / 8 }, () => {
      const byte = Number(value & 0xffn);
      value >>= 8n;
      return byte;
    });
  }

  /** The machine's derived state must be brought up to date afterwards (routine `synchronize`). */
  writeRegister(number: number, bytes: Uint8Array): void {
    const register = this.registers[number];
    assert(register?.bits === 8 * bytes.length, `register ${number} of ${bytes.length} bytes`);
    const value = bytes.reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
    register.place.write(this.view, value);
  }

  /** Whatever the code's privilege is: a debugger sees the kernel's pages, too. */
  translate(address: bigint): number | undefined {
    const supervisor = this.view.read(state.supervisor);
    this.view.write(state.supervisor, 1n);
    const found = this.view.translate(address);
    this.view.write(state.supervisor, supervisor);
    return found;
  }

  /**
   * An address that fits RIP of 16 bits is one of that, too, in the segments that firmware has: those that begin at multiples of
   * 64 KB below 1 MB, and the one of the reset. gdb knows RIP and no segment.
   */
  codeAddresses(address: bigint): readonly bigint[] {
    if (address > 0xffffn) return [address];
    return [...Array.from({ length: 16 }, (_, n) => (BigInt(n) << 16n) + address), RESET_SEGMENT + address];
  }

  /** `pc` is given: in the middle of a run the state's own is of an earlier instruction. */
  stopsAt(breakpoints: ReadonlySet<bigint>, pc: bigint): boolean {
    return breakpoints.has(pc) || breakpoints.has(pc - this.view.read(state.segmentBase, CS));
  }

  readonly syntaxes: readonly Syntax[] = ["att", "intel"];

  /** As LLVM writes it, and QEMU: in AT&T's syntax, if not said otherwise. */
  disassemble(
    address: bigint,
    bytes: Uint8Array,
    syntax: Syntax = "att",
  ): { text: string; mnemonic: string; length: number; target?: bigint } {
    const mode = Number(this.view.read(state.mode));
    const found = readInstruction(bytes, mode);
    if (!found) return { text: "(bad)", mnemonic: "(bad)", length: 1 };
    const { text, mnemonic, target } = writeInstruction(
      found,
      { address, codeBase: this.codeBase(address, mode), mode },
      syntax,
    );
    return { text, mnemonic, length: found.length, ...(target !== undefined && { target }) };
  }

  /** 16-bit code branches in its segment, which is not CS's where somebody looks elsewhere: the 64 KB that it lies in then. */
  private codeBase(address: bigint, mode: number): bigint {
    const base = this.view.read(state.segmentBase, CS);
    const elsewhere = MODES[mode]!.bits === 16 && BigInt.asUintN(16, address - base) !== address - base;
    return elsewhere ? address - BigInt.asUintN(16, address) : base;
  }

  privilege(): string {
    if (!protectedNow(this.view)) return "real mode";
    return virtual86Now(this.view) ? "virtual-8086" : `CPL ${this.view.read(state.privilege)}`;
  }

  /** What QEMU's `info registers` shows. */
  describeRegisters(): string {
    return describeRegisters(this.view, this.target);
  }

  /** Along frame pointers, the innermost first. `functionStart`: of the function that pc is in, where it is known. */
  backtrace(limit: number, functionStart?: bigint): readonly bigint[] {
    return backtrace(this.view, limit, functionStart);
  }

  possibleReturns(limit: number): readonly bigint[] {
    return possibleReturns(this.view, limit);
  }

  /** The call that led to the function that pc is in; see Caller. */
  caller(functionStart?: bigint): Caller | undefined {
    return caller(this.view, functionStart);
  }
}
