import type { Insn, Routine, Value } from "../index.ts";
import { and, byteVector, gather, gatherLanes, lanes, or, replaceLane, shift, splat, xor, zero } from "../vector.ts";
import * as asm from "./asm.ts";
import { type A64, insn } from "./emitter.ts";
import { setVector } from "./simd-vector.ts";

/** The Cryptographic Extension: AES, SHA-1 and SHA-256 (PMULL on 64 bits is with the other multiplications). */

/** The AES substitution box of FIPS 197: inversion in GF(2^8), then an affine map. */
function substitutionBox(): number[] {
  const double = (a: number): number => ((a << 1) ^ (a & 0x80 ? 0x11b : 0)) & 0xff;
  const powers = [1];
  for (let i = 1; i < 255; i++) powers.push(double(powers[i - 1]!) ^ powers[i - 1]!);
  const rotate = (a: number, by: number): number => ((a << by) | (a >> (8 - by))) & 0xff;
  return Array.from({ length: 256 }, (_, a) => {
    const log = powers.indexOf(a);
    const inverse = a === 0 ? 0 : powers[(255 - log) % 255]!;
    return inverse ^ rotate(inverse, 1) ^ rotate(inverse, 2) ^ rotate(inverse, 3) ^ rotate(inverse, 4) ^ 0x63;
  });
}
const forwardBox = substitutionBox();
const inverseBox = Array.from({ length: 256 }, (_, a) => forwardBox.indexOf(a));

/** Each byte replaced by its entry in a table of 256. */
const substitute = (name: string, box: readonly number[]): Routine<A64> => ({
  name,
  params: ["v128"],
  result: "v128",
  body(e: A64, a: Value): Value {
    let result = zero(e);
    for (let row = 0; row < 16; row++) {
      const index = e.op("i8x16.sub", a, splat(e, 0, 16 * row));
      result = or(
        e,
        result,
        e.op(
          "i8x16.swizzle",
          byteVector(e, (i) => box[16 * row + i]!),
          index,
        ),
      );
    }
    return result;
  },
});
const substituteBytes = substitute("aesSubstitute", forwardBox);
const substituteBytesInverse = substitute("aesSubstituteInverse", inverseBox);

/** Row r of the state, which is stored by columns, rotates by r columns. */
const shiftRows = (e: A64, a: Value, direction: 1 | -1): Value =>
  gather(e, [a], (i) => (i & 3) + 4 * (((i >> 2) + direction * (i & 3) + 4) & 3));

/** Every byte times x in GF(2^8). */
function double(e: A64, a: Value): Value {
  return xor(e, shift(e, 0, "shl", a, 1), and(e, shift(e, 0, "shr_s", a, 7), splat(e, 0, 0x1b)));
}
/** Byte r of each column becomes byte r + k. */
const rotateColumns = (e: A64, a: Value, k: number): Value => gather(e, [a], (i) => (i & ~3) | ((i + k) & 3));

function mixColumns(e: A64, a: Value): Value {
  const next = rotateColumns(e, a, 1);
  const others = xor(e, rotateColumns(e, a, 2), rotateColumns(e, a, 3));
  return xor(e, xor(e, double(e, xor(e, a, next)), next), others);
}

/** The inverse polynomial is the forward one times 4x² + 5. */
function mixColumnsInverse(e: A64, a: Value): Value {
  const four = double(e, double(e, xor(e, a, rotateColumns(e, a, 2))));
  return mixColumns(e, xor(e, a, four));
}

const aes: readonly [name: string, opcode: string, compute: (e: A64, d: Value, n: Value) => Value][] = [
  ["AESE", "00100", (e, d, n) => e.call(substituteBytes, shiftRows(e, xor(e, d, n), 1))],
  ["AESD", "00101", (e, d, n) => e.call(substituteBytesInverse, shiftRows(e, xor(e, d, n), -1))],
  ["AESMC", "00110", (e, _d, n) => mixColumns(e, n)],
  ["AESIMC", "00111", (e, _d, n) => mixColumnsInverse(e, n)],
];

/** Cryptographic AES. */
export const cryptographicAes: readonly Insn<A64>[] = aes.map(([name, opcode, compute]) =>
  insn(
    name,
    `0100 1110 00 10100 ${opcode} 10 rn:5 rd:5` as "0100 1110 00 10100 00000 10 rn:5 rd:5",
    [],
    (e, { rn, rd }) => {
      e.checkFp();
      e.setVreg(rd, compute(e, e.vreg(rd), e.vreg(rn)));
    },
    { asm: ({ rn, rd }) => asm.line(name.toLowerCase(), asm.vector(rd, "16b"), asm.vector(rn, "16b")) },
  ),
);

