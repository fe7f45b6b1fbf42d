import type { Insn, Operand, Value } from "../index.ts";
import { laneBits, lanes, narrow, ones, select, shift, type Size, widen } from "../vector.ts";
import * as asm from "./asm.ts";
import { type A64, insn } from "./emitter.ts";
import { flushInputs, fpLanes } from "./fp-arithmetic.ts";
import { bitsOf, fpToInteger, integerToFp } from "./fp-rounding.ts";
import { saturatingNarrow, saturatingShiftLeft, type Saturation, shiftRight } from "./simd-arithmetic.ts";
import { ALL, BHS, binary, fill, type Result, setHalf, setVector } from "./simd-vector.ts";

/** immh:immb: the leading one gives the element size, the rest the distance. Never 0000, which is modified immediate. */
const DISTANCE = ["0001 imm:3", "001 imm:4", "01 imm:5", "1 imm:6"] as const;

interface Sources {
  readonly size: Size;
  readonly bits: number;
  readonly n: Value;
  readonly imm: Operand;
  d(): Value;
}

/** The distance of a left shift, as an i32. */
const leftBy = (e: A64, { imm }: Sources): Value => e.imm(32, imm);
/** The distance of a right shift, 1 to the element's bits, minus one. */
const rightByLess = (e: A64, { size, imm }: Sources): Value => e.sub(32, e.i32(laneBits(size) - 1), e.imm(32, imm));

type Kind = "right" | "left" | "narrow" | "long" | "fixed-point";

interface Operation {
  readonly name: string;
  readonly U: number;
  readonly opcode: number;
  readonly kind: Kind;
  readonly sizes: readonly Size[];
  readonly scalar: readonly Size[];
  readonly compute: (e: A64, s: Sources) => Result;
}

function row(
  name: string,
  U: number,
  opcode: number,
  kind: Kind,
  [sizes, scalar]: readonly [readonly Size[], readonly Size[]],
  compute: Operation["compute"],
): Operation {
  return { name, U, opcode, kind, sizes, scalar, compute };
}

const SCALAR_D = [ALL, [3]] as const;
const SCALAR_ALL = [ALL, ALL] as const;
const NARROW = [BHS, []] as const;
const NARROW_SCALAR = [BHS, BHS] as const;
const FP = [
  [2, 3],
  [2, 3],
] as const;

function rightShifts(name: string, opcode: number, round: boolean, accumulate: boolean): Operation[] {
  return [0, 1].map((U) =>
    row(name.replace("#", U ? "U" : "S"), U, opcode, "right", SCALAR_D, (e, s) => {
      const shifted = shiftRight(e, s.size, U === 0, round, s.n, rightByLess(e, s));
      return accumulate ? lanes(e, s.size, "add", s.d(), shifted) : shifted;
    }),
  );
}

function saturatingLeft(name: string, U: number, opcode: number, saturation: Saturation): Operation {
  return row(name, U, opcode, "left", SCALAR_ALL, (e, s) =>
    saturatingShiftLeft(e, s.size, saturation, s.n, leftBy(e, s)),
  );
}

function plainNarrow(name: string, opcode: number, round: boolean): Operation {
  return row(name, 0, opcode, "narrow", NARROW, (e, s) =>
    narrow(e, s.size, shiftRight(e, s.size + 1, false, round, s.n, rightByLess(e, s))),
  );
}

function narrowing(name: string, U: number, opcode: number, round: boolean, saturation: Saturation): Operation {
  return row(name, U, opcode, "narrow", NARROW_SCALAR, (e, s) => {
    const shifted = shiftRight(e, s.size + 1, saturation !== "unsigned", round, s.n, rightByLess(e, s));
    return saturatingNarrow(e, s.size, saturation, shifted);
  });
}

/** 2^fbits in every lane; fbits is the distance of a right shift. */
function scale(e: A64, { size, imm }: Sources): Value {
  const p = size - 2;
  const bits = e.derive([imm], (n) => bitsOf(p, 2 ** (laneBits(size) - n!)));
  return lanes(e, size, "splat", p ? bits : e.wrap(bits));
}

