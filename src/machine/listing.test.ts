import { describe, expect, it } from "vitest";
import type { GuestDebug } from "./guest-debug.ts";
import { addressFrom, instructionAt } from "./listing.ts";

type Debug = Pick<GuestDebug, "instructionBytes" | "disassemble">;

/** Each instruction's first byte says how long it is. */
const variable: Debug = {
  instructionBytes: { shortest: 1, longest: 5 },
  disassemble: (_, bytes) => ({ text: `${bytes[0]}`, mnemonic: "", length: bytes[0]! }),
};
const fixed: Debug = {
  instructionBytes: { shortest: 4, longest: 4 },
  disassemble: () => ({ text: "nop", mnemonic: "nop", length: 4 }),
};

const BASE = 0x1000n;
/** From BASE on: 1, 3, 2, 5, 4, 1, and then nothing is mapped. */
const code = Uint8Array.of(1, 3, 9, 9, 2, 9, 5, 9, 9, 9, 9, 4, 9, 9, 9, 1);
const starts = [0n, 1n, 4n, 6n, 11n, 15n].map((offset) => BASE + offset);
const read = (address: bigint, length: number): Uint8Array | undefined => {
  const at = Number(address - BASE);
  return at < 0 || at + length > code.length ? undefined : code.subarray(at, at + length);
};

describe("instructions of several lengths", () => {
  it("are read with as many bytes as there are", () => {
    expect(instructionAt(variable, starts[3]!, read)).toMatchObject({ text: "5", length: 5 });
    expect(instructionAt(variable, starts[5]!, read)).toMatchObject({ text: "1", bytes: Uint8Array.of(1) });
    expect(instructionAt(variable, BASE + 16n, read)).toBeUndefined();
  });

  it("that memory cuts off have what is left", () => {
    expect(instructionAt(variable, BASE + 14n, read)?.bytes.length).toBe(2);
  });

  it("are found before an address, from where a function begins", () => {
    for (let at = 0; at < starts.length; at++)
      for (let count = 0; count <= at; count++)
        expect(addressFrom(variable, starts[at]!, -count, read, BASE), `${count} before ${at}`).toBe(
          starts[at - count],
        );
  });

  it("are counted forwards, and where nothing is mapped by the shortest length", () => {
    expect(addressFrom(variable, BASE, 4, read)).toBe(starts[4]);
    expect(addressFrom(variable, BASE, 8, read)).toBe(BASE + 18n);
  });

  it("without a known beginning do not end before the address space does", () => {
    expect(addressFrom(variable, 2n, -8, () => undefined)).toBe(0n);
    expect(addressFrom(variable, 0n, -8, () => undefined)).toBe(0n);
  });
});

it("instructions of one length are counted by it, unmapped or not", () => {
  expect(addressFrom(fixed, BASE, -3, () => undefined)).toBe(BASE - 12n);
  expect(addressFrom(fixed, 0n, -1, () => undefined)).toBe(2n ** 64n - 4n);
});
