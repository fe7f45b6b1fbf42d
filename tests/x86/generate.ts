import { enumerateHandlers } from "../../src/isa/index.ts";
import { instructions } from "../../src/isa/x86/index.ts";
import type { Insn86 } from "../../src/isa/x86/insn.ts";
import { simd } from "../../src/isa/x86/simd-rows.ts";
import { CODE_16, CODE_32, CODE_64 } from "../../src/isa/x86/modes.ts";
import { RCX, RSP } from "../../src/isa/x86/state.ts";
import { x87 } from "../../src/isa/x86/x87-rows.ts";
import { RM_BASE_32, RM_BASE_64, RM_REGISTER } from "../../src/isa/x86/operands.ts";
import { ARENA, ARENA_BYTES, type Case, type Change, PLACE } from "./case.ts";
import { type Encoded, encode, type EncodeOptions } from "./encode.ts";
import { type FpuImages, initialFpu } from "./fpu-image.ts";
import { Random } from "./random.ts";
import { drawOperand, limitArguments } from "./x87-values.ts";

/** A row with its splits, in 64-bit or in 32-bit code. */
export interface Subject {
  readonly row: Insn86;
  readonly splits: Readonly<Record<string, number>>;
  readonly long: boolean;
}

const STATUS = 0x8d5;
const DF = 0x400;

const vectors: ReadonlySet<Insn86> = new Set(simd);
const floats: ReadonlySet<Insn86> = new Set(x87);

/** All that user level has of the rows, in flat code. */
export function subjects(): Subject[] {
  return enumerateHandlers<unknown, Insn86>(instructions as readonly Insn86[])
    .flatMap(({ insn: row, split: splits }) => [true, false].map((long) => ({ row, splits, long })))
    .filter(({ row, splits, long }) => {
      const { mode, rm, size } = splits;
      if (mode === CODE_16 || mode === CODE_32 || row.opcode.only === (long ? "not 64" : "64")) return false;
      if (mode !== undefined && (mode === CODE_64) !== long) return false;
      if (rm === RM_BASE_32 ? long : rm === RM_BASE_64 && !long) return false;
      if (size === 3 && !long) return false;
      // They have fewer registers in 32-bit code, which a test of its own looks at.
      if (!long && /^FX(SAVE|RSTOR)$/.test(row.name)) return false;
      // The emulator that runs 32-bit code for us has another opinion of what the manual leaves undefined.
      if (!long && (row.name.includes("/1)") || (row.name === "BSWAP" && size === 1))) return false;
      // A branch of 16 bits leads to where nothing is, and 64-bit code has no pushes of 32.
      if (size === 1 && branches(row)) return false;
      return !(size === 2 && long && row.opcode.default64);
    });
}

const branches = (row: Insn86): boolean => /^(J|CALL|RET|LOOP)/.test(row.name);

/** Content of the arena. */
export function arenaOf(seed: number): Uint8Array {
  const random = new Random(seed);
  const view = new DataView(new ArrayBuffer(ARENA_BYTES));
  for (let at = 0; at < ARENA_BYTES; at += 8) view.setBigUint64(at, random.quad(), true);
  return new Uint8Array(view.buffer);
}

/** A case, and what of it must be so for its instruction to do something sensible elsewhere, too. */
export interface Drawn extends Case {
  /** Registers whose values matter. */
  readonly pinned: readonly number[];
  /** Where its address counts from the end of the instruction: where in the code that stands, and where it leads. */
  readonly relative: { readonly at: number; readonly target: number } | undefined;
}

