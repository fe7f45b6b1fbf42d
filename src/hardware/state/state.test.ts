import { describe, expect, it } from "vitest";
import { ByteReader, ByteWriter, UserError } from "../../base/index.ts";
import {
  bytes,
  counted,
  describeState,
  flag,
  group,
  kept,
  ns,
  oneOf,
  optional,
  pair,
  type StateOf,
  u16,
  u32,
  u64,
  u8,
  via,
  words,
} from "./index.ts";

const toy = describeState(
  "toy",
  1,
  group({
    control: u8({ powerOn: 3, mask: 0x0f }),
    cycle: u16({ max: 6, step: 3 }),
    wires: kept(u32()),
    compare: u64(),
    fifo: counted(2),
    timer: optional(group({ armed: flag(), at: ns() })),
    alarmNs: optional(ns(), { padded: true, strict: true }),
    sets: pair(words(2, 1)),
    id: bytes(2, Uint8Array.of(7, 8)),
    end: oneOf(["halt", "quit"]),
  }),
);
type Toy = StateOf<typeof toy>;

function written(state: Toy): Uint8Array {
  const to = new ByteWriter();
  toy.write(state, to);
  return to.finish();
}
const read = (from: Uint8Array): Toy => toy.read(new ByteReader(from));

/** A state with every field away from power-on. */
const used: Toy = {
  control: 0x0c,
  cycle: 6,
  wires: 0x80000001,
  compare: 2n ** 63n,
  fifo: Uint8Array.of(0x41),
  timer: { armed: true, at: 5e9 },
  alarmNs: 1,
  sets: [Uint32Array.of(1, 2), Uint32Array.of(3, 4)],
  id: Uint8Array.of(9, 10),
  end: "quit",
};

describe("a described state", () => {
  it("has its fields' bytes in their order, and comes back from them", () => {
    const numbers = [12, 6, 0, 1, 0, 0, 0x80, 0, 0, 0, 0, 0, 0, 0, 0x80];
    const rest = [1, 0, 0, 0, 0x41, 1, 1, 0, 0xf2, 5, 0x2a, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0];
    expect([...written(used)]).toEqual([...numbers, ...rest, ...[1, 2, 3, 4].flatMap((n) => [n, 0, 0, 0]), 9, 10, 2]);
    expect(read(written(used))).toEqual(used);
    expect(read(written(toy.powerOn()))).toEqual(toy.powerOn());
  });

  it("is new at every power-on, and after a reset but for what outlives it", () => {
    const first = toy.powerOn();
    expect(first).toMatchObject({ control: 3, wires: 0, timer: undefined, alarmNs: undefined, end: undefined });
    first.sets[0][0] = 5;
    first.id[0] = 5;
    expect([toy.powerOn().sets[0][0], toy.powerOn().id[0]]).toEqual([1, 7]);
    expect(toy.reset(used)).toEqual({ ...toy.powerOn(), wires: used.wires });
    // A pair's fields, too.
    const two = describeState("two", 1, group({ both: pair(group({ wires: kept(u8()), value: u8() })) }));
    const both = two.reset({ both: [{ wires: 1, value: 3 }, { wires: 2, value: 3 }] }).both; // prettier-ignore
    expect(both.map(({ wires, value }) => [wires, value])).toEqual([[1, 0], [2, 0]]); // prettier-ignore
  });

  it("takes the low bits of what bit operations give", () => {
    expect(read(written({ ...used, control: -1, wires: ~0 }))).toMatchObject({ control: 0x0f, wires: 0xffffffff });
  });

  it.each([
    ["cycle", { cycle: 9 }, "toy.cycle is 9"],
    ["cycle", { cycle: 4 }, "toy.cycle is 4"],
    ["fifo", { fifo: new Uint8Array(3) }, "toy.fifo is 3"],
  ])("refuses a %s that is out of range, by name", (_, change, message) => {
    expect(() => read(written({ ...used, ...change }))).toThrow(UserError);
    expect(() => read(written({ ...used, ...change }))).toThrow(message);
  });

  it("refuses other bytes than 0 and 1 only where it is told to", () => {
    const state = written({ ...used, timer: undefined });
    const [timer, alarm] = [20, 21];
    state[alarm] = 2;
    expect(() => read(state)).toThrow("toy.alarmNs is 2");
    const other = written(used);
    other[timer] = 2;
    other[timer + 1] = 3;
    expect(read(other)).toEqual(used);
  });

  it("is shown field by field", () => {
    expect(toy.show(used)).toEqual([
      ...["control = 0x0c", "cycle = 0x0006", "wires = 0x80000001", "compare = 0x8000000000000000", "fifo = 41"],
      ...["timer.armed = yes", "timer.at = 5000000000", "alarmNs = 1"],
      ...["sets.0 = 0x00000001 0x00000002", "sets.1 = 0x00000003 0x00000004", "id = 09 0a", "end = quit"],
    ]);
    expect(toy.show(toy.powerOn())).toEqual(expect.arrayContaining(["fifo = none", "timer = none", "end = none"]));
    const long = describeState("long", 1, bytes(40));
    expect(long.show(long.powerOn()).map((line) => line.slice(0, 12))).toEqual(["[0] = 00 00 ", "[32] = 00 00"]);
  });

  it("may stand otherwise in its bytes", () => {
    const split = describeState(
      "split",
      1,
      via(group({ word: u32({ powerOn: 0x12 }), wire: kept(u8()) }), {
        fromWire: ({ word, wire }) => ({ low: word & 0xf, high: word >>> 4, wire }),
        toWire: ({ low, high, wire }) => ({ word: (high << 4) | low, wire }),
      }),
    );
    const to = new ByteWriter();
    split.write({ low: 1, high: 3, wire: 9 }, to);
    expect([...to.finish()]).toEqual([0x31, 0, 0, 0, 9]);
    expect(split.read(new ByteReader(to.finish()))).toEqual({ low: 1, high: 3, wire: 9 });
    expect(split.reset({ low: 1, high: 3, wire: 9 })).toEqual({ low: 2, high: 1, wire: 9 });
    expect(split.show(split.powerOn())).toEqual(["word = 0x00000012", "wire = 0x00"]);
  });
});
