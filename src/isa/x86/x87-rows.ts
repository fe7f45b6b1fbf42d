import type { Insn86 } from "./insn.ts";
import { x87Control } from "./x87-control.ts";
import { x87Functions } from "./x87-functions.ts";
import { x87Moves } from "./x87-moves.ts";
import { x87Registers } from "./x87-registers.ts";

/** Volume 1, chapter 8: x87. */
export const x87: readonly Insn86[] = [...x87Registers, ...x87Moves, ...x87Functions, ...x87Control];
