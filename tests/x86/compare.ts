import { FLAG_BITS } from "../../src/isa/x86/index.ts";
import { ARENA_BYTES, type Case, type Outcome } from "./case.ts";
import { COMPARED } from "./fpu-image.ts";
import type { Subject } from "./generate.ts";

const STATUS = FLAG_BITS.reduce<number>((bits, bit) => bits | (1 << bit), 0x400);

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
  // User level sees one signal for both.
  const fault = ({ trap }: Outcome): string => String(trap === 14 ? 13 : trap);
  note("exception", fault(ours), fault(theirs));
  if (ours.trap === undefined || theirs.trap === undefined) note("ip", ours.ip, theirs.ip);
  for (let n = 0; n < (long ? 16 : 8); n++) note(`r${n}`, ours.r[n]!, theirs.r[n]!);
  // A fault changes nothing; else some flags are undefined.
  const counted = STATUS & ~(theirs.trap === undefined ? row.undefinedFlags(splits) : 0);
  note("flags", ours.flags & counted, theirs.flags & counted);
  const changes = (outcome: Outcome): string =>
    outcome.changes.map(({ offset, bytes }) => `${hex(offset)}=${bytesHex(bytes)}`).join(" ");
  if (long)
    for (const [what, from, to] of COMPARED) {
      if (same(ours.fpu, theirs.fpu, from, to)) continue;
      const [a, b] = [ours.fpu.slice(from, to), theirs.fpu.slice(from, to)];
      if (!what.startsWith("xmm") || !near(row.approximateBits, a, b)) note(what, bytesHex(a), bytesHex(b));
    }
  if (row.name !== "FXSAVE" || !sameButMask(ours, theirs)) note("memory", changes(ours), changes(theirs));
  if (found.length === 0) return undefined;
  const registers = one.r.map((value, n) => `r${n}=${hex(value)}`).join(" ");
  const what = `${row.name} ${row.pattern.text} ${JSON.stringify(splits)} ${long ? "64" : "32"}-bit, ${bytesHex(one.code)}`;
  return `${what}\n  flags=${hex(one.flags)} ${registers}\n  ${found.join("\n  ")}`;
}

function same(ours: Uint8Array, theirs: Uint8Array, from: number, to: number): boolean {
  for (let at = from; at < to; at++) if (ours[at] !== theirs[at]) return false;
  return true;
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
