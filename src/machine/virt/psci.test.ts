import { describe, expect, it } from "vitest";
import { psciCall, type PsciOutcome } from "./psci.ts";

function call(...args: bigint[]): { outcome: PsciOutcome; x0: bigint } {
  const x = [0n, 0n, 0n, 0n];
  args.forEach((value, index) => (x[index] = value));
  const outcome = psciCall({ readX: (n) => x[n]!, writeX: (n, value) => void (x[n] = value) });
  return { outcome, x0: BigInt.asIntN(64, x[0]!) };
}

describe("PSCI", () => {
  it.each<[string, bigint[], bigint]>([
    ["version 1.1", [0x84000000n], 0x10001n],
    ["no migration needed", [0x84000006n], 2n],
    ["this core is on", [0xc4000004n, 0n, 0n], 0n],
    ["there is no second core", [0xc4000004n, 1n, 0n], -2n],
    ["the only core is on already", [0xc4000003n, 0n, 0x40000000n], -4n],
    ["no second core to turn on", [0xc4000003n, 1n, 0x40000000n], -2n],
    ["the only core stays on", [0x84000002n], -3n],
    ["features: CPU_SUSPEND", [0x8400000an, 0xc4000001n], 0n],
    ["features: MIGRATE", [0x8400000an, 0xc4000005n], -1n],
    ["features: SYSTEM_RESET2", [0x8400000an, 0x84000012n], -1n],
    ["unknown function", [0x80000000n], -1n],
    ["deep suspend states are absent", [0xc4000001n, 0x10000n << 4n], -2n],
  ])("%s", (_, args, result) => {
    expect(call(...args)).toEqual({ outcome: "return", x0: result });
  });

  it("turns off, resets, waits", () => {
    expect(call(0x84000008n).outcome).toBe("shutdown");
    expect(call(0x84000009n).outcome).toBe("reset");
    expect(call(0xc4000001n, 0n)).toEqual({ outcome: "wait", x0: 0n });
  });
});
