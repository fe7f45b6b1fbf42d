import type { Insn, Operand, Value } from "../index.ts";
import { lanes, type Size } from "../vector.ts";
import * as asm from "./asm.ts";
import { type A64, insn } from "./emitter.ts";
import { fpBits, fpMul, fpMulX, fpNeg, laneSize } from "./fp-arithmetic.ts";
import { fpMulAdd } from "./fp-fused.ts";
import { doublingMultiplyHigh, multiply } from "./simd-arithmetic.ts";
import { splatElement } from "./simd-copy.ts";
import { SMLAL, SMLSL, SMULL, SQDMLAL, SQDMLSL, SQDMULL } from "./simd-three-different.ts";
import { binary, fill, HS, type Result, setVector } from "./simd-vector.ts";
import { state } from "./state.ts";

interface Sources {
  readonly size: Size;
  readonly high: number;
  readonly n: Value;
  readonly m: Value;
  d(): Value;
}

interface Operation {
  readonly name: string;
  readonly U: number;
  readonly opcode: number;
  readonly long: boolean;
  readonly scalar: boolean;
  readonly compute: (e: A64, s: Sources) => Result;
}

const row = (
  name: string,
  U: number,
  opcode: number,
  kind: "same" | "long",
  compute: Operation["compute"],
  scalar = false,
): Operation => ({ name, U, opcode, long: kind === "long", scalar, compute });
const SCALAR_TOO = true;

const operations: readonly Operation[] = [
  row("MLA", 1, 0b0000, "same", (e, { size, n, m, d }) => lanes(e, size, "add", d(), multiply(e, size, n, m))),
  row("SMLAL", 0, 0b0010, "long", (e, s) => SMLAL(e, s, true)),
  row("UMLAL", 1, 0b0010, "long", (e, s) => SMLAL(e, s, false)),
  row("SQDMLAL", 0, 0b0011, "long", SQDMLAL, SCALAR_TOO),
  row("MLS", 1, 0b0100, "same", (e, { size, n, m, d }) => lanes(e, size, "sub", d(), multiply(e, size, n, m))),
  row("SMLSL", 0, 0b0110, "long", (e, s) => SMLSL(e, s, true)),
  row("UMLSL", 1, 0b0110, "long", (e, s) => SMLSL(e, s, false)),
  row("SQDMLSL", 0, 0b0111, "long", SQDMLSL, SCALAR_TOO),
  row("MUL", 0, 0b1000, "same", (e, { size, n, m }) => multiply(e, size, n, m)),
  row("SMULL", 0, 0b1010, "long", (e, s) => SMULL(e, s, true)),
  row("UMULL", 1, 0b1010, "long", (e, s) => SMULL(e, s, false)),
  row("SQDMULL", 0, 0b1011, "long", SQDMULL, SCALAR_TOO),
  row("SQDMULH", 0, 0b1100, "same", (e, { size, n, m }) => doublingMultiplyHigh(e, size, false, n, m), SCALAR_TOO),
  row("SQRDMULH", 0, 0b1101, "same", (e, { size, n, m }) => doublingMultiplyHigh(e, size, true, n, m), SCALAR_TOO),
];

interface ElementFields<T> {
  readonly L: T;
  readonly M: T;
  readonly rm: T;
  readonly H: T;
}

/** 16-bit elements: H:L:M of V0 to V15. 32-bit: H:L of M:Rm. 64-bit: H of M:Rm. */
const elementIndex = (size: Size, f: ElementFields<number>): number => ((f.H << 2) | (f.L << 1) | f.M) >> (size - 1);
const elementRegister = (size: Size, f: ElementFields<number>): number => (size === 1 ? f.rm : (f.M << 4) | f.rm);

function element(e: A64, size: Size, f: ElementFields<Operand>): Value {
  const high = size === 1 ? e.i32(0) : e.shl(32, e.imm(32, f.M), 4);
  const v = e.read(state.v, e.or(32, high, e.imm(32, f.rm)));
  return splatElement(e, size, v, [f.H, f.L, f.M], (H, L, M) => elementIndex(size, { H: H!, L: L!, M: M!, rm: 0 }));
}
const elementText = (size: Size, f: ElementFields<number>): string =>
  asm.element(size, elementRegister(size, f), elementIndex(size, f));

type FpCompute = (e: A64, p: number, bits: number, n: Value, m: Value, d: () => Value) => Value;
const floating: readonly [name: string, U: number, opcode: number, compute: FpCompute][] = [
  ["FMLA", 0, 0b0001, (e, p, bits, n, m, d) => fpMulAdd(e, p, bits, d(), n, m)],
  ["FMLS", 0, 0b0101, (e, p, bits, n, m, d) => fpMulAdd(e, p, bits, d(), fpNeg(e, p, n), m)],
  ["FMUL", 0, 0b1001, fpMul],
  ["FMULX", 1, 0b1001, fpMulX],
];
const fpElementExists = ({ sz, L }: { readonly sz: number; readonly L: number }): boolean => sz === 0 || L === 0;

