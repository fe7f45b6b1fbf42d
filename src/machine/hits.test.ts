import { describe, expect, it } from "vitest";
import { HitWatcher } from "./hits.ts";
import type { WatchHit, WatchKind } from "./machine.ts";

function build(position = 5) {
  const at = { position };
  const hits = new HitWatcher(() => at.position);
  return { at, hits };
}
const watch = (kind: WatchKind, address: bigint, length: number) => ({ kind, address, length });

describe("what a policy does with a hit", () => {
  it("ignores all", () => {
    const { hits } = build();
    hits.watchpoints = [watch("access", 0n, 100)];
    hits.begin({ kind: "ignore" });
    expect([hits.breakpoint(0n), hits.watch(0n, 8, true), hits.stoppedBy]).toEqual([false, false, undefined]);
  });

  it("stops, but not at the position that it resumes from", () => {
    const { at, hits } = build();
    hits.watchpoints = [watch("write", 0x100n, 4)];
    hits.begin({ kind: "stop", told: ["breakpoint", "watchpoint"] });
    expect([hits.breakpoint(0n), hits.watch(0x100n, 4, true)]).toEqual([false, false]);
    at.position = 6;
    expect(hits.watch(0x100n, 4, true)).toBe(true);
    expect(hits.stoppedBy).toEqual({ watchpoint: hits.watchpoints[0], address: 0x100n, access: "write" });
    hits.begin({ kind: "stop", told: [] });
    expect([hits.stoppedBy, hits.breakpoint(0n), hits.stoppedBy]).toEqual([undefined, true, undefined]);
  });

  it("tells of a watched access where a breakpoint was told of", () => {
    const { hits } = build();
    hits.watchpoints = [watch("write", 0x100n, 4)];
    hits.begin({ kind: "stop", told: ["breakpoint"] });
    expect([hits.breakpoint(0n), hits.watch(0x100n, 4, true)]).toEqual([false, true]);
    hits.begin({ kind: "stop", told: ["watchpoint"] });
    expect([hits.watch(0x100n, 4, true), hits.breakpoint(0n)]).toEqual([false, true]);
  });

  it("collects and goes on", () => {
    const { at, hits } = build();
    hits.watchpoints = [watch("read", 8n, 8)];
    const seen: [number, WatchHit | undefined][] = [];
    hits.begin({ kind: "collect", onHit: (position, hit) => seen.push([position, hit]) });
    expect(hits.breakpoint(0n)).toBe(false);
    at.position = 6;
    expect(hits.watch(8n, 1, false)).toBe(false);
    expect(seen).toEqual([
      [5, undefined],
      [6, { watchpoint: hits.watchpoints[0], address: 8n, access: "read" }],
    ]);
  });
});

describe("a watched access", () => {
  it.each<[WatchKind, boolean, boolean]>([
    ["write", true, true],
    ["write", false, false],
    ["read", true, false],
    ["read", false, true],
    ["access", true, true],
    ["access", false, true],
  ])("is one of its kind: %s, written: %s", (kind, write, expected) => {
    const { hits } = build();
    hits.watchpoints = [watch(kind, 0x10n, 4)];
    hits.begin({ kind: "stop", told: [] });
    expect(hits.watch(0x10n, 4, write)).toBe(expected);
  });

  it.each([
    [0x0fn, 1, undefined],
    [0x0cn, 4, undefined],
    [0x0cn, 8, 0x10n],
    [0x13n, 8, 0x13n],
    [0x14n, 8, undefined],
    [0x00n, 64, 0x10n],
  ])("touches a watched byte: %i, %i bytes", (address, bytes, first) => {
    const { hits } = build();
    hits.watchpoints = [watch("access", 0x10n, 4)];
    hits.begin({ kind: "stop", told: [] });
    expect(hits.watch(address, bytes, false)).toBe(first !== undefined);
    expect(hits.stoppedBy?.address).toBe(first);
  });

  it("is known up to the end of the address space", () => {
    const { hits } = build();
    const last = (1n << 64n) - 8n;
    hits.watchpoints = [watch("write", last, 8)];
    hits.begin({ kind: "stop", told: [] });
    expect(hits.watch(last + 7n, 1, true)).toBe(true);
  });
});
