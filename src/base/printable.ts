/** A name that may come from anywhere, for a message of one line: without what a terminal obeys, and not endless. */
export function printable(name: string, longest = 200): string {
  return name.slice(0, longest).replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, "?");
}
