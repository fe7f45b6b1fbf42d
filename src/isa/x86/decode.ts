import { assert } from "../../base/index.ts";
import type { Decoded } from "../index.ts";
import type { X86 } from "./emitter.ts";
import type { Insn86 } from "./insn.ts";
import {
  log2,
  MEM_ADDRESS,
  MEM_REGISTER,
  NO_REP,
  REP,
  REPNE,
  RM_ADDRESS,
  RM_BASE_32,
  RM_BASE_64,
  RM_REGISTER,
  type Size,
} from "./operands.ts";
import { MODES } from "./modes.ts";
import type { Immediate, OpcodeMap, Prefix } from "./notation.ts";
import { CS, DS, ES, FS, GS, NO_REGISTER, NO_SEGMENT, RBP, RBX, RDI, RSI, RSP, SS } from "./state.ts";

/** Bytes of the longest instruction. */
export const MAX_LENGTH = 15;

/** The bytes end before the instruction does. */
class TooShort extends Error {}
/** More bytes than an instruction may have. */
class TooLong extends Error {}

class Reader {
  at = 0;
  /** Bytes that it was decided by. */
  seen = 0;
  constructor(private readonly bytes: Uint8Array) {}

  u8(): number {
    if (this.at === MAX_LENGTH) throw new TooLong();
    if (this.at >= this.bytes.length) throw new TooShort();
    this.seen = Math.max(this.seen, this.at + 1);
    return this.bytes[this.at++]!;
  }
  peek(): number {
    const byte = this.u8();
    this.at--;
    return byte;
  }
  s8(): number {
    return (this.u8() << 24) >> 24;
  }
  u16(): number {
    return this.u8() | (this.u8() << 8);
  }
  s32(): number {
    return this.u16() | (this.u16() << 16);
  }
}

export interface Prefixes {
  /** 66, 67, F0. */
  operand: boolean;
  address: boolean;
  lock: boolean;
  repeat: 0 | 0xf2 | 0xf3;
  /** Of a prefix; undefined: none. */
  segment: number | undefined;
  /** 0: there is none. */
  rex: number;
}

const SEGMENT_PREFIXES: Readonly<Record<number, number>> = {
  0x26: ES,
  0x2e: CS,
  0x36: SS,
  0x3e: DS,
  0x64: FS,
  0x65: GS,
};

function readPrefixes(from: Reader, long: boolean): Prefixes {
  const p: Prefixes = { operand: false, address: false, lock: false, repeat: 0, segment: undefined, rex: 0 };
  for (;;) {
    const byte = from.peek();
    if (byte === 0x66) p.operand = true;
    else if (byte === 0x67) p.address = true;
    else if (byte === 0xf0) p.lock = true;
    else if (byte === 0xf2 || byte === 0xf3) p.repeat = byte;
    else if (byte in SEGMENT_PREFIXES) {
      const segment = SEGMENT_PREFIXES[byte]!;
      // 64-bit code has no other segments, and what it ignores does not end an earlier one.
      if (!long || segment >= FS) p.segment = segment;
    } else if (long && byte >> 4 === 4) {
      p.rex = from.u8();
      // It counts only right before the opcode.
      const next = from.peek();
      if (!isPrefix(next, long)) return p;
      p.rex = 0;
      continue;
    } else return p;
    from.u8();
  }
}

function isPrefix(byte: number, long: boolean): boolean {
  const legacy = [0x66, 0x67, 0xf0, 0xf2, 0xf3].includes(byte) || byte in SEGMENT_PREFIXES;
  return legacy || (long && byte >> 4 === 4);
}

interface ModRmByte {
  readonly byte: number;
  readonly mod: number;
  readonly reg: number;
  readonly rm: number;
}

/** Candidates by opcode of a map: most have one or two. */
type Candidates = readonly (readonly Insn86[])[];

/** What bytes say, with what only their text needs. */
export interface Instruction extends Decoded<X86> {
  readonly row: Insn86;
  /** Also those that the row has no use for. */
  readonly fields: Readonly<Record<string, number>>;
  readonly prefixes: Readonly<Prefixes>;
  readonly opcode: number;
  /** Members of its family, and a condition. */
  readonly op: number;
  readonly cc: number;
  /** Bits of operands and of addresses. */
  readonly size: Size;
  readonly addressBits: 16 | 32 | 64;
  readonly rm: number;
}

/** Finds the rows that bytes are. */
export class Decoder86 {
  private readonly maps: Readonly<Record<OpcodeMap, Candidates>>;

  /** `undefinedInstruction`: what is not in the maps; `tooLong`: what has more than 15 bytes. */
  constructor(
    rows: readonly Insn86[],
    private readonly undefinedInstruction: Insn86,
    private readonly tooLong: Insn86,
  ) {
    const of = (map: OpcodeMap): Candidates =>
      Array.from({ length: 256 }, (_, opcode) =>
        rows.filter((row) => row.opcode.map === map && row.opcode.opcodes.some((one) => one.opcode === opcode)),
      );
    this.maps = { "": of(""), "0F": of("0F"), "0F38": of("0F38") };
  }

