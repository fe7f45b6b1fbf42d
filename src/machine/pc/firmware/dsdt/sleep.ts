import { type Aml, named, pack, scope } from "../aml/index.ts";

/** What is written to PM1a's and PM1b's SLP_TYP for S3, S4 and S5. */
export function sleepStates(): Aml {
  const state = (name: string, a: number, b: number): Aml => named(name, pack([a, b, 0, 0]));
  return scope("\\", state("_S3", 1, 1), state("_S4", 2, 2), state("_S5", 0, 0));
}
