import type { Insn, Value } from "../index.ts";
import { gatherLanes, laneBits, lanes, narrow, not, shift, type Size, widen, zero } from "../vector.ts";
import * as asm from "./asm.ts";
import { type A64, insn } from "./emitter.ts";
import {
  addSignedToUnsigned,
  addUnsignedToSigned,
  countLeadingSignBits,
  countLeadingZeros,
  pairwiseAddLong,
  reverseBits,
  saturateMinimum,
  saturatingNarrow,
} from "./simd-arithmetic.ts";
import { ALL, BHS, binary, fill, type Result, setHalf, setVector } from "./simd-vector.ts";

interface Sources {
  readonly size: Size;
  /** 1: of a lengthening operation, the high half is the source. */
  readonly high: number;
  readonly n: Value;
  d(): Value;
}
type Compute = (e: A64, s: Sources) => Result;
type Kind = "same" | "with zero" | "pairwise" | "narrow" | "long";

interface Operation {
  readonly name: string;
  readonly U: number;
  readonly opcode: number;
  readonly kind: Kind;
  readonly sizes: readonly Size[];
  readonly scalar: readonly Size[];
  readonly compute: Compute;
}

function row(
  name: string,
  U: number,
  opcode: number,
  sizes: readonly Size[],
  scalar: readonly Size[],
  compute: Compute,
  kind: Kind = "same",
): Operation {
  return { name, U, opcode, kind, sizes, scalar, compute };
}
const NONE = [] as const;
const D = [3] as const;

/** Reverses the order of lanes within groups of 2^container bytes. */
const reverse =
  (container: number): Compute =>
  (e, { size, n }) =>
    gatherLanes(e, size, [n], (lane) => lane ^ ((1 << (container - size)) - 1));

const compareZero =
  (name: string): Compute =>
  (e, { size, n }) =>
    lanes(e, size, name, n, zero(e));

const pairwise =
  (signed: boolean, accumulate: boolean): Compute =>
  (e, { size, n, d }) => {
    const sums = pairwiseAddLong(e, size, signed, n);
    return accumulate ? lanes(e, size + 1, "add", d(), sums) : sums;
  };

const operations: readonly Operation[] = [
  row("REV64", 0, 0b00000, BHS, NONE, reverse(3)),
  row("REV32", 1, 0b00000, [0, 1], NONE, reverse(2)),
  row("REV16", 0, 0b00001, [0], NONE, reverse(1)),
  row("SADDLP", 0, 0b00010, BHS, NONE, pairwise(true, false), "pairwise"),
  row("UADDLP", 1, 0b00010, BHS, NONE, pairwise(false, false), "pairwise"),
  row("SUQADD", 0, 0b00011, ALL, ALL, (e, { size, n, d }) => addUnsignedToSigned(e, size, d(), n)),
  row("USQADD", 1, 0b00011, ALL, ALL, (e, { size, n, d }) => addSignedToUnsigned(e, size, d(), n)),
  row("CLS", 0, 0b00100, BHS, NONE, (e, { size, n }) => countLeadingSignBits(e, size, n)),
  row("CLZ", 1, 0b00100, BHS, NONE, (e, { size, n }) => countLeadingZeros(e, size, n)),
  row("CNT", 0, 0b00101, [0], NONE, (e, { n }) => e.op("i8x16.popcnt", n)),
  row("SADALP", 0, 0b00110, BHS, NONE, pairwise(true, true), "pairwise"),
  row("UADALP", 1, 0b00110, BHS, NONE, pairwise(false, true), "pairwise"),
  row("SQABS", 0, 0b00111, ALL, ALL, (e, { size, n }) => saturateMinimum(e, size, n, lanes(e, size, "abs", n))),
  row("SQNEG", 1, 0b00111, ALL, ALL, (e, { size, n }) => saturateMinimum(e, size, n, lanes(e, size, "neg", n))),
  row("CMGT", 0, 0b01000, ALL, D, compareZero("gt_s"), "with zero"),
  row("CMGE", 1, 0b01000, ALL, D, compareZero("ge_s"), "with zero"),
  row("CMEQ", 0, 0b01001, ALL, D, compareZero("eq"), "with zero"),
  row("CMLE", 1, 0b01001, ALL, D, compareZero("le_s"), "with zero"),
  row("CMLT", 0, 0b01010, ALL, D, compareZero("lt_s"), "with zero"),
  row("ABS", 0, 0b01011, ALL, D, (e, { size, n }) => lanes(e, size, "abs", n)),
  row("NEG", 1, 0b01011, ALL, D, (e, { size, n }) => lanes(e, size, "neg", n)),
  row("XTN", 0, 0b10010, BHS, NONE, (e, { size, n }) => narrow(e, size, n), "narrow"),
  row("SQXTUN", 1, 0b10010, BHS, BHS, (e, { size, n }) => saturatingNarrow(e, size, "signed to unsigned", n), "narrow"),
  row("SHLL", 1, 0b10011, BHS, NONE, shiftLong, "long"),
  row("SQXTN", 0, 0b10100, BHS, BHS, (e, { size, n }) => saturatingNarrow(e, size, "signed", n), "narrow"),
  row("UQXTN", 1, 0b10100, BHS, BHS, (e, { size, n }) => saturatingNarrow(e, size, "unsigned", n), "narrow"),
];

