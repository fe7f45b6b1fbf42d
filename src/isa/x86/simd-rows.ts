import { cacheability } from "./cacheability.ts";
import { fxsave } from "./fxsave.ts";
import type { Insn86 } from "./insn.ts";
import { mmxMoves } from "./mmx.ts";
import { sseConvert } from "./sse-convert.ts";
import { sseFloat } from "./sse-float.ts";
import { sseInteger } from "./sse-integer.ts";
import { sseMoves } from "./sse-moves.ts";
import { sseShuffle } from "./sse-shuffle.ts";

/** MMX, SSE, SSE2 and SSE3. */
export const simd: readonly Insn86[] = [
  ...mmxMoves,
  ...sseMoves,
  ...sseInteger,
  ...sseShuffle,
  ...sseFloat,
  ...sseConvert,
  ...fxsave,
  ...cacheability,
];
