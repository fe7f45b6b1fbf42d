import type { Random } from "./random.ts";

const integers = [0n, 1n, 2n, 0x7fffffffn, 0x80000000n, 0xffffffffn, 0x7fffffffffffffffn, 1n << 63n, (1n << 64n) - 1n];

/** A register's value: the edges of the integers, small numbers, and anything. Never an address of the runner's memory. */
export function randomRegister(random: Random): bigint {
  const kind = random.below(10);
  if (kind < 2) return random.pick(integers);
  if (kind < 4) return BigInt.asUintN(64, BigInt(random.below(256)) - 64n);
  if (kind < 5) return BigInt(random.u32() | 0x80000000) & 0xffffffffn;
  return random.u64();
}

const single = [
  0, 0x80000000, 0x3f800000, 0xbf800000, 0x7f800000, 0xff800000, 0x7fc00000, 0xffc00001, 0x7f800001, 0xffa12345, 1,
  0x80000001, 0x007fffff, 0x00800000, 0x7f7fffff, 0x4f000000, 0xcf000000, 0x4f800000, 0x5f000000, 0x3f000000,
  0x3fc00000, 0x40200000, 0x33800000,
];
const double = [
  0n,
  0x8000000000000000n,
  0x3ff0000000000000n,
  0xbff0000000000000n,
  0x7ff0000000000000n,
  0xfff0000000000000n,
  0x7ff8000000000000n,
  0xfff8000000000001n,
  0x7ff0000000000001n,
  0xfff4000000012345n,
  1n,
  0x8000000000000001n,
  0x000fffffffffffffn,
  0x0010000000000000n,
  0x7fefffffffffffffn,
  0x41e0000000000000n,
  0x43e0000000000000n,
  0xc3e0000000000000n,
  0x43f0000000000000n,
  0x3fe0000000000000n,
  0x3ff8000000000000n,
  0x4004000000000000n,
  0x36a0000000000000n,
  0x3810000000000000n,
  0x47efffffe0000000n,
  0x3810000010000001n,
];

/** A number of moderate size, where rounding happens. */
function nearDouble(random: Random): bigint {
  const exponent = BigInt(1023 - 40 + random.below(110));
  return (random.u64() & 0x800fffffffffffffn) | (exponent << 52n);
}

function nearSingle(random: Random): number {
  if (random.chance(0.5)) return random.pick(single);
  return ((random.u32() & 0x807fffff) | ((127 - 40 + random.below(110)) << 23)) >>> 0;
}

const POOL_SIZE = 2048;
/** Of so many values drawn, one is made anew. */
const RENEWAL = 32;

/** 64-bit values of one kind to draw from: to make new ones for every register of every case takes longer than to run it. */
class Pool {
  private readonly ints = new Int32Array(2 * POOL_SIZE);
  private readonly view = new DataView(this.ints.buffer);

  constructor(
    private readonly random: Random,
    private readonly make: (view: DataView, at: number) => void,
  ) {
    for (let i = 0; i < POOL_SIZE; i++) make(this.view, 8 * i);
  }

  draw(out: Int32Array, at: number): void {
    const from = this.random.below(RENEWAL * POOL_SIZE);
    const index = from % POOL_SIZE;
    if (from < POOL_SIZE) this.make(this.view, 8 * index);
    out[at] = this.ints[2 * index]!;
    out[at + 1] = this.ints[2 * index + 1]!;
  }
}

/** Values for registers. `at` counts 32-bit words. */
export class Values {
  private readonly registers: Pool;
  private readonly lanes: readonly Pool[];

  constructor(private readonly random: Random) {
    this.registers = new Pool(random, (view, at) => view.setBigUint64(at, randomRegister(random), true));
    this.lanes = [
      new Pool(random, (view, at) => view.setBigUint64(at, random.u64(), true)),
      new Pool(random, (view, at) =>
        view.setBigUint64(at, random.chance(0.5) ? random.pick(double) : nearDouble(random), true),
      ),
      new Pool(random, (view, at) => {
        for (const half of [0, 4]) view.setUint32(at + half, nearSingle(random), true);
      }),
      this.registers,
    ];
  }

  /** One 64-bit register, as `randomRegister`. */
  register(out: Int32Array, at: number): void {
    this.registers.draw(out, at);
  }

  /** 32 vector registers; in one case most lanes are of one kind, so that operations meet comparable numbers. */
  vectors(out: Int32Array, at: number): void {
    const { random, lanes } = this;
    const usual = lanes[random.below(4)]!;
    for (let i = 0; i < 128; i += 2) (random.chance(0.8) ? usual : lanes[random.below(4)]!).draw(out, at + i);
  }
}