  /** As RunCode.decode. */
  decode(bytes: Uint8Array, mode: number): Decoded<X86> | undefined {
    const from = new Reader(bytes);
    try {
      const found = this.instruction(from, mode);
      if (!found) return whole(this.undefinedInstruction, from);
      const { row, splits, fields, length } = found;
      return { row, splits, fields: pick(row.pattern.fields, fields), length };
    } catch (error) {
      if (error instanceof TooShort) return undefined;
      if (error instanceof TooLong) return whole(this.tooLong, from);
      throw error;
    }
  }

  /** undefined: what is in no map, has more than 15 bytes, or goes on behind those. */
  read(bytes: Uint8Array, mode: number): Instruction | undefined {
    try {
      return this.instruction(new Reader(bytes), mode);
    } catch (error) {
      if (error instanceof TooShort || error instanceof TooLong) return undefined;
      throw error;
    }
  }

  private instruction(from: Reader, mode: number): Instruction | undefined {
    const { bits, flat } = MODES[mode]!;
    const long = bits === 64;
    const prefixes = readPrefixes(from, long);
    const { operand, repeat, rex } = prefixes;
    const { map, opcode } = readOpcode(from);
    const candidates = this.maps[map][opcode]!.filter(({ opcode: { only } }) => only !== (long ? "not 64" : "64"));
    if (candidates.length === 0) return undefined;
    const byte = candidates.some((row) => row.opcode.modrm) ? from.peek() : 0;
    const modrm: ModRmByte = { byte, mod: byte >> 6, reg: (byte >> 3) & 7, rm: byte & 7 };
    const kind: Prefix = repeat === 0xf3 ? "F3" : repeat === 0xf2 ? "F2" : operand ? "66" : "NP";
    const row = candidates.find((one) => fits(one, kind, modrm));
    if (!row) return undefined;

    const { w, default64, immediates, modrm: shape, prefix, byteRegister, bytePlace } = row.opcode;
    // Where a prefix is a part of the opcode, sizes are of other registers.
    const wide = (rex & 8) !== 0;
    const operandBits =
      prefix === undefined ? operandSize(bits, operand, wide, default64) : wide ? 64 : default64 && long ? 64 : 32;
    const size = w && !(opcode & 1) ? 8 : operandBits;
    const addressBits = prefixes.address ? (bits === 32 ? 16 : 32) : bits;
    const general = (number: number, byte: boolean): number =>
      !byte ? number : rex === 0 && number >= 4 && number < 8 ? (number - 4) * 8 + 1 : number * 8;
    const segmentOr = (own: number): number => {
      const segment = prefixes.segment ?? own;
      return long && segment < FS ? NO_SEGMENT : segment;
    };

    const fields: Record<string, number> = {
      segment: segmentOr(DS),
      addressSize: log2(addressBits) - 4,
      wrap: long ? 0 : 1,
    };
    if (row.opcode.register) fields["reg"] = general((opcode & 7) | ((rex & 1) << 3), byteRegister || size === 8);
    let rm = RM_REGISTER;
    if (shape) {
      from.u8();
      fields["i"] = modrm.rm;
      fields["reg"] = general(modrm.reg | ((rex & 4) << 1), byteRegister || size === 8);
      if (shape.kind === "byte" || shape.kind === "stack") assert(modrm.mod === 3, "a whole ModRM names no memory");
      else if (modrm.mod === 3) fields["base"] = general(modrm.rm | ((rex & 1) << 3), bytePlace || size === 8);
      else {
        const address = readAddress(from, modrm, rex, addressBits, long);
        const segment = segmentOr(address.segment);
        Object.assign(fields, address, { segment });
        const { index, relative } = address;
        const simple =
          flat && addressBits === bits && index === NO_REGISTER && !relative && segment !== FS && segment !== GS;
        rm = !simple ? RM_ADDRESS : long ? RM_BASE_64 : RM_BASE_32;
      }
    }
    readImmediates(from, immediates, size, addressBits, fields);
    fields["length"] = from.at;

    const rep = repeat === 0xf3 ? REP : repeat === 0xf2 ? REPNE : NO_REP;
    const { op = modrm.reg, cc = 0 } = row.opcode.opcodes.find((one) => one.opcode === opcode)!;
    const all = { op, cc, size: log2(size) - 3, rm, mem: rm === RM_REGISTER ? MEM_REGISTER : MEM_ADDRESS, mode, rep };
    const splits = pick(row.splitFields, all);
    if (!row.splits(splits)) return undefined;
    if (prefixes.lock && !(rm !== RM_REGISTER && row.lockable(splits))) return undefined;
    return { row, splits, fields, length: from.at, prefixes, opcode, op, cc, size, addressBits, rm };
  }
}

