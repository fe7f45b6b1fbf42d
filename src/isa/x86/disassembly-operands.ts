import { AssertionError } from "../../base/index.ts";
import type { Instruction } from "./decode.ts";
import { accumulator, generalName, POINTER, segmentName, SEGMENTS } from "./disassembly-names.ts";
import { MODES } from "./modes.ts";
import { RM_REGISTER, type Size } from "./operands.ts";
import { ES, NO_REGISTER } from "./state.ts";

export type Syntax = "att" | "intel";

/** An operand, before it is written in a syntax. */
export type Shown =
  | { readonly kind: "register"; readonly name: string }
  | { readonly kind: "immediate"; readonly value: bigint }
  | { readonly kind: "target"; readonly address: bigint }
  | { readonly kind: "memory"; readonly text: MemoryText; readonly bits: number | undefined };

interface MemoryText {
  readonly segment: string | undefined;
  readonly base: string | undefined;
  readonly index: string | undefined;
  readonly scale: number;
  readonly disp: bigint;
  /** Relative to the next instruction: where it is. */
  readonly target: bigint | undefined;
}

/** Where an instruction stands, for what is relative to it. */
export interface Place {
  readonly address: bigint;
  /** Of the code segment. */
  readonly codeBase: bigint;
  readonly mode: number;
}

const register = (name: string): Shown => ({ kind: "register", name });
const immediate = (value: bigint): Shown => ({ kind: "immediate", value });
const unsigned = (bits: number, value: number | bigint): bigint => BigInt.asUintN(bits, BigInt(value));

/** What an operand of a row's text stands for. */
export function operandOf(token: string, found: Instruction, place: Place): Shown {
  const { fields, size, rm, row } = found;
  const fixed = FIXED[token];
  if (fixed !== undefined) return register(fixed);
  const reg = fields["reg"] ?? 0;
  const general = (bits: Size): Shown => register(generalName(bits, reg));
  const sized = /^(\w+)\/m(\d+)$/.exec(token) ?? /^()m(\d*)$/.exec(token);
  if (sized) {
    const bits = sized[2] === "" ? undefined : Number(sized[2]);
    if (rm !== RM_REGISTER) return memory(found, place, bits);
    const kind = sized[1]!;
    return register(kind === "r64" ? generalName(64, fields["base"]!) : vectorOrGeneral(kind, fields["base"]!));
  }
  switch (token) {
    case "reg":
      return general(row.opcode.byteRegister ? 8 : size);
    case "reg16":
      return general(16);
    case "r32":
      return general(32);
    case "xmm":
    case "mm":
      return register(vectorOrGeneral(token, reg));
    case "cr":
    case "dr":
      return register(`${token}${reg}`);
    case "acc":
      return register(accumulator(portSize(found)));
    case "rm":
      return rm === RM_REGISTER ? register(generalName(size, fields["base"]!)) : memory(found, place, size);
    case "rm8":
    case "rm16":
    case "rm32": {
      const bits = Number(token.slice(2)) as Size;
      return rm === RM_REGISTER ? register(generalName(bits, fields["base"]!)) : memory(found, place, bits);
    }
    case "imm":
      return immediate(immediateOf(found));
    case "second":
      return immediate(unsigned(8, fields["second"]!));
    case "selector":
      return immediate(unsigned(16, fields["selector"]!));
    case "st(i)":
      return register(`st(${fields["i"]})`);
    case "1":
      return immediate(1n);
    case "moffs":
      return offsetInMemory(found);
    case "rel":
      return { kind: "target", address: branchTarget(found, place) };
    case "si":
    case "di":
      return stringPlace(token, found);
  }
  throw new AssertionError(`${row.name}: an operand "${token}"`);
}

/** Ports have 32 bits at most. */
const portSize = ({ row, size }: Instruction): Size => (size === 64 && /^(?:IN|OUT)/.test(row.name) ? 32 : size);

const FIXED: Readonly<Record<string, string>> = {
  ...{ cl: "cl", dx: "dx", ax: "ax", st: "st" },
  ...Object.fromEntries(SEGMENTS.map((name) => [name, name])),
};

function vectorOrGeneral(kind: string, number: number): string {
  if (kind === "mm") return `mm${number & 7}`;
  return kind === "xmm" ? `xmm${number}` : generalName(32, number);
}

/** At the operand's size; those of 8 bits mean as many of it. */
function immediateOf({ row, fields, size }: Instruction): bigint {
  const [first] = row.opcode.immediates;
  const imm = fields["imm"]!;
  if (first === "iw") return unsigned(16, imm);
  // Counts, vectors, ports.
  if (first === "ib" && !extended(row.name)) return unsigned(8, imm);
  if (first === "iv" && size === 64) return (unsigned(32, fields["immHigh"]!) << 32n) | unsigned(32, imm);
  return unsigned(row.opcode.byteRegister ? 8 : size, imm);
}
/** Bytes that are extended to the operand's size. */
const extended = (name: string): boolean => /8 bits|83|PUSH|IMUL/.test(name);

