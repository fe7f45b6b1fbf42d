import type { Insn } from "../index.ts";
import type { A64 } from "./emitter.ts";
import { advancedSimdScalarThreeSame, advancedSimdThreeSame } from "./simd-three-same.ts";

/** Data Processing -- Scalar Floating-Point and Advanced SIMD (C4.1.6). */
export const simd: readonly Insn<A64>[] = [...advancedSimdScalarThreeSame, ...advancedSimdThreeSame];
