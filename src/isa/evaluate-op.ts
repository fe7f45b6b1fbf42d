import { assert } from "../base/index.ts";
import type { Value } from "./lowering.ts";

export type IntegerType = "i32" | "i64" | "v128";

/** A number in the range of its type, unsigned. */
export interface Integer extends Value {
  readonly type: IntegerType;
  readonly value: bigint;
}

const BITS = { i32: 32, i64: 64, v128: 128 } as const;

export const integer = (type: IntegerType, value: bigint): Integer => ({
  type,
  value: BigInt.asUintN(BITS[type], value),
});

/** What WebAssembly's integer instructions compute (its specification, 4.3.2); an Error where they trap. */
export function evaluateOp(name: string, operands: readonly Integer[], lanes: readonly number[]): Integer {
  const [prefix, op] = name.split(".") as [string, string];
  if (prefix === "i64x2") return evaluateLanes(op, operands, lanes);
  assert(prefix === "i32" || prefix === "i64", `${name} is not evaluated`);
  const [a, b] = operands as [Integer, Integer | undefined];
  const result =
    b === undefined
      ? unary(op, a, BITS[prefix])
      : (binary(op, a.value, b.value, BITS[prefix]) ?? compare(op, a.value, b.value, BITS[prefix]));
  assert(result !== undefined, `${name} is not evaluated`);
  if (b !== undefined || !/^(wrap|extend_)/.test(op))
    assert(
      operands.every((o) => o.type === prefix),
      `${name} of ${operands.map((o) => o.type).join(", ")}`,
    );
  return typeof result === "boolean" ? integer("i32", result ? 1n : 0n) : integer(prefix, result);
}

function unary(op: string, { type, value }: Integer, bits: number): bigint | boolean | undefined {
  const extend = /^extend(8|16|32)_s$/.exec(op);
  if (extend) return BigInt.asIntN(Number(extend[1]), value);
  const digits = value.toString(2).padStart(bits, "0");
  switch (op) {
    case "eqz":
      return value === 0n;
    case "clz":
      return BigInt(value === 0n ? bits : digits.indexOf("1"));
    case "ctz":
      return BigInt(value === 0n ? bits : bits - 1 - digits.lastIndexOf("1"));
    case "popcnt":
      return BigInt(digits.split("1").length - 1);
    case "wrap_i64":
      assert(type === "i64", "wrap_i64");
      return value;
    case "extend_i32_s":
    case "extend_i32_u":
      assert(type === "i32", op);
      return op === "extend_i32_s" ? BigInt.asIntN(32, value) : value;
    default:
      return undefined;
  }
}

function binary(op: string, a: bigint, b: bigint, bits: number): bigint | undefined {
  const count = b % BigInt(bits);
  const [signedA, signedB] = [BigInt.asIntN(bits, a), BigInt.asIntN(bits, b)];
  switch (op) {
    case "add":
      return a + b;
    case "sub":
      return a - b;
    case "mul":
      return a * b;
    case "and":
      return a & b;
    case "or":
      return a | b;
    case "xor":
      return a ^ b;
    case "shl":
      return a << count;
    case "shr_u":
      return a >> count;
    case "shr_s":
      return signedA >> count;
    case "rotr":
      return (a >> count) | (a << (BigInt(bits) - count));
    case "rotl":
      return (a << count) | (a >> (BigInt(bits) - count));
    case "div_u":
    case "rem_u":
      if (b === 0n) throw new Error(`trap: ${op} by zero`);
      return op === "div_u" ? a / b : a % b;
    case "div_s":
    case "rem_s":
      if (b === 0n) throw new Error(`trap: ${op} by zero`);
      if (op === "rem_s") return signedA % signedB;
      if (signedB === -1n && signedA === -(1n << BigInt(bits - 1))) throw new Error("trap: div_s overflows");
      return signedA / signedB;
    default:
      return undefined;
  }
}

function compare(op: string, a: bigint, b: bigint, bits: number): boolean | undefined {
  if (op === "eq") return a === b;
  if (op === "ne") return a !== b;
  const [x, y] = op.endsWith("_s") ? [BigInt.asIntN(bits, a), BigInt.asIntN(bits, b)] : [a, b];
  switch (op.slice(0, -2)) {
    case "lt":
      return x < y;
    case "le":
      return x <= y;
    case "gt":
      return x > y;
    case "ge":
      return x >= y;
    default:
      return undefined;
  }
}

function evaluateLanes(op: string, [a, b]: readonly Integer[], [lane]: readonly number[]): Integer {
  const shift = BigInt(64 * (lane ?? 0));
  const lanesOf = BigInt.asUintN(64, -1n);
  switch (op) {
    case "extract_lane":
      return integer("i64", a!.value >> shift);
    case "replace_lane":
      return integer("v128", (a!.value & ~(lanesOf << shift)) | (b!.value << shift));
    case "splat":
      return integer("v128", a!.value | (a!.value << 64n));
    default:
      throw new Error(`i64x2.${op} is not evaluated`);
  }
}
