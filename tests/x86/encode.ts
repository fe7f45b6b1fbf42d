import type { Insn86 } from "../../src/isa/x86/insn.ts";
import { MEM_ADDRESS, RM_ADDRESS, RM_BASE_32, RM_BASE_64, RM_REGISTER } from "../../src/isa/x86/operands.ts";
import type { Random } from "./random.ts";

/** Bytes of one instruction, and what its registers must be for it to do something sensible. */
export interface Encoded {
  readonly bytes: Uint8Array;
  /** Base and index of its address, and what is added to them; undefined: it has none. */
  readonly address: EncodedAddress | undefined;
  /** Where the displacement of an address stands that counts from the end of the instruction. */
  readonly relativeAt: number | undefined;
}

export interface EncodedAddress {
  /** 0 to 15; undefined: none. */
  readonly base: number | undefined;
  readonly index: number | undefined;
  readonly scale: number;
  readonly disp: number;
}

export interface EncodeOptions {
  readonly long: boolean;
  readonly splits: Readonly<Record<string, number>>;
  /** Where an address without registers leads: made up anew, and counted from the end of the instruction if `relative`. */
  absolute(relative: boolean): number;
  /** Where a branch goes, from the end of the instruction. */
  readonly displacement: number;
}

const signed = (value: number, bytes: number): number[] =>
  Array.from({ length: bytes }, (_, n) => (value >> Math.min(31, 8 * n)) & 0xff);

/** One of the instructions that a row is, with splits of its own choice. */
export function encode(row: Insn86, random: Random, options: EncodeOptions): Encoded {
  const { long, splits } = options;
  const { opcode } = row;
  const size = splits["size"] ?? 2;
  const prefixes: number[] = [];
  let rex = 0;
  const sized = splits["size"] !== undefined && !(opcode.w && size === 0);
  const plain = opcode.default64 && long ? 3 : 2;
  if (opcode.prefix === undefined && sized && size === 1) prefixes.push(0x66);
  if (sized && size === 3 && plain !== 3) rex |= 8;
  if (opcode.prefix !== undefined && opcode.prefix !== "NP") prefixes.push(parseInt(opcode.prefix, 16));
  if (splits["rep"]) prefixes.push(splits["rep"] === 1 ? 0xf3 : 0xf2);

  const found = opcode.opcodes.filter(
    ({ op, cc }) =>
      (op === undefined || op === (splits["op"] ?? op)) && (cc === undefined || cc === (splits["cc"] ?? cc)),
  );
  const fitting = opcode.w ? found.filter((one) => (one.opcode & 1) === (size === 0 ? 0 : 1)) : found;
  const first = random.pick(fitting).opcode;
  const [register, place] = [random.below(8), random.below(8)];
  const high = long && random.below(2) === 1;
  if (opcode.register && high) rex |= 1;
  if (long && random.below(4) === 0) rex |= 0x40;

  const body: number[] = [];
  let address: EncodedAddress | undefined;
  let relativeAt: number | undefined;
  if (opcode.modrm) {
    const { kind } = opcode.modrm;
    if (kind === "byte") body.push(opcode.modrm.byte);
    else if (kind === "stack") body.push(opcode.modrm.byte | place);
    else {
      const reg = kind === "extension" ? opcode.modrm.extension : kind === "op" ? splits["op"]! : register;
      if (kind === "register" && long && random.below(2)) rex |= 4;
      const memory = row.place === "memory" || splits["mem"] === MEM_ADDRESS;
      const simple = long ? RM_BASE_64 : RM_BASE_32;
      const rm = splits["rm"] ?? (!memory ? RM_REGISTER : random.below(2) ? simple : RM_ADDRESS);
      if (rm === RM_REGISTER) {
        if (high) rex |= 1;
        body.push(0xc0 | (reg << 3) | place);
      } else {
        const made = memoryOperand(random, rm === RM_ADDRESS, long);
        rex |= made.rex;
        if (made.prefix !== undefined) prefixes.unshift(made.prefix);
        if (made.relative) relativeAt = body.length + 1;
        body.push(made.bytes[0]! | (reg << 3), ...made.bytes.slice(1));
        address = made.address;
      }
    }
  }
  for (const immediate of opcode.immediates) {
    const bits = size === 0 ? 8 : size === 1 ? 16 : 32;
    if (immediate === "ib") body.push(...signed(random.word(), 1));
    else if (immediate === "iw") body.push(...signed(random.below(64), 2));
    else if (immediate === "iz") body.push(...signed(random.word(), bits / 8));
    else if (immediate === "iv") {
      body.push(...signed(random.word(), bits / 8));
      if (size === 3) body.push(...signed(random.word(), 4));
    } else if (immediate === "cb") body.push(...signed(options.displacement, 1));
    else if (immediate === "cz") body.push(...signed(options.displacement, size === 1 ? 2 : 4));
    else if (immediate === "moffs") {
      body.push(...signed(options.absolute(false), 4));
      if (long) body.push(0, 0, 0, 0);
    } else throw new Error(`${row.name}: ${immediate} is not encoded`);
  }
  const map = opcode.map === "" ? [] : opcode.map === "0F" ? [0x0f] : [0x0f, 0x38];
  const start = [...prefixes, ...(rex ? [0x40 | rex] : []), ...map, first];
  const bytes = Uint8Array.from([...start, ...body]);
  if (relativeAt !== undefined) {
    relativeAt += start.length;
    bytes.set(signed(options.absolute(true) - bytes.length, 4), relativeAt);
  }
  return { bytes, address, relativeAt };
}

