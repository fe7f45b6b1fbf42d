import { assert, hexDigits } from "../../base/index.ts";
import { Decoder, type StateField } from "../index.ts";
import { backtrace, type Caller, caller } from "./backtrace.ts";
import { a64CallFrames } from "./call-frames.ts";
import { debugSystemRegisters, readSystemRegister, writeSystemRegister } from "./debug-system.ts";
import type { DebugView } from "../index.ts";
import { arm64 } from "./guest.ts";
import { linux } from "./linux.ts";
import { STACK_POINTER, state } from "./state.ts";
import {
  CPSR_REGISTER,
  debugRegisters,
  type DebugRegister,
  FIRST_VECTOR_REGISTER,
  FPCR_REGISTER,
  FPSR_REGISTER,
  PC_REGISTER,
  describeTarget,
  SP_REGISTER,
} from "./target-description.ts";

const targetDescription = describeTarget(debugSystemRegisters);

/** An address at the end of an instruction's text: an operand that is so large is one. */
const TARGET = /0x([0-9a-f]{5,16})$/;

const MODE_EL0 = 0;
const MODE_EL1T = 4;
const MODE_EL1H = 5;

/** An A64 core as debuggers see it; machine/machine.ts's GuestDebug, and writing of registers. */
export class A64Debug {
  readonly targetDescription = targetDescription;
  readonly registers: readonly DebugRegister[] = debugRegisters;
  readonly systemRegisters: readonly DebugRegister[] = debugSystemRegisters;
  readonly callFrames = a64CallFrames;
  readonly pcRegister = PC_REGISTER;
  readonly spRegister = SP_REGISTER;
  readonly instructionBytes = { shortest: 4, longest: 4 };
  readonly watchpoints = "before";
  readonly linux = linux;
  private decoder: Decoder | undefined;

  constructor(private readonly view: DebugView) {}

  /** Little-endian bytes. */
  readRegister(number: number): Uint8Array {
    const bits = debugRegisters[number]?.bits ?? 64;
    let value = this.value(number);
    return Uint8Array.from({ length: bits / 8 }, () => {
      const byte = Number(value & 0xffn);
      value >>= 8n;
      return byte;
    });
  }

  /** The machine's derived state must be brought up to date afterwards (routine `synchronize`). */
  writeRegister(number: number, bytes: Uint8Array): void {
    const bits = debugRegisters[number]?.bits ?? 64;
    assert(bytes.length === bits / 8, `register ${number} of ${bytes.length} bytes`);
    const value = bytes.reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
    if (!(number in debugRegisters)) writeSystemRegister(this.view, number, value);
    else if (number === CPSR_REGISTER) this.writeCpsr(Number(value));
    else {
      const [field, index] = this.place(number);
      this.view.write(field, value, index);
    }
  }

  translate(address: bigint): number | undefined {
    return this.view.translate(address);
  }

  disassemble(address: bigint, bytes: Uint8Array): { text: string; mnemonic: string; length: number; target?: bigint } {
    const word = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(0, true);
    this.decoder ??= new Decoder(arm64.instructions);
    const text = this.decoder.disassemble(word, address);
    const target = TARGET.exec(text)?.[1];
    const [mnemonic] = text.split(" ", 1);
    return { text, mnemonic: mnemonic!, length: 4, ...(target !== undefined && { target: BigInt(`0x${target}`) }) };
  }

  privilege(): string {
    return `EL${this.view.read(state.el)}`;
  }