/** What there is not is 0. */
function pick(
  wanted: readonly { readonly name: string }[],
  from: Readonly<Record<string, number>>,
): Record<string, number> {
  const picked: Record<string, number> = {};
  for (const { name } of wanted) picked[name] = from[name] ?? 0;
  return picked;
}

function whole(row: Insn86, from: Reader): Decoded<X86> {
  return { row, splits: {}, fields: { length: from.seen }, length: from.seen };
}

function readOpcode(from: Reader): { map: OpcodeMap; opcode: number } {
  const first = from.u8();
  if (first !== 0x0f) return { map: "", opcode: first };
  const second = from.u8();
  return second === 0x38 ? { map: "0F38", opcode: from.u8() } : { map: "0F", opcode: second };
}

function operandSize(bits: 16 | 32 | 64, prefixed: boolean, wide: boolean, default64: boolean): 16 | 32 | 64 {
  if (bits !== 64) return (bits === 16) === prefixed ? 32 : 16;
  if (wide) return 64;
  return prefixed ? 16 : default64 ? 64 : 32;
}

/** Whether an instruction that has the row's opcode is the row's. */
function fits(row: Insn86, prefix: Prefix, { byte, mod, reg }: ModRmByte): boolean {
  const { prefix: wanted, modrm } = row.opcode;
  if (wanted !== undefined && wanted !== prefix) return false;
  if (!modrm) return true;
  if (modrm.kind === "byte") return byte === modrm.byte;
  if (modrm.kind === "stack") return (byte & 0xf8) === modrm.byte;
  if (modrm.kind === "extension" && reg !== modrm.extension) return false;
  return row.place === undefined || (mod === 3) === (row.place === "register");
}

type Address = Readonly<Record<"base" | "index" | "scale" | "disp" | "relative" | "segment", number>>;

/** What follows ModRM. The segment is the one without a prefix. Volume 2, tables 2-1 to 2-3. */
function readAddress(from: Reader, { mod, rm }: ModRmByte, rex: number, bits: number, long: boolean): Address {
  if (bits === 16) return readAddress16(from, mod, rm);
  let base = rm;
  let index: number = NO_REGISTER;
  let scale = 0;
  if (rm === 4) {
    const sib = from.u8();
    base = sib & 7;
    const number = ((sib >> 3) & 7) | ((rex & 2) << 2);
    if (number !== RSP) [index, scale] = [number, sib >> 6];
  } else if (rm === 5 && mod === 0) {
    return { base: NO_REGISTER, index, scale, disp: from.s32(), relative: long ? 1 : 0, segment: DS };
  }
  if (base === RBP && mod === 0) return { base: NO_REGISTER, index, scale, disp: from.s32(), relative: 0, segment: DS };
  const disp = mod === 1 ? from.s8() : mod === 2 ? from.s32() : 0;
  const segment = base === RSP || base === RBP ? SS : DS;
  const extended = base | ((rex & 1) << 3);
  return { base: extended, index, scale, disp, relative: 0, segment: extended < 8 ? segment : DS };
}

const PAIRS_16: readonly (readonly [number, number, number])[] = [
  [RBX, RSI, DS],
  [RBX, RDI, DS],
  [RBP, RSI, SS],
  [RBP, RDI, SS],
  [RSI, NO_REGISTER, DS],
  [RDI, NO_REGISTER, DS],
  [RBP, NO_REGISTER, SS],
  [RBX, NO_REGISTER, DS],
];

function readAddress16(from: Reader, mod: number, rm: number): Address {
  const [base, index, segment] = PAIRS_16[rm]!;
  if (mod === 0 && rm === 6)
    return { base: NO_REGISTER, index: NO_REGISTER, scale: 0, disp: from.u16(), relative: 0, segment: DS };
  const disp = mod === 1 ? from.s8() : mod === 2 ? from.u16() : 0;
  return { base, index, scale: 0, disp, relative: 0, segment };
}

function readImmediates(
  from: Reader,
  immediates: readonly Immediate[],
  size: number,
  addressBits: number,
  fields: Record<string, number>,
): void {
  const signed = (bits: number): number =>
    bits === 8 ? from.s8() : bits === 16 ? (from.u16() << 16) >> 16 : from.s32();
  const [first, second] = immediates;
  if (first === "ib" || first === "cb") fields["imm"] = from.s8();
  else if (first === "iw") fields["imm"] = from.u16();
  else if (first === "iz" || first === "cz") fields["imm"] = signed(size);
  else if (first === "cp") {
    fields["imm"] = size === 16 ? from.u16() : from.s32();
    fields["selector"] = from.u16();
  } else if (first !== undefined) {
    const bits = first === "moffs" ? addressBits : size;
    fields["imm"] = first === "moffs" && bits === 16 ? from.u16() : signed(bits);
    fields["immHigh"] = bits === 64 ? from.s32() : first === "iv" && fields["imm"]! < 0 ? -1 : 0;
  }
  if (second !== undefined) fields["second"] = from.u8();
}
