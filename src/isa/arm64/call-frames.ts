/** Where a function's caller is, at each of its instructions: what DWARF's call frame information says. */

/** Holds from the instruction at `offset` on. Registers by DWARF's numbers (AADWARF64: X0 to X30, SP is 31). */
export interface FrameRow {
  readonly offset: number;
  /** The canonical frame address, the caller's SP: a register and what to add. */
  readonly cfa: { readonly register: number; readonly offset: number };
  /** Registers of the caller's that lie in memory, at offsets from the canonical frame address. */
  readonly saved: readonly { readonly register: number; readonly offset: number }[];
  /** There is no caller: the frame record that is made here says so. */
  readonly outermost: boolean;
}

export interface CallFrames {
  readonly rows: readonly FrameRow[];
  /** Not called like a function: an exception's entry, or a function that leaves the stack for another. */
  readonly interrupts: boolean;
}

const FP = 29;
const LR = 30;
/** As a base; stored, it is zero. */
const SP = 31;
const FIRST_SAVED = 19;
const RECORD_BYTES = 16;

/** Before an instruction. Distances of SP and X29 below the canonical frame address; undefined: not known, or not yet. */
interface Frame {
  readonly sp: number | undefined;
  readonly fp: number | undefined;
  readonly saved: ReadonlyMap<number, number>;
  /** Where a record of zeros lies. */
  readonly zeros?: number | undefined;
}

const ENTRY: Frame = { sp: 0, fp: undefined, saved: new Map() };

/** A frame record that X29 leads to (AAPCS64), and nothing else known. */
const RECORD: Frame = {
  sp: undefined,
  fp: RECORD_BYTES,
  saved: new Map([
    [FP, -RECORD_BYTES],
    [LR, -RECORD_BYTES + 8],
  ]),
};

/** It has called another function and kept no return address: it does not return, as what begins a kernel's threads. */
const LOST: Frame = { ...RECORD, zeros: -RECORD_BYTES };

/** For GuestDebug. */
export const a64CallFrames = {
  returnAddress: LR,
  entry: { offset: 0, ...described(ENTRY) },
  record: { offset: 0, ...described(RECORD) },
  of: callFrames,
};

/**
 * Follows a function's instructions from its first one on. Where nothing is known to lead, behind a table of jumps, its
 * body's frame is assumed. Memory that is filled with one word was code once.
 */
export function callFrames(code: Uint8Array): CallFrames {
  const view = new DataView(code.buffer, code.byteOffset, code.byteLength);
  const count = code.byteLength >> 2;
  const frames: (Frame | undefined)[] = new Array<Frame | undefined>(count);
  let body: Frame | undefined;
  let interrupts = false;
  if (isFilled(view)) return { rows: [a64CallFrames.record], interrupts };
  const work: [number, Frame][] = [[0, ENTRY]];
  for (let next = work.pop(); next; next = work.pop()) {
    let frame = next[1];
    for (let at = next[0]; at >= 0 && at < count && !frames[at]; at++) {
      frames[at] = frame;
      const word = view.getUint32(4 * at, true);
      const target = branchTarget(word);
      if (target !== undefined) work.push([at + target, frame]);
      if (endsPath(word)) break;
      const after = step(frame, word);
      if (after.fp !== undefined) body ??= after;
      interrupts ||= leavesStack(word);
      frame = after;
    }
  }
  const rows: FrameRow[] = [];
  let last: Frame | undefined;
  for (let at = 0; at < count; at++) {
    const frame = frames[at] ?? body ?? ENTRY;
    if (frame !== last) rows.push({ offset: 4 * at, ...described(frame) });
    last = frame;
  }
  return { rows, interrupts };
}

const FILLED_WORDS = 4;

/** What the kernel frees when it has booted. */
function isFilled(view: DataView): boolean {
  const count = view.byteLength >> 2;
  for (let at = 1; at < count; at++) if (view.getUint32(4 * at, true) !== view.getUint32(0, true)) return false;
  return count >= FILLED_WORDS;
}

function described(frame: Frame): Omit<FrameRow, "offset"> {
  const { sp, fp, saved, zeros } = frame.sp === undefined && frame.fp === undefined ? RECORD : frame;
  const cfa = fp === undefined ? { register: SP, offset: sp! } : { register: FP, offset: fp };
  const outermost = fp !== undefined && zeros === -fp;
  return { cfa, saved: Array.from(saved, ([register, offset]) => ({ register, offset })), outermost };
}

const signed = (value: number, bits: number): number => (value << (32 - bits)) >> (32 - bits);
const is = (word: number, mask: number, value: number): boolean => (word & mask) >>> 0 === value;
const rd = (word: number): number => word & 31;
const rn = (word: number): number => (word >>> 5) & 31;

/** In instructions from here; undefined where it is no branch inside a function. */
function branchTarget(word: number): number | undefined {
  if (is(word, 0xfc000000, 0x14000000)) return signed(word, 26);
  if (is(word, 0xff000010, 0x54000000) || is(word, 0x7e000000, 0x34000000)) return signed(word >>> 5, 19);
  return is(word, 0x7e000000, 0x36000000) ? signed(word >>> 5, 14) : undefined;
}

