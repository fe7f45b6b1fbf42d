import { describe, expect, it } from "vitest";
import { I8254, I8259, type MmioDevice } from "../../src/hardware/index.ts";
import { HandClock } from "../../src/hardware/testing/hand-clock.ts";
import { line, type Random, seeded } from "../../src/hardware/testing/sample.ts";
import { Qtest } from "./qtest.ts";

/** Where a PC has them. */
const MASTER_PATH = "/machine/unattached/device[6]";
const SLAVE_PATH = "/machine/unattached/device[7]";

describe("a PC's devices answer as QEMU's", () => {
  it.each([1, 2, 3, 4])("i8259: random use, seed %i", async (seed) => {
    const theirs = new Qtest([], "pc");
    try {
      await randomPic(theirs, seeded(seed), 3000);
    } finally {
      theirs.end();
    }
  });

  it("i8254: commands, latches and the order of bytes, while time stands", async () => {
    const random = seeded(5);
    const theirs = new Qtest([], "pc");
    try {
      const ours = new I8254(new HandClock(), line);
      const log: string[] = [];
      for (let step = 0; step < 3000; step++) {
        const port = [0x40, 0x41, 0x42, 0x43, 0x61][random(5)]!;
        const device = port === 0x61 ? ours.port61 : ours.counters;
        if (random(2)) {
          // Neither BCD, which QEMU has not, nor modes 6 and 7.
          const value = port === 0x43 ? random(4) * 64 + (random(64) & (random(2) ? 0x3a : 0x36)) : random(256);
          if (port === 0x43 && value < 0xc0 && (value & 0x0c) === 0x0c) continue;
          log.push(`${port.toString(16)} = ${value.toString(16)}`);
          device.write(port === 0x61 ? 0 : port & 3, 1, value);
          await theirs.writePort(port, value);
        } else {
          const got = device.read(port === 0x61 ? 0 : port & 3, 1);
          log.push(`${port.toString(16)} is ${got.toString(16)}`);
          expect(got, log.slice(-20).join("\n")).toBe(await theirs.readPort(port));
        }
      }
    } finally {
      theirs.end();
    }
  });
});

async function randomPic(theirs: Qtest, random: Random, steps: number): Promise<void> {
  await theirs.watchOutputs(MASTER_PATH);
  let int = false;
  const ours = new I8259({ set: (level) => (int = level) });
  const chips: [number, MmioDevice][] = [
    [0x20, ours.master],
    [0xa0, ours.slave],
    [0x4d0, ours.edgeLevel],
  ];
  const log: string[] = [];
  const said = (): string => log.slice(-20).join("\n");
  const write = async (chip: number, offset: number, value: number) => {
    const [port, device] = chips[chip]!;
    log.push(`${(port + offset).toString(16)} = ${value.toString(16)}`);
    device.write(offset, 1, value);
    await theirs.writePort(port + offset, value);
  };
  const read = async (chip: number, offset: number) => {
    const [port, device] = chips[chip]!;
    const [got, wanted] = [device.read(offset, 1), await theirs.readPort(port + offset)];
    log.push(`${(port + offset).toString(16)} is ${wanted.toString(16)}`);
    expect(got.toString(16), said()).toBe(wanted.toString(16));
  };
  const initialise = async (chip: number) => {
    const icw1 = 0x10 | random(16);
    await write(chip, 0, icw1);
    await write(chip, 1, random(256));
    if (!(icw1 & 2)) await write(chip, 1, chip ? 2 : 4);
    if (icw1 & 1) await write(chip, 1, random(256));
  };
  for (let step = 0; step < steps; step++) {
    const chip = random(2);
    switch (random(12)) {
      case 0:
        if (random(6) === 0) await initialise(chip);
        break;
      case 1:
        await write(2, random(2), random(2) ? 0 : random(256));
        break;
      case 2:
        await write(chip, 1, random(2) ? 0 : random(256));
        break;
      case 3:
      case 4:
        await write(chip, 0, 0x20 * random(8) + random(8));
        break;
      case 5:
        await write(chip, 0, 8 + (random(256) & 0x67));
        break;
      case 6:
        await write(chip, 0, 0x0c);
        await read(chip, random(2));
        break;
      case 7:
        await write(chip, 0, 0x20);
        break;
      default: {
        const [input, level] = [random(16), random(2) === 1];
        if (input === 2) break;
        log.push(`input ${input} ${level}`);
        ours.setInput(input, level);
        await theirs.setInput(input < 8 ? MASTER_PATH : SLAVE_PATH, input & 7, level);
      }
    }
    await read(random(3), random(2));
    expect(int, `INT after\n${said()}`).toBe(theirs.lines.get(0) ?? false);
  }
}
