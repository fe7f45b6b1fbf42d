import type { Value } from "../../isa/index.ts";
import type { Runtime } from "../interpreter/runtime.ts";

/** Odd constants with well-mixed bits (fractional parts of square roots). */
const SEEDS = [0x6a09e667f3bcc909n, 0xbb67ae8584caa73bn, 0x3c6ef372fe94f82bn, 0xa54ff53a5f1d36f1n] as const;
const MULTIPLIERS = [0x9e3779b97f4a7c15n, 0xc2b2ae3d27d4eb4fn, 0x165667b19e3779f9n, 0xd6e8feb86659fd93n] as const;

/** Adds `hashBlock(address, bytes, out)`: a 128-bit hash of memory, not cryptographic. `bytes` is a multiple of 32. */
export function defineHash(r: Runtime): void {
  r.define("hashBlock", ["i32", "i32", "i32"], undefined, (e, low, address, bytes, out) => {
    const pair = (a: bigint, b: bigint): Value =>
      e.op("i64x2.replace_lane", e.op("i64x2.splat", e.i64(a)), e.i64(b), 1);
    const multipliers = [pair(MULTIPLIERS[0], MULTIPLIERS[1]), pair(MULTIPLIERS[2], MULTIPLIERS[3])];
    const sums = [e.variable(pair(SEEDS[0], SEEDS[1])), e.variable(pair(SEEDS[2], SEEDS[3]))];
    const at = e.variable(address);
    const end = e.add(32, address, bytes);
    const mix = (sum: Value, data: Value, multiplier: Value): Value => {
      const product = e.op("i64x2.mul", e.op("v128.xor", sum, data), multiplier);
      return e.op("v128.xor", product, e.op("i64x2.shr_u", product, e.i32(29)));
    };
    e.while(
      () => e.ltU(32, e.get(at), end),
      () => {
        sums.forEach((sum, i) => {
          const data = low.f.load("v128", 128, e.get(at), 16 * i);
          e.set(sum, mix(e.get(sum), data, multipliers[i]!));
        });
        e.set(at, e.add(32, e.get(at), e.i32(32)));
      },
    );
    // Every result bit depends on all four lanes.
    const [a, b] = [0, 1].map((lane) => e.op("i64x2.extract_lane", e.get(sums[0]!), lane)) as [Value, Value];
    const [c, d] = [0, 1].map((lane) => e.op("i64x2.extract_lane", e.get(sums[1]!), lane)) as [Value, Value];
    const fold = (x: Value, y: Value, multiplier: bigint): Value => {
      const product = e.mul(64, e.xor(64, x, e.rotr(64, y, 23)), e.i64(multiplier));
      return e.xor(64, product, e.shrU(64, product, 32));
    };
    low.f.store(64, out, fold(fold(fold(a, b, MULTIPLIERS[0]), c, MULTIPLIERS[1]), d, MULTIPLIERS[2]));
    low.f.store(64, out, fold(fold(fold(d, c, MULTIPLIERS[3]), b, MULTIPLIERS[2]), a, MULTIPLIERS[1]), 8);
  });
}
