import type { A64 } from "../../src/isa/arm64/emitter.ts";
import type { FieldSpec, Handler } from "../../src/isa/index.ts";
import type { Random } from "./random.ts";
import {
  CASE_REGISTERS,
  INSTRUCTION_BYTES,
  INSTRUCTIONS,
  MEMORY_BYTES,
  record,
  RECORDS,
  type Records,
} from "./simd-records.ts";

const EDGES_64 = [
  0n,
  1n,
  2n,
  -1n,
  -2n,
  1n << 63n,
  (1n << 63n) - 1n,
  0x7ff0000000000000n,
  0xfff0000000000000n, // integers, infinities
  0x7ff8000000000000n,
  0xfff8000000001234n,
  0x7ff0000000000001n,
  0xfff4000000005678n, // NaNs
  0x3ff0000000000000n,
  0xbff0000000000000n,
  0x3fe0000000000000n,
  0x4004000000000000n,
  0xc00c000000000000n, // 1, -1, 0.5, 2.5, -3.5
  0x000fffffffffffffn,
  0x8000000000000001n,
  0x0010000000000000n,
  0x7fefffffffffffffn,
  0x3fdfffffffffffffn,
  0x43dfffffffffffffn,
  0x43e0000000000000n,
  0xc3e0000000000000n,
  0x43f0000000000000n,
  0x41dfffffffc00000n,
  0x41efffffffe00000n,
  0x36a0000000000000n,
  0x380fffffe0000000n,
  0x47efffffefffffffn,
  0x47efffffe0000000n,
  0x40effe0000000000n,
  0x3e70000000000000n,
] as const;
const EDGES_32 = [
  0, 1, 2, -1, -2, 0x80000000, 0x7fffffff, 0x7f800000, 0xff800000, 0x7fc00000, 0xffc01234, 0x7f800001, 0xffa05678,
  0x3f800000, 0xbf800000, 0x3f000000, 0x40200000, 0xc0600000, 0x007fffff, 0x80000001, 0x00800000, 0x7f7fffff,
  0x3effffff, 0x4effffff, 0x4f000000, 0xcf000000, 0x4f800000, 0x5effffff, 0x5f000000, 0x5f800000, 0x4b000001,
  0x4affffff, 0x477fe000, 0x33800000, 0x387fe000,
] as const;
const EDGES_16 = [
  0, 1, 0xffff, 0x8000, 0x7fff, 0x7c00, 0xfc00, 0x7e00, 0x7c01, 0xfd23, 0x3c00, 0x03ff, 0x8001, 0x0400, 0x7bff,
] as const;

/** 16 bytes, with lanes of one size that are edge values, small numbers, ordinary floating-point numbers, or anything. */
function vectorBytes(random: Random, out: DataView, at: number): void {
  const size = random.pick([1, 2, 4, 4, 8, 8]);
  for (let i = at; i < at + 16; i += size) {
    const kind = random.below(4);
    if (size === 8) {
      const ordinary = (random.u64() & 0x800fffffffffffffn) | (BigInt(0x3ff - 40 + random.below(80)) << 52n);
      const value = [random.pick(EDGES_64), BigInt(random.below(41) - 20), ordinary, random.u64()][kind]!;
      out.setBigUint64(i, BigInt.asUintN(64, value), true);
    } else if (size === 4) {
      const ordinary = (random.u32() & 0x807fffff) | ((0x7f - 20 + random.below(40)) << 23);
      out.setUint32(i, [random.pick(EDGES_32), random.below(41) - 20, ordinary, random.u32()][kind]!, true);
    } else if (size === 2)
      out.setUint16(i, [random.pick(EDGES_16), random.below(41) - 20, random.u32(), random.u32()][kind]!, true);
    else
      out.setUint8(
        i,
        [random.pick([0, 1, 0x7f, 0x80, 0xff]), random.below(41) - 20, random.u32(), random.u32()][kind]!,
      );
  }
}

const POOL_SIZE = 4096;
/** Of so many vectors drawn, one is made anew. */
const RENEWAL = 32;

/** Vectors to draw from: to make new ones for every register of every case takes longer than to run it. */
class Pool {
  private readonly ints = new Int32Array(4 * POOL_SIZE);
  private readonly view = new DataView(this.ints.buffer);

  constructor(private readonly random: Random) {
    for (let i = 0; i < POOL_SIZE; i++) vectorBytes(random, this.view, 16 * i);
  }

