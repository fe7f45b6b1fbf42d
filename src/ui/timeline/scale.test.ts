import { describe, expect, it } from "vitest";
import { Scale } from "./scale.ts";

describe("Scale", () => {
  it("follows the end while all of history is shown", () => {
    const scale = new Scale();
    scale.setEnd(1000);
    expect([scale.start, scale.stop, scale.zoomed]).toEqual([0, 1000, false]);
    scale.setEnd(2000);
    expect(scale.stop).toBe(2000);
  });
  it("zooms around a position and keeps its window when history grows", () => {
    const scale = new Scale();
    scale.setEnd(1000);
    scale.zoom(500, 0.5);
    expect([scale.start, scale.stop]).toEqual([250, 750]);
    scale.setEnd(5000);
    expect([scale.start, scale.stop]).toEqual([250, 750]);
    expect(scale.toPosition(scale.toPixel(600, 300), 300)).toBe(600);
  });
  it("never leaves history and never gets narrower than a few instructions", () => {
    const scale = new Scale();
    scale.setEnd(1000);
    scale.zoom(10, 1e-9);
    expect(scale.stop - scale.start).toBeCloseTo(20);
    scale.pan(-1e6);
    expect(scale.start).toBe(0);
    scale.pan(1e6);
    expect(scale.stop).toBe(1000);
    scale.zoom(0, 1e9);
    expect([scale.start, scale.stop]).toEqual([0, 1000]);
  });
  it("chooses round ticks", () => {
    const scale = new Scale();
    scale.setEnd(800_000_000);
    expect(scale.tickStep(1000, 90)).toBe(100_000_000);
  });
});
