import type { Insn } from "../index.ts";
import type { A64 } from "./emitter.ts";
import { loadsStoresExclusive } from "./loads-stores-exclusive.ts";
import { loadsStoresPair } from "./loads-stores-pair.ts";
import { loadsLiteral, loadsStoresRegister } from "./loads-stores-register.ts";

/** Loads and Stores of general registers (C4.1.4), for Armv8.0. */
export const loadsStores: readonly Insn<A64>[] = [
  ...loadsStoresExclusive,
  ...loadsLiteral,
  ...loadsStoresPair,
  ...loadsStoresRegister,
];
