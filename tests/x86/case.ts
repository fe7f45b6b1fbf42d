/** One instruction, with the state that it begins in. Addresses are linear ones, and equal on all oracles. */
export interface Case {
  readonly code: Uint8Array;
  /** 64-bit code, or 32-bit. */
  readonly long: boolean;
  /** 32-bit code whose bytes mean the same in 64-bit code: as such it has the host's processor beside it, which need not run other. */
  readonly alike?: boolean;
  /** Where in its page the code is. */
  readonly offset: number;
  readonly r: readonly bigint[];
  readonly flags: number;
  /** What stands in the arena instead of its content. */
  readonly changes: readonly Change[];
  /** As FXSAVE lays it out; 512 bytes. */
  readonly fpu: Uint8Array;
}

export interface Change {
  /** In the arena. */
  readonly offset: number;
  readonly bytes: Uint8Array;
}

export interface Outcome {
  readonly r: readonly bigint[];
  readonly flags: number;
  readonly ip: bigint;
  /** Vector of its exception; undefined: none. */
  readonly trap: number | undefined;
  /** Of the arena, by the instruction. */
  readonly changes: readonly Change[];
  readonly fpu: Uint8Array;
}

/** Page of code, and memory that cases may use. */
export const PLACE = 0x2000_0000;
export const PLACE_BYTES = 0x1_4000;
export const ARENA = PLACE + 0x1_0000;
export const ARENA_BYTES = 0x4000;

const CHANGES = 8;
const CHANGE_BYTES = 72;
const TEST_BYTES = 128 + 8 + 16 + 16 + CHANGES * CHANGE_BYTES + 512;
const RESULT_BYTES = 128 + 8 + 8 + 8 + 8 + 8 + CHANGES * CHANGE_BYTES + 512;
const BREAKPOINT = 3;

/** The input of native.c. */
export function writeCases(arena: Uint8Array, cases: readonly Case[]): Uint8Array {
  const bytes = new Uint8Array(ARENA_BYTES + cases.length * TEST_BYTES);
  bytes.set(arena);
  cases.forEach((one, index) => {
    const start = ARENA_BYTES + index * TEST_BYTES;
    const view = new DataView(bytes.buffer, start, TEST_BYTES);
    one.r.forEach((value, n) => view.setBigUint64(8 * n, value, true));
    view.setBigUint64(128, BigInt(one.flags), true);
    [0, one.code.length, one.offset, one.changes.length].forEach((value, n) =>
      view.setUint32(136 + 4 * n, value, true),
    );
    bytes.set(one.code, start + 152);
    one.changes.forEach((change, n) => {
      const at = 168 + n * CHANGE_BYTES;
      view.setUint32(at, change.offset, true);
      view.setUint32(at + 4, change.bytes.length, true);
      bytes.set(change.bytes, start + at + 8);
    });
    bytes.set(one.fpu, start + 168 + CHANGES * CHANGE_BYTES);
  });
  return bytes;
}

/** The output of native.c. */
export function readOutcomes(bytes: Uint8Array): Outcome[] {
  return Array.from({ length: bytes.length / RESULT_BYTES }, (_, index): Outcome => {
    const start = bytes.byteOffset + index * RESULT_BYTES;
    const view = new DataView(bytes.buffer, start, RESULT_BYTES);
    const word = (at: number): number => view.getUint32(at, true);
    const changes = Array.from({ length: word(160) }, (_, n): Change => {
      const at = 168 + n * CHANGE_BYTES;
      return { offset: word(at), bytes: new Uint8Array(bytes.buffer, start + at + 8, word(at + 4)).slice() };
    });
    return {
      r: Array.from({ length: 16 }, (_, n) => view.getBigUint64(8 * n, true)),
      flags: word(128),
      ip: view.getBigUint64(136, true),
      trap: word(144) === BREAKPOINT ? undefined : word(144),
      changes,
      fpu: new Uint8Array(bytes.buffer, start + 168 + CHANGES * CHANGE_BYTES, 512).slice(),
    };
  });
}
