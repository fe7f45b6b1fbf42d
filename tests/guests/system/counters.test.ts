import { expect, it } from "vitest";
import { boards, type EmulatedMachine } from "../../../src/machine/index.ts";
import { SEMANTICS } from "../../../src/timetravel/index.ts";
import { runOnQemu } from "../../differential/qemu.ts";
import { loadInterpreter } from "../../support/interpreter.ts";
import { counters, RESULT_WORDS, RESULTS } from "./counters.ts";
import { systemProgram } from "./program.ts";

const words = (bytes: Uint8Array): string[] =>
  Array.from(new BigUint64Array(bytes.slice().buffer), (word) => word.toString(16));

const elf = await systemProgram(counters);
const part = { address: RESULTS, length: 8 * RESULT_WORDS };

const machineWithCounters = (): EmulatedMachine =>
  boards.create({
    configuration: {
      board: "virt",
      cpu: "cortex-a53",
      ramBytes: 64 * 2 ** 20,
      shift: 0,
      append: "",
      reboot: false,
      randomness: false,
      semantics: SEMANTICS,
    },
    images: { kernel: elf },
    interpreter: loadInterpreter(),
  });

function results(machine: EmulatedMachine): string[] {
  expect(machine.run(1_000_000, { kind: "ignore" }).kind).toBe("shutdown");
  return words(machine.readPhysical(part.address, part.length)!);
}

// QEMU cannot record a program that counts, so it is not stepped but run to its end.
it("performance counters overflow and interrupt at the same instructions as on QEMU", async () => {
  const expected = words(await runOnQemu(elf, part));
  expect(expected.filter((word) => word !== "0").length).toBeGreaterThan(25);
  expect(results(machineWithCounters())).toEqual(expected);
});

it("counters that run go on from a snapshot as they would have", () => {
  const [one, other] = [machineWithCounters(), machineWithCounters()];
  const positions = Array.from({ length: 24 }, (_, n) => 10 + 37 * n);
  const states: Uint8Array[] = [];
  for (const position of positions) {
    one.run(position, { kind: "ignore" });
    states.push(one.save());
  }
  results(one);
  const end = one.save();
  for (const [n, position] of positions.entries()) {
    other.load(states[n]!, position);
    results(other);
    expect(Buffer.compare(other.save(), end), `from ${position}`).toBe(0);
  }
});
