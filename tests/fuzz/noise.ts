import type { Random } from "../../src/timetravel/testing/random.ts";

/** What breaks things: limits, signs, other notations, nothing. */
export const numbers = [
  ...["0", "1", "2", "7", "10", "100", "1000", "20000", "ff", "fff", "1000000", "7fffffff", "80000000", "ffffffff"],
  ...[
    "ffffffffffffffff",
    "10000000000000000",
    "9007199254740991",
    "9007199254740992",
    "-1",
    "-0",
    "1e9",
    "0x10",
    "NaN",
  ],
  ...["", " ", "x", "00000000000000000000001", "1.5"],
];

/** Addresses of the small program: code, data, the data's second address, devices, nothing. */
export const addresses = [
  ...["40080000", "400800f8", "40100000", "40100ffc", "80100000", "40200000", "43fffff8", "44000000", "09000000"],
  ...["0", "ffffffffffffffff", "fffffffffffffff8", "8000000000000000"],
];

const latin1 = (text: string): number[] => Array.from(text, (c) => c.charCodeAt(0) & 0xff);

export function bytesOf(text: string): Uint8Array {
  return Uint8Array.from(latin1(text));
}

/** Does a little damage to some messages, and much to few. */
export function damage(random: Random, message: Uint8Array): Uint8Array {
  const bytes = [...message];
  const times = [0, 0, 0, 1, 1, 2, 5, 40][random.between(0, 7)]!;
  for (let i = 0; i < times; i++) {
    const at = random.between(0, bytes.length);
    switch (random.between(0, 5)) {
      case 0:
        bytes[Math.min(at, bytes.length - 1)] = random.between(0, 255);
        break;
      case 1:
        bytes.splice(at, random.between(1, 8));
        break;
      case 2:
        bytes.splice(at, 0, ...Array.from({ length: random.between(1, 8) }, () => random.between(0, 255)));
        break;
      case 3:
        bytes.splice(at, 0, ...bytes.slice(at, at + random.between(1, 50)));
        break;
      case 4:
        bytes.splice(at, 0, ...latin1(random.pick(numbers)));
        break;
      case 5:
        bytes.length = at;
    }
  }
  return Uint8Array.from(bytes, (byte) => byte ?? 0);
}

/** Cuts a stream into pieces as a network might. */
export function* pieces(random: Random, bytes: Uint8Array): Generator<Uint8Array> {
  const longest = random.pick([1, 7, 1000, 1 << 20]);
  for (let at = 0; at < bytes.length;) {
    const length = random.between(1, longest);
    yield bytes.subarray(at, at + length);
    at += length;
  }
}
