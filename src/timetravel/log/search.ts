/** Index of the first record at or after `position`. */
export function lowerBound(records: readonly { readonly position: number }[], position: number): number {
  return lowerIndex(records.length, (at) => records[at]!.position < position);
}

/** The first of so many indices that is not `before`. */
export function lowerIndex(length: number, before: (index: number) => boolean): number {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (before(middle)) low = middle + 1;
    else high = middle;
  }
  return low;
}