/** Advanced SIMD vector x indexed element. */
export const advancedSimdByElement: readonly Insn<A64>[] = [
  ...operations.map(({ name, U, opcode, long, compute }) =>
    insn(
      `${name} (by element)`,
      fill("0 Q:1 U 01111 size:2 L:1 M:1 rm:4 opcode H:1 0 rn:5 rd:5", { U, opcode: binary(opcode, 4) }),
      ["Q", "size"],
      (e, { Q, size, L, M, rm, H, rn, rd }) => {
        e.checkFp();
        const m = element(e, size, { L, M, rm, H });
        const result = compute(e, { size, high: Q, n: e.vreg(rn), m, d: () => e.vreg(rd) });
        setVector(e, long || Q ? 128 : 64, rd, result);
      },
      {
        splits: ({ size }) => HS.includes(size as 1),
        asm: (f) => {
          const narrow = asm.arrangement(f.size, f.Q);
          const to = long ? asm.arrangement(f.size + 1, 1) : narrow;
          const mnemonic = name.toLowerCase() + (long && f.Q ? "2" : "");
          return asm.line(mnemonic, asm.vector(f.rd, to), asm.vector(f.rn, narrow), elementText(f.size, f));
        },
      },
    ),
  ),
  ...floating.map(([name, U, opcode, compute]) =>
    insn(
      `${name} (by element)`,
      fill("0 Q:1 U 01111 1 sz:1 L:1 M:1 rm:4 opcode H:1 0 rn:5 rd:5", { U, opcode: binary(opcode, 4) }),
      ["Q", "sz"],
      (e, { Q, sz, L, M, rm, H, rn, rd }) => {
        e.checkFp();
        const bits = Q ? 128 : 64;
        const m = element(e, laneSize(sz), { L, M, rm, H });
        setVector(
          e,
          bits,
          rd,
          compute(e, sz, bits, e.vreg(rn), m, () => e.vreg(rd)),
        );
      },
      {
        splits: ({ Q, sz }) => sz === 0 || Q === 1,
        allocated: fpElementExists,
        asm: (f) => {
          const t = asm.arrangement(laneSize(f.sz), f.Q);
          return asm.line(name.toLowerCase(), asm.vector(f.rd, t), asm.vector(f.rn, t), elementText(laneSize(f.sz), f));
        },
      },
    ),
  ),
];

/** Advanced SIMD scalar x indexed element. */
export const advancedSimdScalarByElement: readonly Insn<A64>[] = [
  ...operations
    .filter(({ scalar }) => scalar)
    .map(({ name, opcode, long, compute }) =>
      insn(
        `${name} (by element, scalar)`,
        fill("01 0 11111 size:2 L:1 M:1 rm:4 opcode H:1 0 rn:5 rd:5", { opcode: binary(opcode, 4) }),
        ["size"],
        (e, { size, L, M, rm, H, rn, rd }) => {
          e.checkFp();
          const m = element(e, size, { L, M, rm, H });
          const result = compute(e, { size, high: 0, n: e.vreg(rn), m, d: () => e.vreg(rd) });
          setVector(e, 8 << (long ? size + 1 : size), rd, result);
        },
        {
          splits: ({ size }) => HS.includes(size as 1),
          asm: (f) =>
            asm.line(
              name.toLowerCase(),
              asm.scalar(long ? f.size + 1 : f.size, f.rd),
              asm.scalar(f.size, f.rn),
              elementText(f.size, f),
            ),
        },
      ),
    ),
  ...floating.map(([name, U, opcode, compute]) =>
    insn(
      `${name} (by element, scalar)`,
      fill("01 U 11111 1 sz:1 L:1 M:1 rm:4 opcode H:1 0 rn:5 rd:5", { U, opcode: binary(opcode, 4) }),
      ["sz"],
      (e, { sz, L, M, rm, H, rn, rd }) => {
        e.checkFp();
        const bits = fpBits(sz);
        const m = element(e, laneSize(sz), { L, M, rm, H });
        setVector(
          e,
          bits,
          rd,
          compute(e, sz, bits, e.vreg(rn), m, () => e.vreg(rd)),
        );
      },
      {
        allocated: fpElementExists,
        asm: (f) => {
          const size = laneSize(f.sz);
          return asm.line(name.toLowerCase(), asm.scalar(size, f.rd), asm.scalar(size, f.rn), elementText(size, f));
        },
      },
    ),
  ),
];