  /** What QEMU's `info registers` shows. */
  describeRegisters(): string {
    const two = (n: number): string => String(n).padStart(2, "0");
    const x = (n: number): string => hexDigits(this.view.read(state.x, n), 16);
    const general = Array.from({ length: 31 }, (_, n) => `X${two(n)}=${x(n)}`);
    const cells = [` PC=${hexDigits(this.view.read(state.pc), 16)}`, ...general, ` SP=${x(STACK_POINTER)}`];
    const lines = rowsOf(cells, 3);

    const cpsr = this.cpsr();
    const flags = ["N", "Z", "C", "V"].map((name, i) => ((cpsr >>> (31 - i)) & 1 ? name : "-")).join("");
    const stack = cpsr & 1 ? "h" : "t";
    const status = `PSTATE=${hexDigits(cpsr, 8)} ${flags} ${this.privilege()}${stack}`;
    if (this.view.read(state.fpTrapped)) return [...lines, `${status}    FPU disabled`, ""].join("\n");
    lines.push(
      `${status}     FPCR=${hexDigits(this.view.read(state.fpcr), 8)} FPSR=${hexDigits(this.view.read(state.fpsr), 8)}`,
    );
    const vectors = Array.from({ length: 32 }, (_, n) => {
      const digits = hexDigits(this.view.read(state.v, n), 32);
      return `Q${two(n)}=${digits.slice(0, 16)}:${digits.slice(16)}`;
    });
    return [...lines, ...rowsOf(vectors, 2), ""].join("\n");
  }

  /** Return addresses, the innermost first. `functionStart`: of the function that pc is in, where it is known. */
  backtrace(limit: number, functionStart?: bigint): readonly bigint[] {
    return backtrace(this.view, limit, functionStart);
  }

  /** The call that led to the function that pc is in; see Caller. */
  caller(functionStart?: bigint): Caller | undefined {
    return caller(this.view, functionStart);
  }

  private value(number: number): bigint {
    if (!(number in debugRegisters)) return readSystemRegister(this.view, number);
    return number === CPSR_REGISTER ? BigInt(this.cpsr()) : this.view.read(...this.place(number));
  }

  /** Where a register other than cpsr and system registers lies in the state. */
  private place(number: number): [StateField, number] {
    if (number < SP_REGISTER) return [state.x, number];
    if (number === SP_REGISTER) return [state.x, STACK_POINTER];
    if (number === PC_REGISTER) return [state.pc, 0];
    if (number === FPSR_REGISTER) return [state.fpsr, 0];
    if (number === FPCR_REGISTER) return [state.fpcr, 0];
    return [state.v, number - FIRST_VECTOR_REGISTER];
  }

  /** PSTATE in the format of SPSR_EL1, unsigned. */
  private cpsr(): number {
    const field = (f: StateField, lsb: number, index = 0): number => Number(this.view.read(f, index)) << lsb;
    const flags = [31, 30, 29, 28].reduce((bits, lsb, i) => bits | field(state.flags, lsb, i), 0);
    const masks = field(state.daif, 6) | field(state.singleStep, 21) | field(state.illegalState, 20);
    return (flags | masks | field(state.el, 2) | field(state.spsel, 0)) >>> 0;
  }

  /** A mode that this core does not have leaves level and stack as they are. PSTATE.IL and SS cannot be set. */
  private writeCpsr(value: number): void {
    [31, 30, 29, 28].forEach((lsb, i) => this.view.write(state.flags, BigInt((value >>> lsb) & 1), i));
    this.view.write(state.daif, BigInt((value >>> 6) & 0xf));
    const mode = value & 0x1f;
    if (mode !== MODE_EL0 && mode !== MODE_EL1T && mode !== MODE_EL1H) return;
    const [old, next] = [Number(this.view.read(state.spsel)), mode & 1];
    if (old !== next) {
      this.view.write(state.sp, this.view.read(state.x, STACK_POINTER), old);
      this.view.write(state.x, this.view.read(state.sp, next), STACK_POINTER);
      this.view.write(state.spsel, BigInt(next));
    }
    this.view.write(state.el, BigInt(mode >> 2));
  }
}

function rowsOf(cells: readonly string[], columns: number): string[] {
  const lines: string[] = [];
  for (let i = 0; i < cells.length; i += columns) lines.push(cells.slice(i, i + columns).join(" "));
  return lines;
}
