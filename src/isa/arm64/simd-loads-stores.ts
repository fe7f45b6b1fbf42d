import type { Insn } from "../index.ts";
import type { A64 } from "./emitter.ts";
import { simdRegisterLoadsStores } from "./simd-registers-loads-stores.ts";
import { simdStructureLoadsStores } from "./simd-structure-loads-stores.ts";

/** The SIMD&FP rows of Loads and Stores (C4.1.4). */
export const simdLoadsStores: readonly Insn<A64>[] = [...simdStructureLoadsStores, ...simdRegisterLoadsStores];
