import { expect, it } from "vitest";
import { UserError } from "../../base/index.ts";
import { BlockCache, type BlockSource } from "./blocks.ts";
import { History } from "./history.ts";
import { decodeLogIndex, encodeLogIndex } from "./log-index.ts";
import type { Part } from "./part.ts";

const source: BlockSource = { read: () => Promise.reject(new UserError("not here")), has: () => true };
const file = { bytes: 152, fingerprint: "f".repeat(64) };

const decode = (encoded: Uint8Array, from = 12, onWrong = (): void => {}): ReturnType<typeof decodeLogIndex> =>
  decodeLogIndex(encoded, { source, cache: new BlockCache(), from, onWrong });

function sample(): History {
  const history = new History(source, new BlockCache(0, 100));
  history.append({ kind: "entropy", position: 0, bytes: Uint8Array.of(1) });
  history.append({ kind: "complete", position: 0 });
  history.written({ offset: 12, bytes: 100 });
  history.append({ kind: "input", position: 5, input: { kind: "arrival", port: 0, bytes: Uint8Array.of(65) } });
  history.append({ kind: "hash", position: 7, hash: new Uint8Array(16) });
  history.append({ kind: "name", position: 3, virtualNs: 4, name: "three" });
  history.append({ kind: "end", position: 9, reason: "host-quit" });
  history.written({ offset: 112, bytes: 40 });
  return history;
}

it("has what is known of a log without its records", () => {
  const history = sample();
  history.seal();
  const again = decode(encodeLogIndex(file, history)!);
  expect([again.bytes, again.fingerprint]).toEqual([file.bytes, file.fingerprint]);
  const known = (one: History): unknown => [
    ...[one.end, one.endReason, one.poweredOn, one.last, one.total, [...one.names.values()]],
    ...[
      one.blocks.parts.map(({ block: { summary, place } }) => ({ summary, place })),
      one.inputMarks.map(({ position }) => position),
    ],
  ];
  expect(known(again.history)).toEqual(known(history));
  // Answered without any record: the next of each kind.
  expect([again.history.blocks.next("inputs", 0), again.history.blocks.lastHash(9)]).toEqual([5, 7]);
});

it("is not made of what lies in no file", () => {
  expect(encodeLogIndex(file, sample())).toBeUndefined();
});

it("shows every flipped bit and every missing end", () => {
  const history = sample();
  history.seal();
  const encoded = encodeLogIndex(file, history)!;
  for (let bit = 0; bit < encoded.length * 8; bit++) {
    encoded[bit >> 3]! ^= 1 << (bit & 7);
    expect(() => decode(encoded)).toThrow(UserError);
    encoded[bit >> 3]! ^= 1 << (bit & 7);
  }
  for (let length = 0; length < encoded.length; length++)
    expect(() => decode(encoded.subarray(0, length))).toThrow(UserError);
});

it.each([
  ["does not begin where the records do", 13, () => {}],
  ["ends before the file", 12, ({ block }: Part) => (block.place = { ...block.place!, bytes: 39 })],
  ["has a gap", 12, ({ block }: Part) => (block.place = { offset: 113, bytes: 39 })],
  ["has a block that fits in no memory", 12, ({ block }: Part) => (block.place = { ...block.place!, bytes: 2 ** 40 })],
  ["goes back", 12, ({ block }: Part) => (block.summary.last = 4)],
  ["has a hash elsewhere", 12, ({ block }: Part) => (block.summary.lastHash = 100)],
  ["ends elsewhere", 12, ({ block }: Part) => (block.summary.end = 8)],
  ["has less entropy in the end", 12, ({ block }: Part) => Object.assign(block.summary, { entropyBefore: 2 })],
])("is refused when it %s", (_, from, spoil) => {
  const history = sample();
  history.seal();
  spoil(history.blocks.parts[1]!);
  expect(() => decode(encodeLogIndex(file, history)!, from)).toThrow("the index contradicts itself");
});
