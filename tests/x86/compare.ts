import { FLAG_BITS } from "../../src/isa/x86/index.ts";
import { ARENA_BYTES, type Case, type Outcome } from "./case.ts";
import { COMPARED } from "./fpu-image.ts";
import type { Subject } from "./generate.ts";

const STATUS = FLAG_BITS.reduce<number>((bits, bit) => bits | (1 << bit), 0x400);

const C1 = 0x200;
const LAST_PLACES = 4n;

const hex = (value: bigint | number): string => (typeof value === "number" ? value >>> 0 : value).toString(16);
const bytesHex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

/** What an outcome is beside another one, as text; undefined: they are equal. */
export function difference(
  { row, splits, long }: Subject,
  one: Case,
  ours: Outcome,
  theirs: Outcome,
): string | undefined {
  const found: string[] = [];
  const note = (what: string, a: bigint | number | string, b: bigint | number | string): void => {
    const text = (value: bigint | number | string): string => (typeof value === "string" ? value : hex(value));
    if (a !== b) found.push(`${what}: ours ${text(a)}, theirs ${text(b)}`);
  };
  // User level sees one signal for two.
  const fault = ({ trap }: Outcome): string => String(trap === 14 ? 13 : trap === 16 ? 19 : trap);
  note("exception", fault(ours), fault(theirs));
  if (ours.trap === undefined || theirs.trap === undefined) note("ip", ours.ip, theirs.ip);
  for (let n = 0; n < (long ? 16 : 8); n++) note(`r${n}`, ours.r[n]!, theirs.r[n]!);
  // A fault changes nothing; else some flags are undefined.
  const counted = STATUS & ~(theirs.trap === undefined ? row.undefinedFlags(splits) : 0);
  note("flags", ours.flags & counted, theirs.flags & counted);
  const changes = (outcome: Outcome): string =>
    outcome.changes.map(({ offset, bytes }) => `${hex(offset)}=${bytesHex(bytes)}`).join(" ");
  if (long || one.alike) {
    const done = theirs.trap === undefined;
    // The last bit of a function is its maker's choice, and C1 says how it was rounded.
    const approximate = row.transcendental && done;
    const undefinedConditions = (done ? row.undefinedConditions(splits) : 0) | (approximate ? C1 : 0);
    const [mine, other] = [ours, theirs].map(({ fpu }) => withoutConditions(fpu, undefinedConditions));
    for (const [what, from, to] of COMPARED) {
      if (same(mine!, other!, from, to)) continue;
      const [a, b] = [mine!.slice(from, to), other!.slice(from, to)];
      if (approximate && what.startsWith("st") && nearExtended(a, b)) continue;
      if (!what.startsWith("xmm") || !near(row.approximateBits, a, b)) note(what, bytesHex(a), bytesHex(b));
    }
  }
  if (row.name !== "FXSAVE" || !sameButMask(ours, theirs)) note("memory", changes(ours), changes(theirs));
  if (found.length === 0) return undefined;
  const registers = one.r.map((value, n) => `r${n}=${hex(value)}`).join(" ");
  const what = `${row.name} ${row.pattern.text} ${JSON.stringify(splits)} ${long ? "64" : "32"}-bit, ${bytesHex(one.code)}`;
  return `${what}\n  flags=${hex(one.flags)} ${registers}\n  ${found.join("\n  ")}`;
}

function withoutConditions(fpu: Uint8Array, bits: number): Uint8Array {
  const cleared = fpu.slice();
  cleared[3]! &= ~(bits >> 8);
  return cleared;
}

function same(ours: Uint8Array, theirs: Uint8Array, from: number, to: number): boolean {
  for (let at = from; at < to; at++) if (ours[at] !== theirs[at]) return false;
  return true;
}

/** Whether two numbers of x87 are apart by a few units of the last place. */
function nearExtended(a: Uint8Array, b: Uint8Array): boolean {
  const [one, other] = [a, b].map((bytes) => {
    const view = new DataView(bytes.buffer);
    const head = view.getUint16(8, true);
    const magnitude = (BigInt(head & 0x7fff) << 63n) | (view.getBigUint64(0, true) & (2n ** 63n - 1n));
    return head & 0x8000 ? -magnitude : magnitude;
  });
  const apart = one! - other!;
  return apart < LAST_PLACES && apart > -LAST_PLACES;
}

/** Whether the singles of two vectors are apart by less than so many low bits. */
function near(bits: number, ours: Uint8Array, theirs: Uint8Array): boolean {
  const [a, b] = [ours, theirs].map((bytes) => new DataView(bytes.buffer));
  return [0, 4, 8, 12].every((at) => Math.abs(a!.getInt32(at, true) - b!.getInt32(at, true)) < 2 ** bits);
}

/** Processors of AMD have one more bit in FXSAVE's mask of MXCSR: misaligned accesses. */
function sameButMask(ours: Outcome, theirs: Outcome): boolean {
  const [a, b] = [ours, theirs].map(({ changes }) => {
    const all = new Uint8Array(ARENA_BYTES);
    for (const { offset, bytes } of changes) all.set(bytes, offset);
    return all;
  });
  const apart = [...a!.keys()].filter((at) => a![at] !== b![at]);
  return apart.length === 0 || (apart.length === 1 && b![apart[0]!]! - a![apart[0]!]! === 2);
}
