import type { DebugView } from "../index.ts";
import { state } from "./state.ts";

/** x87 as debuggers see it: its registers counted from the top of its stack. */

const EXPONENT = 0x7fffn;
const INTEGER_BIT = 1n << 63n;

/** The physical register that is ST(n). */
const physical = (view: DebugView, n: number): number => (Number((view.read(state.fpuStatus) >> 11n) & 7n) + n) & 7;

/** 80 bits. */
export function readStack(view: DebugView, n: number): bigint {
  const at = physical(view, n);
  return (view.read(state.exponent, at) << 64n) | view.read(state.significand, at);
}
export function writeStack(view: DebugView, n: number, value: bigint): void {
  const at = physical(view, n);
  view.write(state.exponent, value >> 64n, at);
  view.write(state.significand, BigInt.asUintN(64, value), at);
}

/** Two bits of each physical register: valid, zero, special, empty. Volume 1, figure 8-7. */
export function readTags(view: DebugView): bigint {
  let tags = 0n;
  for (let n = 7; n >= 0; n--) tags = (tags << 2n) | tagOf(view, n);
  return tags;
}
function tagOf(view: DebugView, n: number): bigint {
  if (view.read(state.fpuEmpty, n)) return 3n;
  const exponent = view.read(state.exponent, n) & EXPONENT;
  const significand = view.read(state.significand, n);
  if (exponent === 0n && significand === 0n) return 1n;
  return exponent === 0n || exponent === EXPONENT || (significand & INTEGER_BIT) === 0n ? 2n : 0n;
}
export function writeTags(view: DebugView, tags: bigint): void {
  for (let n = 0; n < 8; n++) view.write(state.fpuEmpty, ((tags >> BigInt(2 * n)) & 3n) === 3n ? 1n : 0n, n);
}