interface MemoryOperand {
  readonly rex: number;
  readonly prefix: number | undefined;
  /** ModRM without its register, SIB, displacement. */
  readonly bytes: readonly number[];
  readonly relative: boolean;
  readonly address: EncodedAddress | undefined;
}

/** `general`: an address that is more than a register and a displacement. */
function memoryOperand(random: Random, general: boolean, long: boolean): MemoryOperand {
  const numbers = long ? 16 : 8;
  const disp = random.between(-128, 127);
  const far = random.between(-0x800, 0x800);
  const which = random.below(general ? 4 : 3);
  const none = { rex: 0, prefix: undefined, relative: false };
  if (general && long && which === 0) return { ...none, bytes: [0x05, 0, 0, 0, 0], relative: true, address: undefined };
  if (general && (which < 3 || !long)) {
    const base = random.below(numbers);
    let index = random.below(numbers);
    while (index === 4 || index === base) index = random.below(numbers);
    const scale = random.below(4);
    const [mod, displacement, bytes] = size8or32(random, disp, far);
    const sib = (scale << 6) | ((index & 7) << 3) | (base & 7);
    const rex = ((base & 8) >> 3) | ((index & 8) >> 2);
    const prefix = long && which === 2 ? 0x67 : undefined;
    return {
      ...none,
      rex,
      prefix,
      bytes: [mod | 4, sib, ...bytes],
      address: { base, index, scale, disp: displacement },
    };
  }
  const base = random.below(numbers);
  const prefix = general ? 0x65 : undefined;
  const [mod, displacement, bytes] = base % 8 === 5 || random.below(3) ? size8or32(random, disp, far) : [0, 0, []];
  const rex = (base & 8) >> 3;
  const sib = (base & 7) === 4 ? [0x24] : [];
  const address = { base, index: undefined, scale: 0, disp: displacement };
  return { ...none, rex, prefix, bytes: [mod | (base & 7), ...sib, ...bytes], address };
}

function size8or32(random: Random, disp: number, far: number): [mod: number, disp: number, bytes: number[]] {
  return random.below(2) ? [0x40, disp, signed(disp, 1)] : [0x80, far, signed(far, 4)];
}
