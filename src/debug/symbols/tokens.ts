/** "0\0" to "9\0": digits stand for themselves in the token table, one after the other. */
const DIGITS = Uint8Array.from("0123456789".split("").flatMap((c) => [c.charCodeAt(0), 0]));
const TOKENS = 256;
const LONGEST_TABLE = 0x4000;

export interface Tokens {
  /** Offset of the token table. */
  readonly start: number;
  /** Offset just behind the token index. */
  readonly end: number;
  readonly text: readonly string[];
}

/** Offset of the ten digits at or after `from`; -1 when they are not there. */
export function findDigits(bytes: Uint8Array, from: number): number {
  const last = bytes.length - DIGITS.length;
  for (let at = bytes.indexOf(0x30, from); at >= 0 && at <= last; at = bytes.indexOf(0x30, at + 1)) {
    let matched = 1;
    while (matched < DIGITS.length && bytes[at + matched] === DIGITS[matched]) matched++;
    if (matched === DIGITS.length) return at;
  }
  return -1;
}

export function alignUp(value: number, to: number): number {
  return Math.ceil(value / to) * to;
}

/**
 * The token table around the digits at `digits`: 256 strings, each ended by 0, and behind them, aligned to 8 or 4, the u16
 * offset of each. The digits are tokens 48 to 57.
 */
export function readTokens(bytes: Uint8Array, digits: number): Tokens | undefined {
  let end = digits;
  for (let token = 48; token < TOKENS; token++) {
    end = bytes.indexOf(0, end) + 1;
    if (end === 0 || end - digits > LONGEST_TABLE) return undefined;
  }
  return readIndex(bytes, digits, end, alignUp(end, 8)) ?? readIndex(bytes, digits, end, alignUp(end, 4));
}

function readIndex(bytes: Uint8Array, digits: number, end: number, index: number): Tokens | undefined {
  if (index + 2 * TOKENS > bytes.length) return undefined;
  const offset = (token: number): number => bytes[index + 2 * token]! | (bytes[index + 2 * token + 1]! << 8);
  const start = digits - offset(48);
  if (start < 0) return undefined;
  const text: string[] = [];
  for (let token = 0; token < TOKENS; token++) {
    const from = start + offset(token);
    const to = bytes.indexOf(0, from);
    const next = token + 1 < TOKENS ? start + offset(token + 1) : end;
    if (to < 0 || to + 1 !== next) return undefined;
    text.push(String.fromCharCode(...bytes.subarray(from, to)));
  }
  return { start, end: index + 2 * TOKENS, text };
}