const rotl = (e: A64, a: Value, by: number): Value => e.rotr(32, a, 32 - by);
const word = (e: A64, v: Value, i: number): Value => e.op("i32x4.extract_lane", v, i);
const words = (e: A64, v: Value): [Value, Value, Value, Value] => [
  word(e, v, 0),
  word(e, v, 1),
  word(e, v, 2),
  word(e, v, 3),
];
function vectorOf(e: A64, [a, b, c, d]: readonly [Value, Value, Value, Value]): Value {
  return replaceLane(e, 2, replaceLane(e, 2, replaceLane(e, 2, lanes(e, 2, "splat", a), 1, b), 2, c), 3, d);
}

type Mix = (e: A64, x: Value, y: Value, z: Value) => Value;
const choose: Mix = (e, x, y, z) => e.xor(32, e.and(32, e.xor(32, y, z), x), z);
const parity: Mix = (e, x, y, z) => e.xor(32, e.xor(32, x, y), z);
const majority: Mix = (e, x, y, z) => e.or(32, e.and(32, x, y), e.and(32, e.or(32, x, y), z));

/** Four rounds of SHA-1: (abcd, e in lane 0, schedule) → abcd. */
const sha1Rounds = (name: string, mix: Mix): Routine<A64> => ({
  name,
  params: ["v128", "v128", "v128"],
  result: "v128",
  body(e: A64, hash: Value, n: Value, schedule: Value): Value {
    let [x0, x1, x2, x3] = words(e, hash);
    let y = word(e, n, 0);
    for (const w of words(e, schedule)) {
      const sum = e.add(32, e.add(32, e.add(32, y, rotl(e, x0, 5)), mix(e, x1, x2, x3)), w);
      [y, x3, x2, x1, x0] = [x3, x2, rotl(e, x1, 30), x0, sum];
    }
    return vectorOf(e, [x0, x1, x2, x3]);
  },
});
const sha1Choose = sha1Rounds("sha1Choose", choose);
const sha1Parity = sha1Rounds("sha1Parity", parity);
const sha1Majority = sha1Rounds("sha1Majority", majority);

const xorRotations = (e: A64, a: Value, r1: number, r2: number, last: Value): Value =>
  e.xor(32, e.xor(32, e.rotr(32, a, r1), e.rotr(32, a, r2)), last);

/** Four rounds of SHA-256: (abcd, efgh, schedule) → abcd or efgh. */
const sha256Rounds = (name: string, first: boolean): Routine<A64> => ({
  name,
  params: ["v128", "v128", "v128"],
  result: "v128",
  body(e: A64, abcd: Value, efgh: Value, schedule: Value): Value {
    let [x0, x1, x2, x3] = words(e, abcd);
    let [y0, y1, y2, y3] = words(e, efgh);
    for (const w of words(e, schedule)) {
      const sigma1 = xorRotations(e, y0, 6, 11, e.rotr(32, y0, 25));
      const t = e.add(32, e.add(32, e.add(32, y3, sigma1), choose(e, y0, y1, y2)), w);
      const sigma0 = xorRotations(e, x0, 2, 13, e.rotr(32, x0, 22));
      const top = e.add(32, e.add(32, t, sigma0), majority(e, x0, x1, x2));
      [y3, y2, y1, y0, x3, x2, x1, x0] = [y2, y1, y0, e.add(32, t, x3), x2, x1, x0, top];
    }
    return vectorOf(e, first ? [x0, x1, x2, x3] : [y0, y1, y2, y3]);
  },
});
const sha256Hash = sha256Rounds("sha256Hash", true);
const sha256Hash2 = sha256Rounds("sha256Hash2", false);

function rotateLanes(e: A64, a: Value, left: number): Value {
  return or(e, shift(e, 2, "shl", a, left), shift(e, 2, "shr_u", a, 32 - left));
}

function sha1Schedule1(e: A64, d: Value, n: Value): Value {
  const t = xor(
    e,
    d,
    gatherLanes(e, 2, [n], (lane) => (lane < 3 ? lane + 1 : -1)),
  );
  const first = gatherLanes(e, 2, [t], (lane) => (lane === 3 ? 0 : -1));
  return xor(e, rotateLanes(e, t, 1), rotateLanes(e, first, 2));
}

function sha256Schedule0(e: A64, d: Value, n: Value): Value {
  const t = gatherLanes(e, 2, [d, n], (lane) => lane + 1);
  const sigma = xor(e, xor(e, rotateLanes(e, t, 25), rotateLanes(e, t, 14)), shift(e, 2, "shr_u", t, 3));
  return lanes(e, 2, "add", d, sigma);
}

