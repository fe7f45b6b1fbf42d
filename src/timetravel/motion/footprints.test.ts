import { describe, expect, it } from "vitest";
import type { Footprint } from "../../machine/index.ts";
import { Footprints } from "./footprints.ts";
import { FakeFootprint } from "../testing/fake-footprint.ts";
import { Random } from "../testing/random.ts";

const at = (...addresses: bigint[]): FakeFootprint => {
  const footprint = new FakeFootprint();
  for (const address of addresses) footprint.touch("execute", address);
  return footprint;
};
const executes =
  (address: bigint) =>
  (footprint: Footprint): boolean =>
    footprint.mayExecute(address);

describe("footprints", () => {
  it("clear a history up to where they say yes, or know nothing", () => {
    const known = new Footprints();
    known.add(10, 20, at(0n));
    known.add(20, 30, at(64n));
    known.add(30, 40, at(128n));
    expect([40, 35, 30, 20].map((end) => known.clearFrom(end, executes(64n)))).toEqual([30, 30, 30, 10]);
    expect(known.clearFrom(40, executes(256n))).toBe(10);
    expect(known.clearFrom(41, executes(256n))).toBe(41);
    expect(known.clearFrom(10, executes(256n))).toBe(10);
  });

  it("keep what was known, and fill the gaps with what is news", () => {
    const known = new Footprints();
    known.add(10, 20, at(0n));
    known.add(30, 40, at(0n));
    known.add(0, 50, at(64n));
    expect(known.clearFrom(50, executes(128n))).toBe(0);
    expect([50, 40, 30, 20, 10].map((end) => known.clearFrom(end, executes(64n)))).toEqual([50, 30, 30, 10, 10]);
  });

  it("are those of a shared past in a branch", () => {
    const known = new Footprints();
    known.add(0, 20, at(0n));
    const branch = known.upTo(15);
    branch.add(15, 30, at(64n));
    expect(branch.clearFrom(30, executes(0n))).toBe(15);
    expect(known.clearFrom(30, executes(64n))).toBe(30);
    expect(known.clearFrom(20, executes(64n))).toBe(0);
  });

  it("never say no wrongly, however many there are", () => {
    const random = new Random(1);
    const known = new Footprints();
    const touched: { position: number; address: bigint }[] = [];
    for (let from = 0; from < 4000;) {
      const to = from + random.between(1, 3);
      const address = BigInt(random.between(0, 40)) * 16n;
      if (random.between(0, 9) > 0) known.add(from, to, at(address));
      touched.push({ position: from, address });
      from = to;
    }
    let cleared = 0;
    for (let count = 0; count < 2000; count++) {
      const address = BigInt(random.between(0, 40)) * 16n;
      const end = random.between(1, 4000);
      const from = known.clearFrom(end, executes(address));
      cleared += end - from;
      expect(touched.some((one) => one.address === address && one.position >= from && one.position < end)).toBe(false);
    }
    expect(cleared).toBeGreaterThan(1000);
  });

  it("of other machines give way to this one's, and are not more than a filter", () => {
    const known = new Footprints();
    known.add(0, 100, at(0n), false);
    expect(known.know(0, 100)).toBe(false);
    known.add(20, 40, at(64n));
    expect(known.all.map(({ from, to, own }) => [from, to, own])).toEqual([
      [0, 20, false],
      [20, 40, true],
      [40, 100, false],
    ]);
    expect([known.know(20, 40), known.know(20, 41)]).toEqual([true, false]);
    known.add(10, 60, at(128n), false);
    expect(known.clearFrom(40, executes(0n))).toBe(20);
    expect(known.clearFrom(100, (footprint, own) => own && footprint.mayExecute(64n))).toBe(40);
  });
});
