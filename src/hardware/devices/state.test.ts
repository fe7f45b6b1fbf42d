import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ByteReader, hex, sha256Hex, UserError } from "../../base/index.ts";
import { type Sample, seeded, stateBytes } from "../testing/sample.ts";

/** The fields that do, by device. */
const outlive: Readonly<Record<string, readonly string[]>> = {
  gicv2: ["level"],
  i8042: ["source", "lastRead", "own", "command", "leds"],
  i8257: ["low2", "high2"],
  mc146818: ["index", "cmos", "seconds", "setNs", "fractionNs", "alarmNs", "updateNs", "periodicNs"],
  ns16550: ["fifoControl"],
  pl031: ["base"],
  vga: ["latch"],
};

/** Each device's folder has one. */
const folders = readdirSync(import.meta.dirname, { withFileTypes: true }).filter((entry) => entry.isDirectory());
const samples = await Promise.all(
  folders.map(async ({ name }) => {
    const { sample } = (await import(join(import.meta.dirname, name, "sample.ts"))) as { sample: () => Sample };
    return [name, sample] as const;
  }),
);

describe.each(samples)("state of %s", (folder, create) => {
  const used = create();
  used.use();
  const bytes = stateBytes(used.device);

  it("loads to equal bytes, into a fresh and into a used device", () => {
    for (const { device } of [create(), used]) {
      const from = new ByteReader(bytes);
      device.load(from);
      expect(from.remaining).toBe(0);
      expect(stateBytes(device)).toEqual(bytes);
    }
  });

  it.skipIf(used.resetBeside)("is as at power-on after a reset, but for what outlives it", () => {
    // The time of day, what a battery keeps, and the wires into the GIC, which are others' to lower.
    const kept = outlive[used.device.name];
    const { device } = create();
    const lines = (): string[] => device.info().flatMap((info) => info.lines);
    const [fresh, freshBytes] = [lines(), stateBytes(device)];
    device.load(new ByteReader(bytes));
    const before = lines();
    device.reset();
    // "level[0] = …"
    const lineOf = (start: string): string => before.find((line) => line.startsWith(start))!;
    const isKept = (line: string): boolean =>
      /^[\w.]+/
        .exec(line)![0]
        .split(".")
        .some((part) => kept?.includes(part));
    const expected = fresh.map((line) => (isKept(line) ? lineOf(line.split(" ")[0]!) : line));
    expect(lines()).toEqual(expected);
    if (kept === undefined) expect(stateBytes(device)).toEqual(freshBytes);
    else expect(expected).not.toEqual(fresh);
  });

  it("refuses bytes that end early, and takes or refuses any others without a crash", () => {
    for (let length = 0; length < bytes.length; length++) {
      expect(() => create().device.load(new ByteReader(bytes.subarray(0, length)))).toThrow(UserError);
    }
    const random = seeded(1);
    for (let round = 0; round < 50; round++) {
      const noise = Uint8Array.from({ length: 1000 }, () => random(256));
      const { device, use } = create();
      try {
        device.load(new ByteReader(noise));
        use();
        stateBytes(device);
      } catch (error) {
        expect(error).toBeInstanceOf(UserError);
      }
    }
  });

  // The state hash covers these bytes. A change here is another semantics (src/timetravel/versions.ts).
  it("keeps every byte, and what is made of damaged ones", async () => {
    const lines: string[] = [];
    const random = seeded(2);
    const { device, step } = create();
    const note = (what: string, bytes: Uint8Array): number =>
      lines.push(`${device.name} ${what}: ${bytes.length <= 64 ? hex(bytes) : `sha256 ${sha256Hex(bytes)}`}`);
    note("at power-on", stateBytes(device));
    let refused = 0;
    const made: number[] = [];
    for (let count = 1; count <= 400; count++) {
      step(random);
      const bytes = stateBytes(device);
      if (count % 50 === 0) note(`after ${count} steps`, bytes);
      const at = random(random(2) ? 16 : bytes.length);
      if (at < bytes.length) bytes[at] = random(2) ? random(256) : random(4);
      const state = taken(create, bytes);
      if (state) made.push(...state);
      else refused++;
    }
    note(`refuses ${refused} of 400 damaged states, and makes of the others`, Uint8Array.from(made));
    device.reset();
    note("after a reset", stateBytes(device));
    await expect(`${lines.join("\n")}\n`).toMatchFileSnapshot(`${folder}/state-bytes.txt`);
  });
});

/** What the device makes of these bytes: the state that it has then, or nothing. */
function taken(create: () => Sample, bytes: Uint8Array): Uint8Array | undefined {
  const { device } = create();
  try {
    device.load(new ByteReader(bytes));
  } catch (error) {
    expect(error).toBeInstanceOf(UserError);
    return undefined;
  }
  return stateBytes(device);
}