function sha256Schedule1(e: A64, d: Value, n: Value, m: Value): Value {
  const sum = lanes(
    e,
    2,
    "add",
    d,
    gatherLanes(e, 2, [n, m], (lane) => lane + 1),
  );
  const sigma = (t: Value): Value =>
    xor(e, xor(e, rotateLanes(e, t, 15), rotateLanes(e, t, 13)), shift(e, 2, "shr_u", t, 10));
  const low = lanes(e, 2, "add", sum, sigma(gatherLanes(e, 2, [m], (lane) => (lane < 2 ? lane + 2 : -1))));
  const high = lanes(e, 2, "add", sum, sigma(gatherLanes(e, 2, [low], (lane) => (lane < 2 ? -1 : lane - 2))));
  return gatherLanes(e, 3, [low, high], (lane) => (lane ? 3 : 0));
}

type Three = (e: A64, d: Value, n: Value, m: Value) => Value;
/** Name, opcode, how the registers are written, meaning. */
const shaThree: readonly [name: string, opcode: string, form: "qsv" | "qqv" | "vvv", compute: Three][] = [
  ["SHA1C", "000", "qsv", (e, d, n, m) => e.call(sha1Choose, d, n, m)],
  ["SHA1P", "001", "qsv", (e, d, n, m) => e.call(sha1Parity, d, n, m)],
  ["SHA1M", "010", "qsv", (e, d, n, m) => e.call(sha1Majority, d, n, m)],
  [
    "SHA1SU0",
    "011",
    "vvv",
    (e, d, n, m) =>
      xor(
        e,
        xor(
          e,
          gatherLanes(e, 3, [d, n], (lane) => lane + 1),
          d,
        ),
        m,
      ),
  ],
  ["SHA256H", "100", "qqv", (e, d, n, m) => e.call(sha256Hash, d, n, m)],
  ["SHA256H2", "101", "qqv", (e, d, n, m) => e.call(sha256Hash2, n, d, m)],
  ["SHA256SU1", "110", "vvv", sha256Schedule1],
];
const registerText = (kind: string, r: number): string =>
  kind === "v" ? asm.vector(r, "4s") : asm.scalar(kind === "q" ? 4 : 2, r);

/** Cryptographic three-register SHA. */
export const cryptographicThreeRegisterSha: readonly Insn<A64>[] = shaThree.map(([name, opcode, form, compute]) =>
  insn(
    name,
    `0101 1110 00 0 rm:5 0 ${opcode} 00 rn:5 rd:5` as "0101 1110 00 0 rm:5 0 000 00 rn:5 rd:5",
    [],
    (e, { rm, rn, rd }) => {
      e.checkFp();
      e.setVreg(rd, compute(e, e.vreg(rd), e.vreg(rn), e.vreg(rm)));
    },
    {
      asm: ({ rm, rn, rd }) =>
        asm.line(
          name.toLowerCase(),
          registerText(form[0]!, rd),
          registerText(form[1]!, rn),
          registerText(form[2]!, rm),
        ),
    },
  ),
);

/** Cryptographic two-register SHA. */
export const cryptographicTwoRegisterSha: readonly Insn<A64>[] = [
  insn(
    "SHA1H",
    "0101 1110 00 10100 00000 10 rn:5 rd:5",
    [],
    (e, { rn, rd }) => {
      e.checkFp();
      setVector(e, 32, rd, rotateLanes(e, e.vreg(rn), 30));
    },
    { asm: ({ rn, rd }) => asm.line("sha1h", asm.scalar(2, rd), asm.scalar(2, rn)) },
  ),
  insn(
    "SHA1SU1",
    "0101 1110 00 10100 00001 10 rn:5 rd:5",
    [],
    (e, { rn, rd }) => {
      e.checkFp();
      e.setVreg(rd, sha1Schedule1(e, e.vreg(rd), e.vreg(rn)));
    },
    { asm: ({ rn, rd }) => asm.line("sha1su1", asm.vector(rd, "4s"), asm.vector(rn, "4s")) },
  ),
  insn(
    "SHA256SU0",
    "0101 1110 00 10100 00010 10 rn:5 rd:5",
    [],
    (e, { rn, rd }) => {
      e.checkFp();
      e.setVreg(rd, sha256Schedule0(e, e.vreg(rd), e.vreg(rn)));
    },
    { asm: ({ rn, rd }) => asm.line("sha256su0", asm.vector(rd, "4s"), asm.vector(rn, "4s")) },
  ),
];