function shiftLong(e: A64, { size, high, n }: Sources): Value {
  return shift(e, size + 1, "shl", widen(e, size, false, high, n), laneBits(size));
}

/** Bit-wise operations on bytes; their size field tells them apart. */
const bitwise: readonly [name: string, size: number, compute: (e: A64, n: Value) => Value][] = [
  ["NOT", 0, not],
  ["RBIT", 1, reverseBits],
];

function vectorText({ name, kind }: Operation, size: Size, Q: number, rd: number, rn: number): string {
  const same = asm.arrangement(size, Q);
  const wide = asm.arrangement(size + 1, 1);
  const second = Q && (kind === "narrow" || kind === "long") ? "2" : "";
  const [d, n] = {
    same: [same, same],
    "with zero": [same, same],
    narrow: [same, wide],
    long: [wide, same],
    pairwise: [asm.arrangement(size + 1, Q), same],
  }[kind] as [string, string];
  const last = kind === "with zero" ? ["#0"] : kind === "long" ? [`#${laneBits(size)}`] : [];
  return asm.line(name.toLowerCase() + second, asm.vector(rd, d), asm.vector(rn, n), ...last);
}

/** Advanced SIMD two-register miscellaneous, integer. */
export const advancedSimdTwoRegisters: readonly Insn<A64>[] = [
  ...operations.map((operation) => {
    const { name, U, opcode, kind, sizes, compute } = operation;
    return insn(
      `${name} (vector)`,
      fill("0 Q:1 U 01110 size:2 10000 opcode 10 rn:5 rd:5", { U, opcode: binary(opcode, 5) }),
      ["Q", "size"],
      (e, { Q, size, rn, rd }) => {
        e.checkFp();
        const result = compute(e, { size, high: Q, n: e.vreg(rn), d: () => e.vreg(rd) });
        if (kind === "narrow") setHalf(e, Q, rd, result);
        else setVector(e, Q || kind === "long" ? 128 : 64, rd, result);
      },
      {
        splits: ({ Q, size }) => sizes.includes(size) && (size !== 3 || Q === 1),
        asm: ({ Q, size, rn, rd }) => vectorText(operation, size, Q, rd, rn),
      },
    );
  }),
  ...bitwise.map(([name, size, compute]) =>
    insn(
      `${name} (vector)`,
      fill("0 Q:1 1 01110 size 10000 00101 10 rn:5 rd:5", { size: binary(size, 2) }),
      ["Q"],
      (e, { Q, rn, rd }) => {
        e.checkFp();
        setVector(e, Q ? 128 : 64, rd, compute(e, e.vreg(rn)));
      },
      {
        asm: ({ Q, rn, rd }) => {
          const t = asm.arrangement(0, Q);
          return asm.line(name === "NOT" ? "mvn" : "rbit", asm.vector(rd, t), asm.vector(rn, t));
        },
      },
    ),
  ),
];

/** Advanced SIMD scalar two-register miscellaneous, integer. */
export const advancedSimdScalarTwoRegisters: readonly Insn<A64>[] = operations
  .filter(({ scalar }) => scalar.length > 0)
  .map(({ name, U, opcode, kind, scalar, compute }) =>
    insn(
      `${name} (scalar)`,
      fill("01 U 11110 size:2 10000 opcode 10 rn:5 rd:5", { U, opcode: binary(opcode, 5) }),
      ["size"],
      (e, { size, rn, rd }) => {
        e.checkFp();
        setVector(e, laneBits(size), rd, compute(e, { size, high: 0, n: e.vreg(rn), d: () => e.vreg(rd) }));
      },
      {
        splits: ({ size }) => scalar.includes(size),
        asm: ({ size, rn, rd }) =>
          asm.line(
            name.toLowerCase(),
            asm.scalar(size, rd),
            asm.scalar(kind === "narrow" ? size + 1 : size, rn),
            ...(kind === "with zero" ? ["#0"] : []),
          ),
      },
    ),
  );
