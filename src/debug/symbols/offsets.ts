import { alignUp } from "./tokens.ts";

/** Where the symbols of a kernel are, without its base. */
export interface Offsets {
  /** How many of the first names are of per-CPU data and no addresses. */
  readonly perCpu: number;
  /** Of all others, from the base; rising. */
  readonly offsets: Uint32Array;
  /** Where the base stands, a pointer; or, as the kernel stores none, where what stands at the base is. */
  readonly base: { readonly pointerAt: number } | { readonly contentAt: number };
}

/** What is known once the names are found: offsets in the bytes. */
interface Around {
  readonly count: number;
  /** Of the number of symbols. */
  readonly countAt: number;
  /** Behind the token index. */
  readonly tokensEnd: number;
  readonly pointerBytes: number;
}

/** Before the number of symbols (up to 6.3), behind the tokens with a base (6.4 on) or without (7.2). */
export function findOffsets(view: DataView, { count, countAt, tokensEnd, pointerBytes }: Around): Offsets | undefined {
  const size = alignUp(4 * count, pointerBytes);
  for (const start of [countAt - pointerBytes - size, alignUp(tokensEnd, pointerBytes)]) {
    if (start < 0 || start + size + pointerBytes > view.byteLength) continue;
    const found = fromBase(readAll(view, start, count));
    if (found) return { ...found, base: { pointerAt: start + size } };
  }
  const start = alignUp(tokensEnd, 4);
  if (start + 4 * count > view.byteLength) return undefined;
  const stored = readAll(view, start, count);
  // Each is the distance from its own place; these are from the first symbol.
  const offsets = stored.map((value, i) => value + 4 * i - stored[0]!);
  return believable(offsets) ? { perCpu: 0, offsets, base: { contentAt: start + (stored[0]! | 0) } } : undefined;
}

/**
 * Offsets from the base; or, where per-CPU data has addresses of its own (up to 6.14), those of per-CPU data first,
 * and then all others as -1 - offset.
 */
function fromBase(stored: Uint32Array): Pick<Offsets, "perCpu" | "offsets"> | undefined {
  const backwards = stored.findIndex(isNegative);
  const perCpu = Math.max(backwards, 0);
  const offsets = backwards < 0 ? stored : stored.slice(perCpu).map((value) => ~value);
  const good = rises(stored.subarray(0, perCpu)) && !offsets.some(isNegative) && believable(offsets);
  return good ? { perCpu, offsets } : undefined;
}

const readAll = (view: DataView, start: number, count: number): Uint32Array =>
  Uint32Array.from({ length: count }, (_, i) => view.getUint32(start + 4 * i, true));

const isNegative = (value: number): boolean => value >= 2 ** 31;

/** Zeros rise too. */
const believable = (offsets: Uint32Array): boolean => rises(offsets) && offsets.at(-1)! > 0;

function rises(values: Uint32Array): boolean {
  for (let i = 1; i < values.length; i++) if (values[i]! < values[i - 1]!) return false;
  return true;
}