/** A case of a subject. */
export function makeCase({ row, splits, long }: Subject, random: Random, images: FpuImages): Drawn {
  const vector = vectors.has(row);
  const alignment = vector && random.below(8) ? -16 : -1;
  const middle = (): number => (ARENA + random.between(0x1000, 0x3000)) & alignment;
  const offset = random.between(0x200, 0x400);
  let absolute = 0;
  const options: EncodeOptions = {
    ...{ long, splits },
    absolute: (relative) => (absolute = middle()) - (relative ? PLACE + offset : 0),
    displacement: random.pick([-1, 1]) * random.between(20, 100),
  };
  let encoded = encode(row, random, options);
  while (undefinedByManual(row, splits, encoded)) encoded = encode(row, random, options);
  const r = Array.from({ length: 16 }, () => random.quad());
  // The kernel does not return to a stack pointer that is not canonical.
  r[4]! &= 0x7fff_ffff_ffffn;
  const changes: Change[] = [];
  const pinned = place(encoded, r, random, long, middle());
  const pin = (n: number, value: number): void => {
    r[n] = BigInt(value);
    pinned.push(n);
  };
  if (/PUSH|POP|CALL|RET|ENTER|LEAVE/.test(row.name)) {
    if (encoded.address?.base !== 4) pin(4, middle());
    if (row.name === "LEAVE" || row.name === "ENTER") pin(5, middle());
  }
  if (row.name.startsWith("MASKMOV")) pin(7, middle());
  if (row.name.includes("XLAT")) pin(3, middle());
  if (/^(MOVS|CMPS|STOS|LODS|SCAS)$/.test(row.name)) {
    pin(6, middle());
    pin(7, middle());
    if (splits["rep"]) pin(RCX, random.below(5));
  }
  if (/^SH[LR]D \(CL/.test(row.name) && splits["size"] === 1) pin(RCX, random.below(17));
  if (/^(LOOP|JCXZ)/.test(row.name)) pin(RCX, random.below(4));
  const width = 8 << (splits["size"] ?? 2);
  if (/^BT.*register/.test(row.name) && splits["rm"] !== RM_REGISTER)
    pinned.push(...bitIndex(encoded, r, random, width));
  pinned.push(...divisions(row, splits, encoded, r, random));
  targets(row, splits["rm"], encoded, r, absolute, changes, random);
  if (row.name === "FXRSTOR" || row.name === "LDMXCSR") {
    const image = images.draw();
    // A reserved bit of MXCSR.
    if (random.below(8) === 0) image[27]! |= 1 << random.below(8);
    changes.push(...imageAt(addressOf(encoded, r, absolute), row.name === "LDMXCSR" ? image.subarray(24, 28) : image));
  }
  if (floats.has(row) && row.place === "memory" && !/^FN?ST|^FI?STT?P|^FBSTP|^FNSAVE/.test(row.name)) {
    const operand = drawOperand(row.name, random, () => images.drawX87());
    changes.push(...imageAt(addressOf(encoded, r, absolute), operand));
  }
  const flags =
    0x202 | (random.bits() & STATUS) | (/^(MOVS|CMPS|STOS|LODS|SCAS)/.test(row.name) ? random.bits() & DF : 0);
  const cut = long ? r : r.map((value, n) => (n < 8 ? value & 0xffff_ffffn : 0n));
  const fpu = floats.has(row) ? images.drawX87() : vector ? images.draw() : initialFpu();
  if (row.transcendental) limitArguments(row.name, fpu);
  const { bytes: code, relativeAt } = encoded;
  const relative = relativeAt === undefined ? undefined : { at: relativeAt, target: absolute };
  const alike = !long && (vector || floats.has(row));
  return { code, long, alike, offset, r: cut, flags, changes, fpu, pinned, relative };
}

/** Shifts of two operands by more than they have, and branches to where the stack pointer leads. */
function undefinedByManual(
  row: Insn86,
  { size, rm }: Readonly<Record<string, number>>,
  { bytes, address }: Encoded,
): boolean {
  const usesCount = address?.base === RCX || address?.index === RCX;
  if (/^SH[LR]D \(CL/.test(row.name) && size === 1 && usesCount) return true;
  if (/^SH[LR]D/.test(row.name) && size === 1 && row.name.includes("imm")) return (bytes.at(-1)! & 31) > 16;
  return /^(JMP|CALL) \(r\/m/.test(row.name) && rm === 0 && (bytes.at(-1)! & 7) === 4;
}

/** Gives the registers of an address such values that it lies in the arena; tells which they are. */
function place({ address }: Encoded, r: bigint[], random: Random, long: boolean, at: number): number[] {
  if (!address) return [];
  const { base, index, scale, disp } = address;
  const target = BigInt(at);
  const count = BigInt(random.below(16));
  if (index !== undefined) r[index] = count;
  const rest = target - BigInt(disp) - (index === undefined ? 0n : count << BigInt(scale));
  if (base !== undefined) r[base] = BigInt.asUintN(long ? 64 : 32, rest);
  return [base, index].filter((n) => n !== undefined);
}

/** Bit strings: bits near the operand. */
function bitIndex(encoded: Encoded, r: bigint[], random: Random, width: number): number[] {
  const register = registerOf(encoded.bytes);
  if (register === encoded.address?.base || register === encoded.address?.index) return [];
  r[register] = BigInt.asUintN(width, BigInt(random.between(-width * 8, width * 8)));
  return [register];
}

/** The register of ModRM, as far as it is the next to last bytes of an address without immediates. */
function registerOf(bytes: Uint8Array): number {
  const at = bytes.findIndex((byte, n) => n > 0 && bytes[n - 1] === 0x0f && byte > 0x90) + 1;
  const rex = bytes.slice(0, at).find((byte) => byte >> 4 === 4) ?? 0;
  return ((bytes[at]! >> 3) & 7) | ((rex & 4) << 1);
}

/** Dividends that often have a quotient. */
function divisions(
  row: Insn86,
  splits: Readonly<Record<string, number>>,
  { address }: Encoded,
  r: bigint[],
  random: Random,
): number[] {
  if (!/DIV/.test(row.name) || random.below(4) === 0) return [];
  const free = (n: number): boolean => address?.base !== n && address?.index !== n;
  const negative = row.name === "IDIV" && random.below(2) === 1;
  const part = splits["size"] === 0 ? 0 : 2;
  if (!free(part)) return [];
  if (part === 0) r[0] = BigInt.asUintN(64, BigInt(random.between(negative ? -2000 : 0, 2000)));
  else r[2] = negative ? 0xffff_ffff_ffff_ffffn : BigInt(random.below(3));
  return [part];
}

/** Indirect branches and returns go to the page of code. `absolute`: an address without registers. */
function targets(
  row: Insn86,
  rm: number | undefined,
  encoded: Encoded,
  r: bigint[],
  absolute: number,
  changes: Change[],
  random: Random,
): void {
  const code = (): bigint => BigInt(PLACE + random.between(0x600, 0x700));
  const write = (at: number): void => {
    const offset = at - ARENA;
    if (offset < 0 || offset > ARENA_BYTES - 8) return;
    changes.push({ offset, bytes: new Uint8Array(BigUint64Array.of(code()).buffer) });
  };
  if (row.name.startsWith("RET")) write(Number(r[RSP]!));
  if (!/^(JMP|CALL) \(r\/m/.test(row.name)) return;
  if (rm === RM_REGISTER) for (let n = 0; n < 16; n++) if (n !== RSP) r[n] = code();
  write(addressOf(encoded, r, absolute));
}

/** Where an instruction's place in memory is. `absolute`: one without registers. */
function addressOf({ address }: Encoded, r: readonly bigint[], absolute: number): number {
  if (!address) return absolute;
  const { base, index, scale, disp } = address;
  const at =
    (base === undefined ? 0n : r[base]!) + (index === undefined ? 0n : r[index]! << BigInt(scale)) + BigInt(disp);
  return Number(BigInt.asUintN(32, at));
}

/** An image in memory, in as large pieces as a change may have. */
function imageAt(address: number, image: Uint8Array): Change[] {
  return Array.from({ length: Math.ceil(image.length / 64) }, (_, n) => ({
    offset: address - ARENA + 64 * n,
    bytes: image.slice(64 * n, 64 * n + 64),
  }));
}
