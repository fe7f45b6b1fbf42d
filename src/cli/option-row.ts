import type { Take } from "./draft.ts";

export interface OptionRow {
  readonly names: readonly string[];
  /** How the argument is called in help; undefined: there is none. */
  readonly argument?: string;
  readonly help: string;
  readonly take: Take;
}