  /** Fills words of an array, a multiple of 4. */
  fill(out: Int32Array, start: number, end: number): void {
    const { ints, random } = this;
    for (let at = start; at < end; at += 4) {
      const from = 4 * random.below(POOL_SIZE);
      for (let i = 0; i < 4; i++) out[at + i] = ints[from + i]!;
    }
    for (let n = (end - start) / 4 / RENEWAL; random.chance(n); n--)
      vectorBytes(random, this.view, 16 * random.below(POOL_SIZE));
  }
}
const pools = new WeakMap<Random, Pool>();

const VECTOR_FIELDS = new Set(["rd", "rn", "rm", "ra", "rt", "rt2"]);
const isTransfer = (name: string): boolean => /^(LD|ST)/.test(name);

/** FPCR: alternative half precision, default NaNs, flushing to zero, and the four rounding modes, in every combination. */
const MODES = Array.from({ length: 32 }, (_, n) => n << 22);
const usesModes = (name: string): boolean => /^([FSU]CVT|F|U?RECP|U?RSQRT)/.test(name);

/** Values of a handler's fields that give an allocated word; undefined when this try does not. */
function fieldsFor({ insn, split }: Handler<A64>, random: Random): Record<string, number> | undefined {
  const transfer = isTransfer(insn.name);
  const fields: Record<string, number> = {};
  for (const field of insn.pattern.fields)
    fields[field.name] = split[field.name] ?? fieldValue(field, transfer, random);
  if (transfer && fields["rm"] === fields["rn"] && fields["rm"] !== 31)
    fields["rm"] = (fields["rn"]! + 1) % CASE_REGISTERS;
  if (/^LDN?P/.test(insn.name) && fields["rt"] === fields["rt2"]) fields["rt2"] = (fields["rt"]! + 1) % CASE_REGISTERS;
  return insn.allocated(fields) ? fields : undefined;
}

/** Adds `count` cases of one instruction word of a handler, in states in which it reads and writes its record only. */
export function addCases(handler: Handler<A64>, count: number, random: Random, to: Records): void {
  const { insn } = handler;
  let fields: Record<string, number> | undefined;
  for (let tries = 0; !fields; tries++) {
    if (tries > 200) throw new Error(`${insn.name}: too few words are allocated`);
    fields = fieldsFor(handler, random);
  }
  let word = insn.pattern.value;
  for (const field of insn.pattern.fields) word |= fields[field.name]! << field.lsb;
  const pool = pools.get(random) ?? new Pool(random);
  pools.set(random, pool);
  const modes = usesModes(insn.name);
  const transfer = isTransfer(insn.name);
  const instruction = INSTRUCTIONS + INSTRUCTION_BYTES * to.count;
  for (const end = to.count + count; to.count < end; to.count++) {
    to.words[to.count] = word;
    const { ints } = to;
    const at = (to.count * record.bytes) / 4;
    pool.fill(ints, at, at + record.sp / 4);
    ints[at + record.nzcv / 4] = random.below(16) << 28;
    // Often with IXC set, as it is in most programs after a while.
    ints[at + record.fpsr / 4] = random.chance(0.5) ? 0x10 : random.pick([0, random.u32() & 0x0800009f]);
    ints[at + record.fpcr / 4] = modes && random.chance(0.5) ? random.pick(MODES) : 0;
    ints[at + record.instruction / 4] = instruction;
    // SP points to the memory, and so does the base.
    const memory = RECORDS + to.count * record.bytes + record.memory;
    setRegister(ints, at, 31, memory + MEMORY_BYTES / 2);
    if (!transfer) continue;
    for (let i = record.memory / 4; i < record.bytes / 4; i++) ints[at + i] = random.u32();
    const { rn, rm, option } = fields;
    if (rn !== 31) setRegister(ints, at, rn!, memory + MEMORY_BYTES / 2 + random.below(16));
    if (rm !== undefined && rm !== 31) {
      const offset = random.below(17) - 8;
      setRegister(ints, at, rm, option === 2 ? offset & 7 : offset);
    }
  }
}

/** X0 to X27, or SP as 31, in the record at word `at`. */
function setRegister(ints: Int32Array, at: number, register: number, value: number): void {
  const place = at + (register === 31 ? record.sp : record.x + 8 * register) / 4;
  ints[place] = value;
  ints[place + 1] = value < 0 ? -1 : 0;
}

function fieldValue(field: FieldSpec, transfer: boolean, random: Random): number {
  if (VECTOR_FIELDS.has(field.name)) {
    const r = random.below(CASE_REGISTERS + 1);
    return r === CASE_REGISTERS ? 31 : r;
  }
  if (transfer && field.name === "imm12") return random.below(4);
  if (transfer && field.name.startsWith("imm")) return (random.below(16) - 8) & (2 ** field.width - 1);
  return random.below(2 ** field.width);
}
