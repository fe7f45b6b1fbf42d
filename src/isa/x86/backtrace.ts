import type { DebugView } from "../index.ts";
import { callBefore } from "./call-sites.ts";
import { CODE_16, CODE_64 } from "./modes.ts";
import { RBP, RSP, SS, state } from "./state.ts";

/** What is looked at of a stack for return addresses, in words; a frame is at most so large. */
const MOST_WORDS = 2048;
const LARGEST_FRAME = 0x4000n;

/** The stack that code of 32 or 64 bits has now. */
class Stack {
  readonly bytes: 4 | 8;
  private readonly base: bigint;
  private readonly mask: bigint;

  constructor(private readonly view: DebugView) {
    const long = Number(view.read(state.mode)) === CODE_64;
    this.bytes = long ? 8 : 4;
    this.base = long ? 0n : view.read(state.segmentBase, SS);
    this.mask = long ? -1n : 0xffff_ffffn;
  }
  register(index: number): bigint {
    return BigInt.asUintN(64, this.view.read(state.r, index) & this.mask);
  }
  /** A word at an offset in the stack; undefined where it is not mapped. */
  word(offset: bigint): bigint | undefined {
    const bytes = this.view.readVirtual(this.base + offset, this.bytes);
    if (!bytes) return undefined;
    const data = new DataView(bytes.buffer, bytes.byteOffset, this.bytes);
    return this.bytes === 8 ? data.getBigUint64(0, true) : BigInt(data.getUint32(0, true));
  }
  /** Whether a word may be a return address: a call ends there. */
  returns(word: bigint | undefined): word is bigint {
    return word !== undefined && callBefore(this.view, word) !== undefined;
  }
}

/** Return addresses, the innermost first: those of the frames that RBP leads to. None where code keeps no frames, as most does. */
export function backtrace(view: DebugView, limit: number, functionStart: bigint | undefined): readonly bigint[] {
  if (Number(view.read(state.mode)) === CODE_16) return [];
  const stack = new Stack(view);
  const innermost = entered(view, stack, functionStart);
  const framed = framesOf(stack, limit - innermost.length);
  return framed.length > 0 ? [...innermost, ...framed] : [];
}

/** What may be return addresses: words of the stack that lie behind a call, stale ones among them. The top of the stack first. */
export function possibleReturns(view: DebugView, limit: number): readonly bigint[] {
  if (Number(view.read(state.mode)) === CODE_16) return [];
  const stack = new Stack(view);
  const addresses: bigint[] = [];
  const top = stack.register(RSP);
  for (let n = 0; n < MOST_WORDS && addresses.length < limit; n++) {
    const word = stack.word(top + BigInt(n * stack.bytes));
    if (word === undefined) break;
    if (stack.returns(word)) addresses.push(word);
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

/** undefined where neither the function's start nor a frame tells. */
export function caller(view: DebugView, functionStart: bigint | undefined): Caller | undefined {
  if (Number(view.read(state.mode)) === CODE_16) return undefined;
  const stack = new Stack(view);
  const word = BigInt(stack.bytes);
  const atStart = entered(view, stack, functionStart).length > 0;
  if (!atStart && framesOf(stack, 1).length === 0) return undefined;
  const slot = atStart ? stack.register(RSP) : stack.register(RBP) + word;
  const address = callBefore(view, stack.word(slot)!);
  const isNext = (): boolean => view.read(state.pc) === address && new Stack(view).register(RSP) === slot + word;
  return address === undefined ? undefined : { address, isNext };
}

/** At its first instruction a function's return address is on top. */
function entered(view: DebugView, stack: Stack, functionStart: bigint | undefined): bigint[] {
  if (functionStart === undefined || view.read(state.pc) !== functionStart) return [];
  const top = stack.word(stack.register(RSP));
  return stack.returns(top) ? [top] : [];
}

/** A frame is the caller's RBP, then the return address. */
function framesOf(stack: Stack, limit: number): bigint[] {
  const word = BigInt(stack.bytes);
  const addresses: bigint[] = [];
  let below = stack.register(RSP);
  let frame = stack.register(RBP);
  while (addresses.length < limit) {
    // Callers' frames lie above.
    if (frame < below || frame - below > LARGEST_FRAME || frame % word !== 0n) break;
    const returnAddress = stack.word(frame + word);
    if (!stack.returns(returnAddress)) break;
    addresses.push(returnAddress);
    below = frame + 2n * word;
    frame = stack.word(frame) ?? 0n;
  }
  return addresses;
}
