import type { Insn } from "../index.ts";
import type { A64 } from "./emitter.ts";
import { fpCompareSelect, fpImmediate } from "./fp-compare.ts";
import { fpFixedPoint, fpInteger } from "./fp-conversions.ts";
import { fpOneSource, fpThreeSources, fpTwoSources } from "./fp-data-processing.ts";
import { advancedSimdAcrossLanes } from "./simd-across-lanes.ts";
import { advancedSimdByElement, advancedSimdScalarByElement } from "./simd-by-element.ts";
import { advancedSimdCopy, advancedSimdModifiedImmediate, advancedSimdScalarCopy } from "./simd-copy.ts";
import { cryptographicAes, cryptographicThreeRegisterSha, cryptographicTwoRegisterSha } from "./simd-crypto.ts";
import { advancedSimdExtract, advancedSimdPermute, advancedSimdTable } from "./simd-permute.ts";
import { advancedSimdScalarShiftImmediate, advancedSimdShiftImmediate } from "./simd-shift-immediate.ts";
import { advancedSimdScalarThreeDifferent, advancedSimdThreeDifferent } from "./simd-three-different.ts";
import { advancedSimdScalarThreeSame, advancedSimdThreeSame } from "./simd-three-same.ts";
import {
  advancedSimdScalarPairwise,
  advancedSimdScalarThreeSameFp,
  advancedSimdThreeSameFp,
} from "./simd-three-same-fp.ts";
import { advancedSimdScalarTwoRegisters, advancedSimdTwoRegisters } from "./simd-two-registers.ts";
import { advancedSimdScalarTwoRegistersFp, advancedSimdTwoRegistersFp } from "./simd-two-registers-fp.ts";

/** Data Processing -- Scalar Floating-Point and Advanced SIMD (C4.1.6). */
export const simd: readonly Insn<A64>[] = [
  ...cryptographicAes,
  ...cryptographicThreeRegisterSha,
  ...cryptographicTwoRegisterSha,
  ...advancedSimdScalarCopy,
  ...advancedSimdScalarTwoRegisters,
  ...advancedSimdScalarTwoRegistersFp,
  ...advancedSimdScalarPairwise,
  ...advancedSimdScalarThreeDifferent,
  ...advancedSimdScalarThreeSame,
  ...advancedSimdScalarThreeSameFp,
  ...advancedSimdScalarShiftImmediate,
  ...advancedSimdScalarByElement,
  ...advancedSimdTable,
  ...advancedSimdPermute,
  ...advancedSimdExtract,
  ...advancedSimdCopy,
  ...advancedSimdTwoRegisters,
  ...advancedSimdTwoRegistersFp,
  ...advancedSimdAcrossLanes,
  ...advancedSimdThreeDifferent,
  ...advancedSimdThreeSame,
  ...advancedSimdThreeSameFp,
  ...advancedSimdModifiedImmediate,
  ...advancedSimdShiftImmediate,
  ...advancedSimdByElement,
  ...fpFixedPoint,
  ...fpInteger,
  ...fpOneSource,
  ...fpCompareSelect,
  ...fpImmediate,
  ...fpTwoSources,
  ...fpThreeSources,
];
