import type { DebugView } from "../index.ts";
import { readInstruction } from "./guest.ts";
import { state } from "./state.ts";

/** Bytes of calls: relative ones first, then those by register or memory. */
const LENGTHS = [5, 2, 3, 6, 7, 4, 8];
const LONGEST = 8;

/** The address of the call that an address lies behind; undefined where no call ends there. */
export function callBefore(view: DebugView, address: bigint): bigint | undefined {
  // Small numbers, and what is not canonical, are data.
  if (address < 0x1000n || (address >> 47n !== 0n && address >> 47n !== 0x1_ffffn)) return undefined;
  const code = view.readVirtual(address - BigInt(LONGEST), LONGEST);
  if (!code) return undefined;
  const mode = Number(view.read(state.mode));
  for (const length of LENGTHS) {
    const found = readInstruction(code.subarray(LONGEST - length), mode);
    if (found?.length === length && found.row.name.startsWith("CALL (") && !found.row.name.startsWith("CALL (far"))
      return address - BigInt(length);
  }
  return undefined;
}
