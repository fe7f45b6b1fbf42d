import { describe, expect, it } from "vitest";
import { HandClock } from "../../testing/hand-clock.ts";
import * as ticks from "../../ticks.ts";
import { I8254 } from "./i8254.ts";
import { PIT_HZ } from "./registers.ts";

function build() {
  const clock = new HandClock();
  const edges: number[] = [];
  let level = false;
  const set = (to: boolean): void => {
    if (to && !level) edges.push(clock.now);
    level = to;
  };
  const pit = new I8254(clock, { set });
  const out = (port: number, ...values: number[]): void => {
    for (const value of values) pit.counters.write(port, 1, value);
  };
  const read = (port: number): number => pit.counters.read(port, 1);
  /** Every deadline at its own time, up to `ns`. */
  const run = (ns: number): void => {
    for (let next = clock.deadline; next !== undefined && next <= ns; next = clock.deadline) clock.advanceTo(next);
    clock.now = ns;
  };
  return { pit, clock, edges, out, in: read, run, word: (port: number): number => read(port) + 256 * read(port) };
}

const nsOf = (tick: number): number => ticks.nsOf(tick, PIT_HZ);
/** In the middle of a tick. */
const at = (tick: number): number => nsOf(tick) + 400;

describe("I8254", () => {
  it("interrupts 18.2 times a second from power-on", () => {
    const { edges, run } = build();
    run(1e9);
    // The line is low after a reset; the deadline at the half is rounded to where the output is still high: an edge more.
    expect(edges.slice(0, 3)).toEqual([nsOf(0x8000), nsOf(0x1_0000) + 1, nsOf(0x2_0000) + 1]);
    expect(edges.length).toBe(1 + 18);
  });

  it.each([
    [0, 99, [false, false, true]],
    [1, 99, [true, true, false]],
    [2, 100, [false, false, false]],
    [3, 100, [true, false, true]],
    [4, 99, [false, false, false]],
    [5, 99, [false, false, false]],
  ])("counts in mode %i", (mode, top, outputs) => {
    const { clock, out, word, in: read } = build();
    out(3, 0x30 | (2 * mode));
    out(0, top, 0);
    const seen = [10, 60, 130].map((tick) => {
      clock.now = at(tick);
      out(3, 0xe2);
      return (read(0) & 0x80) !== 0;
    });
    expect(seen).toEqual(outputs);
    clock.now = at(10);
    expect(word(0)).toBe(top - (mode === 3 ? 20 : 10));
  });

  it("raises its line once in modes 0 and 4, in every period in mode 2", () => {
    for (const [mode, edgeCount] of [
      [0, 1],
      [4, 1],
      [2, 10],
    ] as const) {
      const { edges, out, run } = build();
      out(3, 0x10 | (2 * mode));
      out(0, 100);
      run(at(1001));
      expect(edges.length, `mode ${mode}`).toBe(edgeCount);
    }
  });

  it("counts in BCD, which QEMU does not", () => {
    const { clock, out, word } = build();
    out(3, 0x31);
    out(0, 0x00, 0x10);
    clock.now = at(1);
    expect(word(0)).toBe(0x0999);
    clock.now = at(1001);
    expect(word(0)).toBe(0x9999);
  });

  it("keeps a latched count and status until they are read, status first", () => {
    const { clock, out, word, in: read } = build();
    out(3, 0x34);
    out(0, 0xe8, 3);
    clock.now = at(10);
    out(3, 0xc2);
    clock.now = at(500);
    out(3, 0x00);
    expect([read(0), word(0), word(0)]).toEqual([0x34, 990, 500]);
  });

  it("begins counter 2 anew at its gate's rising edge, and shows it in port 61h", () => {
    const { pit, clock, out, word } = build();
    out(3, 0xb2);
    out(2, 100, 0);
    clock.now = at(50);
    pit.port61.write(0, 1, 3);
    clock.now += nsOf(30) + 400;
    expect(word(2)).toBe(70);
    expect([pit.port61.read(0, 1), pit.port61.read(0, 1)]).toEqual([0x33, 0x23]);
    clock.now += nsOf(100);
    expect(pit.port61.read(0, 1)).toBe(0x13);
  });
});
