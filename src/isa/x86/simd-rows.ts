import type { Insn86 } from "./insn.ts";
import { sseMoves } from "./sse-moves.ts";

/** MMX, SSE, SSE2 and SSE3. */
export const simd: readonly Insn86[] = [...sseMoves];
