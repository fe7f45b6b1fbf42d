/** A list in place of which another one comes: `removed` of its elements from `at` on make room for `added`. */
export interface Splice<T> {
  readonly at: number;
  readonly removed: number;
  readonly added: readonly T[];
}

/** The one place in which two lists differ, from their first to their last difference; undefined where they are equal. */
export function spliceBetween<T>(
  before: readonly T[],
  after: readonly T[],
  same: (a: T, b: T) => boolean,
): Splice<T> | undefined {
  const shorter = Math.min(before.length, after.length);
  let at = 0;
  while (at < shorter && same(before[at]!, after[at]!)) at++;
  let behind = 0;
  while (behind < shorter - at && same(before.at(-1 - behind)!, after.at(-1 - behind)!)) behind++;
  const removed = before.length - behind - at;
  const added = after.slice(at, after.length - behind);
  return removed === 0 && added.length === 0 ? undefined : { at, removed, added };
}

export function spliced<T>(list: readonly T[], splice: Splice<T> | undefined): readonly T[] {
  if (splice === undefined) return list;
  // Not as arguments: a long session has more inputs than a call may have of those.
  const { at, removed, added } = splice;
  return [...list.slice(0, at), ...added, ...list.slice(at + removed)];
}