const operations: readonly Operation[] = [
  ...rightShifts("#SHR", 0b00000, false, false),
  ...rightShifts("#SRA", 0b00010, false, true),
  ...rightShifts("#RSHR", 0b00100, true, false),
  ...rightShifts("#RSRA", 0b00110, true, true),
  row("SRI", 1, 0b01000, "right", SCALAR_D, (e, s) => {
    const less = rightByLess(e, s);
    const mask = shiftRight(e, s.size, false, false, ones(e), less);
    return select(e, mask, shiftRight(e, s.size, false, false, s.n, less), s.d());
  }),
  row("SHL", 0, 0b01010, "left", SCALAR_D, (e, s) => shift(e, s.size, "shl", s.n, leftBy(e, s))),
  row("SLI", 1, 0b01010, "left", SCALAR_D, (e, s) => {
    const by = leftBy(e, s);
    return select(e, shift(e, s.size, "shl", ones(e), by), shift(e, s.size, "shl", s.n, by), s.d());
  }),
  saturatingLeft("SQSHLU", 1, 0b01100, "signed to unsigned"),
  saturatingLeft("SQSHL", 0, 0b01110, "signed"),
  saturatingLeft("UQSHL", 1, 0b01110, "unsigned"),
  plainNarrow("SHRN", 0b10000, false),
  narrowing("SQSHRUN", 1, 0b10000, false, "signed to unsigned"),
  plainNarrow("RSHRN", 0b10001, true),
  narrowing("SQRSHRUN", 1, 0b10001, true, "signed to unsigned"),
  narrowing("SQSHRN", 0, 0b10010, false, "signed"),
  narrowing("UQSHRN", 1, 0b10010, false, "unsigned"),
  narrowing("SQRSHRN", 0, 0b10011, true, "signed"),
  narrowing("UQRSHRN", 1, 0b10011, true, "unsigned"),
  ...[0, 1].map((U) =>
    row(U ? "USHLL" : "SSHLL", U, 0b10100, "long", NARROW, (e, s) =>
      // `bits` tells the half: SSHLL2 reads the high one.
      shift(e, s.size + 1, "shl", widen(e, s.size, U === 0, s.bits === 128 ? 1 : 0, s.n), leftBy(e, s)),
    ),
  ),
  ...[0, 1].map((U) =>
    row(U ? "UCVTF" : "SCVTF", U, 0b11100, "fixed-point", FP, (e, s) => {
      const power = e.derive([s.imm], (n) => BigInt(n! - laneBits(s.size)));
      return integerToFp(e, s.size - 2, s.bits, U === 0, s.n, power);
    }),
  ),
  ...[0, 1].map((U) =>
    row(U ? "FCVTZU" : "FCVTZS", U, 0b11111, "fixed-point", FP, (e, s) => {
      const p = s.size - 2;
      return fpToInteger(
        e,
        p,
        s.bits,
        U === 0,
        "trunc",
        fpLanes(e, p, "mul", flushInputs(e, p, s.bits, s.n), scale(e, s)),
      );
    }),
  ),
];

const distance = (kind: Kind, size: Size, imm: number): number =>
  kind === "left" || kind === "long" ? imm : laneBits(size) - imm;

function vectorText({ name, kind }: Operation, size: Size, Q: number, rd: number, rn: number, imm: number): string {
  const narrow = asm.arrangement(size, Q);
  const [d, n] =
    kind === "narrow"
      ? [narrow, asm.arrangement(size + 1, 1)]
      : kind === "long"
        ? [asm.arrangement(size + 1, 1), narrow]
        : [narrow, narrow];
  const second = Q && (kind === "narrow" || kind === "long") ? "2" : "";
  const registers = [asm.vector(rd, d), asm.vector(rn, n)] as const;
  if (kind === "long" && imm === 0) return asm.line(`${name[0]!.toLowerCase()}xtl${second}`, ...registers);
  return asm.line(name.toLowerCase() + second, ...registers, `#${distance(kind, size, imm)}`);
}

/** Advanced SIMD shift by immediate. */
export const advancedSimdShiftImmediate: readonly Insn<A64>[] = operations.flatMap((operation) =>
  operation.sizes.map((size) => {
    const { name, U, opcode, kind, compute } = operation;
    return insn(
      `${name} (vector, immediate)`,
      fill(`0 Q:1 U 011110 ${DISTANCE[size]!} opcode 1 rn:5 rd:5`, { U, opcode: binary(opcode, 5) }),
      ["Q"],
      (e, { Q, imm, rn, rd }) => {
        e.checkFp();
        const bits = Q ? 128 : 64;
        const result = compute(e, { size, bits, n: e.vreg(rn), imm, d: () => e.vreg(rd) });
        if (kind === "narrow") setHalf(e, Q, rd, result);
        else setVector(e, kind === "long" ? 128 : bits, rd, result);
      },
      {
        splits: ({ Q }) => size !== 3 || Q === 1,
        asm: ({ Q, imm, rn, rd }) => vectorText(operation, size, Q, rd, rn, imm),
      },
    );
  }),
);

/** Advanced SIMD scalar shift by immediate. */
export const advancedSimdScalarShiftImmediate: readonly Insn<A64>[] = operations.flatMap(
  ({ name, U, opcode, kind, scalar, compute }) =>
    scalar.map((size) =>
      insn(
        `${name} (scalar, immediate)`,
        fill(`01 U 111110 ${DISTANCE[size]!} opcode 1 rn:5 rd:5`, { U, opcode: binary(opcode, 5) }),
        [],
        (e, { imm, rn, rd }) => {
          e.checkFp();
          const bits = laneBits(size);
          setVector(e, bits, rd, compute(e, { size, bits, n: e.vreg(rn), imm, d: () => e.vreg(rd) }));
        },
        {
          asm: ({ imm, rn, rd }) =>
            asm.line(
              name.toLowerCase(),
              asm.scalar(size, rd),
              asm.scalar(kind === "narrow" ? size + 1 : size, rn),
              `#${distance(kind, size, imm)}`,
            ),
        },
      ),
    ),
);
