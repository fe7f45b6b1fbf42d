import { describe, expect, it } from "vitest";
import { isLoopback } from "./bridge-link.ts";

describe("a bridge's address", () => {
  it.each(["ws://127.0.0.1:7766/?token=1", "ws://localhost:7766", "ws://[::1]:1/"])("may be %s", (address) => {
    expect(isLoopback(address)).toBe(true);
  });

  it.each([
    "",
    "127.0.0.1:7766",
    "ws://192.168.0.1:7766/",
    "ws://127.0.0.1.example.org/",
    "ws://127.0.0.1:7766@example.org/",
    "ws://localhost@example.org/",
    "http://127.0.0.1:7766/",
  ])("is not %j", (address) => {
    expect(isLoopback(address)).toBe(false);
  });
});
