import type { A64 } from "../../src/isa/arm64/emitter.ts";
import type { FieldSpec, Handler } from "../../src/isa/index.ts";
import type { Case } from "./simd-oracle.ts";
import { CASE_REGISTERS } from "./simd-oracle.ts";
import type { Random } from "./random.ts";
import { type MachineState, WINDOW, WINDOW_BYTES } from "./simd-row-runner.ts";

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

/** Vectors to draw from: to make new ones for every register of every case takes longer than to run it. */
class Pool {
  private readonly bytes = new Uint8Array(16 * POOL_SIZE);
  private readonly words = new BigUint64Array(this.bytes.buffer);
  private drawn = 0;

  constructor(private readonly random: Random) {
    const view = new DataView(this.bytes.buffer);
    for (let i = 0; i < POOL_SIZE; i++) vectorBytes(random, view, 16 * i);
  }

  private next(): number {
    // Some are made anew all the time.
    if (this.drawn++ % 16 === 0)
      vectorBytes(this.random, new DataView(this.bytes.buffer), 16 * this.random.below(POOL_SIZE));
    return this.random.below(POOL_SIZE);
  }
  vector(out: Uint8Array, at: number): void {
    const i = 16 * this.next();
    out.set(this.bytes.subarray(i, i + 16), at);
  }
  word(): bigint {
    return this.words[2 * this.next()]!;
  }
}
const pools = new WeakMap<Random, Pool>();

const VECTOR_FIELDS = new Set(["rd", "rn", "rm", "ra", "rt", "rt2"]);
const isTransfer = (name: string): boolean => /^(LD|ST)/.test(name);

/** One case for a handler: a word, and a state in which it reads and writes the window only. */
export function makeCase(handler: Handler<A64>, random: Random, fpcr = 0): Case | undefined {
  const { insn, split } = handler;
  const transfer = isTransfer(insn.name);
  const fields: Record<string, number> = {};
  for (const field of insn.pattern.fields)
    fields[field.name] = split[field.name] ?? fieldValue(field, transfer, random);
  if (transfer && fields.rm === fields.rn && fields.rm !== 31) fields.rm = (fields.rn! + 1) % CASE_REGISTERS;
  if (/^LDN?P/.test(insn.name) && fields.rt === fields.rt2) fields.rt2 = (fields.rt! + 1) % CASE_REGISTERS;
  let word = insn.pattern.value;
  for (const field of insn.pattern.fields) word |= fields[field.name]! << field.lsb;
  if (!insn.allocated(fields)) return undefined;

  const pool = pools.get(random) ?? new Pool(random);
  pools.set(random, pool);
  const v = new Uint8Array(512);
  for (let i = 0; i < 32; i++) pool.vector(v, 16 * i);
  const x = new BigUint64Array(33);
  for (let i = 0; i < CASE_REGISTERS; i++) x[i] = pool.word();
  x[32] = WINDOW;
  const memory = new Uint8Array(WINDOW_BYTES);
  if (transfer) new Uint32Array(memory.buffer).forEach((_, i, words) => (words[i] = random.u32()));
  if (transfer) {
    const slot = fields.rn === 31 ? 32 : fields.rn!;
    const aligned = slot === 32 ? 0 : random.below(16);
    x[slot] = WINDOW + BigInt(WINDOW_BYTES / 2 + aligned);
    if (fields.rm !== undefined && fields.rm !== 31)
      x[fields.rm] =
        BigInt.asUintN(64, BigInt(random.below(17) - 8)) & (fields.option === 2 ? 7n : -1n & 0xffffffffffffffffn);
  }
  // Often with IXC set, as it is in most programs after a while.
  const fpsr = random.chance(0.5) ? 0x10 : random.pick([0, random.u32() & 0x0800009f]);
  const before: MachineState = { v, x, nzcv: (random.below(16) << 28) >>> 0, fpcr, fpsr, memory };
  return { word: word >>> 0, before };
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