/** B, BR, RET, ERET, and what is no instruction. */
const endsPath = (word: number): boolean =>
  is(word, 0xfc000000, 0x14000000) || is(word, 0xff3f0000, 0xd61f0000) || is(word, 0xffff0000, 0);

const isCall = (word: number): boolean => is(word, 0xfc000000, 0x94000000) || is(word, 0xfffffc1f, 0xd63f0000);

/** ADD or SUB (immediate) of 64 bits; what it adds. */
function added(word: number): number | undefined {
  if (!is(word, 0xbf800000, 0x91000000)) return undefined;
  const value = ((word >>> 10) & 0xfff) << (word & (1 << 22) ? 12 : 0);
  return word & (1 << 30) ? -value : value;
}

/** SP from a register that is neither SP nor X29: another stack. Or a frame record that holds where an exception came from. */
function leavesStack(word: number): boolean {
  if (added(word) !== undefined && rd(word) === SP) return rn(word) !== SP && rn(word) !== FP;
  return is(word, 0xffc003ff, 0xa90003fd) && ![LR, SP].includes((word >>> 10) & 31);
}

function step(frame: Frame, word: number): Frame {
  const add = added(word);
  if (add !== undefined) return addition(frame, word, add);
  const access = accessed(word);
  if (access) return accessedFrame(frame, access);
  if (isCall(word)) return frame.saved.has(LR) ? frame : LOST;
  return setsStackPointer(word) ? { ...frame, sp: undefined } : frame;
}

function addition(frame: Frame, word: number, add: number): Frame {
  const from = rn(word) === SP ? frame.sp : rn(word) === FP ? frame.fp : undefined;
  const distance = from === undefined ? undefined : from - add;
  if (rd(word) === SP) return { ...frame, sp: distance };
  if (rd(word) !== FP || rn(word) !== SP || distance === undefined) return frame;
  // An exception's entry has made room for its registers before this code: the record lies above where SP was.
  const shift = Math.max(0, RECORD_BYTES - distance);
  const saved = new Map(Array.from(frame.saved, ([register, offset]) => [register, offset - shift] as const));
  const fp = distance + shift;
  saved.set(FP, -fp).set(LR, 8 - fp);
  const zeros = frame.zeros === undefined ? undefined : frame.zeros - shift;
  return { sp: frame.sp! + shift, fp, saved, zeros };
}

/** A load or store of general registers relative to SP. */
interface Access {
  readonly load: boolean;
  readonly registers: readonly number[];
  readonly offset: number;
  /** Added to SP, before or after. */
  readonly moves: { readonly by: number; readonly before: boolean } | undefined;
}

function accessed(word: number): Access | undefined {
  if (rn(word) !== SP) return undefined;
  const load = (word & (1 << 22)) !== 0;
  // STP, LDP: post-indexed, offset, pre-indexed.
  if (is(word, 0xfe000000, 0xa8000000)) {
    const mode = (word >>> 23) & 3;
    const offset = 8 * signed(word >>> 15, 7);
    const registers = [rd(word), (word >>> 10) & 31];
    if (mode === 1) return { load, registers, offset: 0, moves: { by: offset, before: false } };
    if (mode === 3) return { load, registers, offset: 0, moves: { by: offset, before: true } };
    return { load, registers, offset, moves: undefined };
  }
  // STR, LDR: unsigned offset, and indexed.
  if (is(word, 0xff800000, 0xf9000000))
    return { load, registers: [rd(word)], offset: 8 * ((word >>> 10) & 0xfff), moves: undefined };
  if (!is(word, 0xffa00400, 0xf8000400)) return undefined;
  const moves = { by: signed(word >>> 12, 9), before: (word & 0x800) !== 0 };
  return { load, registers: [rd(word)], offset: 0, moves };
}

function accessedFrame(frame: Frame, { load, registers, offset, moves }: Access): Frame {
  if (frame.sp === undefined) return frame;
  const moved = moves ? frame.sp - moves.by : frame.sp;
  const at = moves && !moves.before ? frame.sp : moved;
  const concerned = registers
    .map((register, i) => [register, offset + 8 * i - at] as const)
    .filter(([register]) => register >= FIRST_SAVED && register !== SP);
  const changed = concerned.filter(([register, place]) =>
    load ? frame.saved.get(register) === place : !frame.saved.has(register),
  );
  if (!load && registers.length === 2 && registers.every((register) => register === SP))
    return { ...frame, sp: moved, zeros: offset - at };
  if (changed.length === 0) return moved === frame.sp ? frame : { ...frame, sp: moved };
  const saved = new Map(frame.saved);
  for (const [register, place] of changed) {
    if (load) saved.delete(register);
    else saved.set(register, place);
  }
  return { ...frame, sp: moved, fp: saved.has(FP) ? frame.fp : undefined, saved };
}

/** By a register or a mask: ADD and SUB (extended register), the logical immediates. */
const setsStackPointer = (word: number): boolean =>
  rd(word) === SP &&
  (is(word, 0xbfe00000, 0x8b200000) || is(word, 0xff800000, 0x92000000) || is(word, 0xff800000, 0xb2000000));
