import { describe, expect, it } from "vitest";
import { formatAddress, formatBytes, formatSpan, formatSpeed, formatTick, formatTime } from "./format.ts";

describe("format", () => {
  it("labels ruler ticks as finely as their distance asks", () => {
    expect(formatTick(0, 10)).toBe("0");
    expect(formatTick(250_000_000, 50_000_000)).toBe("250 M");
    expect(formatTick(1_200_000_000, 200_000_000)).toBe("1.2 G");
    expect(formatTick(812_345_678, 1)).toBe("812,345,678");
  });
  it("shows virtual time, spans and speeds", () => {
    expect(formatTime(812_345_678)).toBe("0.812346 s");
    expect(formatTime(63_204_000_000)).toBe("1:03.204");
    expect(formatSpan(1_310_000_000)).toBe("1.3 s");
    expect(formatSpeed(412_000_000)).toBe("412 M instr/s");
  });
  it("shows sizes and addresses", () => {
    expect(formatBytes(26_900_000)).toBe("26.9 MB");
    expect(formatAddress(-1n)).toBe("ffffffffffffffff");
  });
});
