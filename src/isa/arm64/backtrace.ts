import type { DebugView } from "../index.ts";
import { state } from "./state.ts";

const RET = 0xd65f03c0;
/** Farther back than this no prologue is looked for. */
const FARTHEST = 4096n;

/**
 * Return addresses, the innermost first: those of the frame records that X29 leads to (AAPCS64: the caller's X29, then
 * the return address). A function that has no record, or not yet, or no longer, returns to X30; to see that, its
 * start must be known.
 */
export function backtrace(view: DebugView, limit: number, functionStart: bigint | undefined): readonly bigint[] {
  const addresses: bigint[] = [];
  const link = view.read(state.x, 30);
  if (functionStart !== undefined && isFrameless(view, functionStart, link)) addresses.push(link);
  let frame = view.read(state.x, 29);
  while (addresses.length < limit && frame !== 0n && (frame & 7n) === 0n) {
    const bytes = view.readVirtual(frame, 16);
    if (!bytes) break;
    const record = new DataView(bytes.buffer, bytes.byteOffset, 16);
    const caller = record.getBigUint64(0, true);
    const returnAddress = record.getBigUint64(8, true);
    if (returnAddress === 0n) break;
    addresses.push(returnAddress);
    if (caller <= frame) break; // the stack grows down: callers lie above
    frame = caller;
  }
  return addresses;
}

/** The call that led to the function that pc is in. */
export interface Caller {
  /** Of the call instruction. */
  readonly address: bigint;
  /** Whether the machine stands before that very call, and not before one of another activation, stack or task. */
  isNext(): boolean;
}

/** undefined where no frame record tells, or where it was no call that led there. */
export function caller(view: DebugView, functionStart: bigint | undefined): Caller | undefined {
  const [returnAddress] = backtrace(view, 1, functionStart);
  if (returnAddress === undefined) return undefined;
  const address = BigInt.asUintN(64, returnAddress - 4n);
  const bytes = view.readVirtual(address, 4);
  if (!bytes || !isCall(new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0, true))) return undefined;
  const frame = callerFrame(view, functionStart);
  const isNext = (): boolean => view.read(state.pc) === address && view.read(state.x, 29) === frame;
  return frame === undefined ? undefined : { address, isNext };
}

/** The caller's X29: where this function keeps it, or still in the register. */
function callerFrame(view: DebugView, functionStart: bigint | undefined): bigint | undefined {
  const frame = view.read(state.x, 29);
  if (functionStart !== undefined && isFrameless(view, functionStart, view.read(state.x, 30))) return frame;
  const bytes = view.readVirtual(frame, 8);
  return bytes && new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true);
}

/** BL, BLR. */
function isCall(word: number): boolean {
  return (word & 0xfc000000) >>> 0 === 0x94000000 || (word & 0xfffffc1f) >>> 0 === 0xd63f0000;
}

/** Looks backwards from pc for what made or ended the frame record; code before a return does not lead here. */
function isFrameless(view: DebugView, start: bigint, link: bigint): boolean {
  const pc = view.read(state.pc);
  if (pc < start || pc - start > FARTHEST) return false;
  // A call of its own has set X30 since.
  if (link > start && link <= pc) return false;
  let leadsHere = true;
  for (let address = pc - 4n; address >= start; address -= 4n) {
    const bytes = view.readVirtual(address, 4);
    if (!bytes) return false;
    const word = new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0, true);
    if (word === RET) leadsHere = false;
    else if (makesRecord(word)) return false;
    else if (leadsHere && restoresLink(word)) return true;
  }
  return true;
}

/** `mov x29, sp`, `add x29, sp, #n` */
function makesRecord(word: number): boolean {
  return (word & 0xffc003ff) >>> 0 === 0x910003fd;
}

/** `ldp x29, x30, [sp...]` in each addressing mode. */
function restoresLink(word: number): boolean {
  return (word & 0xfe407fff) >>> 0 === 0xa8407bfd;
}
