import type { Insn } from "../index.ts";
import type { A64 } from "./emitter.ts";
import { fpCompareSelect, fpImmediate } from "./fp-compare.ts";
import { fpFixedPoint, fpInteger } from "./fp-conversions.ts";
import { fpOneSource, fpThreeSources, fpTwoSources } from "./fp-data-processing.ts";
import { advancedSimdScalarThreeSame, advancedSimdThreeSame } from "./simd-three-same.ts";
import { advancedSimdScalarPairwise, advancedSimdScalarThreeSameFp, advancedSimdThreeSameFp } from "./simd-three-same-fp.ts";

/** Data Processing -- Scalar Floating-Point and Advanced SIMD (C4.1.6). */
export const simd: readonly Insn<A64>[] = [
  ...advancedSimdScalarPairwise,
  ...advancedSimdScalarThreeSame,
  ...advancedSimdScalarThreeSameFp,
  ...advancedSimdThreeSame,
  ...advancedSimdThreeSameFp,
  ...fpFixedPoint,
  ...fpInteger,
  ...fpOneSource,
  ...fpCompareSelect,
  ...fpImmediate,
  ...fpTwoSources,
  ...fpThreeSources,
];