function offsetInMemory({ fields, addressBits, size }: Instruction): Shown {
  const { imm = 0, immHigh = 0, segment = 0 } = fields;
  const disp = unsigned(addressBits, (unsigned(32, immHigh) << 32n) | unsigned(32, imm));
  const named = segmentName(segment);
  const nothing = { base: undefined, index: undefined, scale: 0, target: undefined };
  return { kind: "memory", bits: size, text: { ...nothing, segment: named === "ds" ? undefined : named, disp } };
}

/** Source or destination of a string instruction: only the source's segment can be another one. */
function stringPlace(which: "si" | "di", found: Instruction): Shown {
  const base = generalName(found.addressBits, which === "si" ? 6 : 7);
  const named = which === "di" ? SEGMENTS[ES] : prefixed(found);
  const nothing = { index: undefined, scale: 0, disp: 0n, target: undefined };
  return { kind: "memory", bits: portSize(found), text: { ...nothing, base, segment: named } };
}

const prefixed = ({ prefixes: { segment } }: Instruction): string | undefined =>
  segment === undefined ? undefined : SEGMENTS[segment];

function memory(found: Instruction, { address, mode }: Place, bits: number | undefined): Shown {
  const { fields, addressBits, length } = found;
  const { base = NO_REGISTER, index = NO_REGISTER, scale = 0, disp = 0, relative = 0 } = fields;
  const name = (number: number): string | undefined =>
    number === NO_REGISTER ? undefined : generalName(addressBits, number);
  const alone = base === NO_REGISTER && index === NO_REGISTER && !relative && MODES[mode]!.bits !== 64;
  const signed = addressBits === 16 ? BigInt.asIntN(16, BigInt(disp)) : BigInt(disp);
  const text = {
    segment: prefixed(found),
    base: relative ? (addressBits === 64 ? "rip" : "eip") : name(base),
    index: name(index),
    scale,
    disp: alone ? unsigned(addressBits, disp) : signed,
    target: relative ? unsigned(addressBits, address + BigInt(length) + BigInt(disp)) : undefined,
  };
  return { kind: "memory", text, bits };
}

/** A linear address: offsets wrap at the operand size. */
function branchTarget({ fields, length, size }: Instruction, { address, codeBase, mode }: Place): bigint {
  const next = address + BigInt(length) + BigInt(fields["imm"]!);
  if (MODES[mode]!.bits === 64) return unsigned(64, next);
  return unsigned(32, codeBase + unsigned(size === 16 ? 16 : 32, next - codeBase));
}

const hexOf = (value: bigint): string => (value < 0n ? `-0x${(-value).toString(16)}` : `0x${value.toString(16)}`);

export function writeOperand(shown: Shown, syntax: Syntax, pointer = true): string {
  const att = syntax === "att";
  switch (shown.kind) {
    case "register":
      return att ? `%${shown.name}` : shown.name;
    case "immediate":
      return att ? `$${hexOf(shown.value)}` : hexOf(shown.value);
    case "target":
      return hexOf(shown.address);
    case "memory": {
      if (att) return writeAtt(shown.text);
      const size = shown.bits === undefined || !pointer ? "" : POINTER[shown.bits]!;
      return `${size}${writeIntel(shown.text)}`;
    }
  }
}

function writeAtt({ segment, base, index, scale, disp }: MemoryText): string {
  const before = segment === undefined ? "" : `%${segment}:`;
  const none = base === undefined && index === undefined;
  const registers = `${base === undefined ? "" : `%${base}`}${index === undefined ? "" : `,%${index}`}`;
  const scaled = index !== undefined && scale > 0 ? `,${1 << scale}` : "";
  return `${before}${disp !== 0n || none ? hexOf(disp) : ""}${none ? "" : `(${registers}${scaled})`}`;
}

function writeIntel({ segment, base, index, scale, disp }: MemoryText): string {
  const parts = [base, index === undefined ? undefined : scale > 0 ? `${1 << scale}*${index}` : index];
  const sum = parts.filter((part) => part !== undefined).join(" + ");
  const more = disp < 0n ? ` - ${hexOf(-disp)}` : disp > 0n ? ` + ${hexOf(disp)}` : "";
  return `${segment === undefined ? "" : `${segment}:`}[${sum === "" ? hexOf(disp) : `${sum}${more}`}]`;
}
