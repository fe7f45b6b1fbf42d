import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { bytewise, I8042, I8257, Mc146818, Ns16550, pcCmos, PiixIde } from "../../src/hardware/index.ts";
import { HandClock } from "../../src/hardware/testing/hand-clock.ts";
import { line, type Random, seeded } from "../../src/hardware/testing/sample.ts";
import { PcBench } from "./pc-bench.ts";
import { Qtest } from "./qtest.ts";

/** Nanoseconds of any order of magnitude up to `largest`. */
function someTime(random: Random, largest = 1e10): number {
  return Math.floor(10 ** (random(1000) * (Math.log10(largest) / 1000)));
}

describe("mc146818 answers as QEMU's", () => {
  const POWER_ON = Date.UTC(2024, 1, 28, 23, 59, 50) / 1000;

  it.each([1, 2, 3, 4])("random use, seed %i", async (seed) => {
    const bench = new PcBench(["-rtc", "base=2024-02-28T23:59:50,clock=vm"], seed % 2 ? 10 : 5);
    const rtc = new Mc146818(bench.clock, bench.line(8));
    rtc.setTime(POWER_ON);
    rtc.fill(pcCmos({ ramBelow4g: 64 * 2 ** 20, ramAbove4g: 0, cpus: 1, boot: "cad", floppies: 1 }));
    rtc.reset();
    bench.map(0x70, 2, bytewise(rtc));
    const readAt = (index: number): void => {
      bench.write(0x70, index);
      bench.read(0x71);
    };
    const writeAt = (index: number, value: number): void => {
      bench.write(0x70, index);
      bench.write(0x71, value);
    };
    const random = seeded(seed);
    let b = 2;
    const number = (below: number, from = 0): number => {
      const value = from + random(below);
      return b & 4 ? value : Math.floor(value / 10) * 16 + (value % 10);
    };
    const hour = (): number => (b & 2 ? number(24) : number(12, 1) | (random(2) << 7));
    const setTime = () => {
      const values = [number(60), number(60), hour(), number(7, 1), number(28, 1), number(12, 1), number(100)];
      for (const [at, index] of [0, 2, 4, 6, 7, 8, 9].entries()) if (random(2)) writeAt(index, values[at]!);
    };
    const setAlarm = () => {
      const values = [number(60), number(60), hour()];
      for (const at of [0, 1, 2]) writeAt(2 * at + 1, random(2) ? values[at]! : 0xc0 + random(64));
    };
    for (let step = 0; step < 1500; step++) {
      switch (random(10)) {
        case 0:
          writeAt(0x0a, (random(4) ? 0x20 : random(8) << 4) | random(16));
          break;
        case 1: {
          const formats = b & 6;
          b = random(2) ? random(256) & 0x78 : random(256);
          if (random(4)) b = (b & ~6) | formats;
          writeAt(0x0b, b);
          if ((b & 6) === formats) break;
          setAlarm();
          setTime();
          break;
        }
        case 2:
          setTime();
          break;
        case 3:
          setAlarm();
          break;
        case 4:
          readAt(random(4) ? 0x0c : random(256));
          break;
        case 5:
          readAt(0x0a);
          break;
        case 6:
          for (let index = 0; index < 14; index++) readAt(index);
          readAt(random(2) ? 0x32 : 0x37);
          bench.read(0x70);
          break;
        default:
          bench.pass(someTime(random, seed % 2 ? 3e9 : 1e8));
      }
      if (random(2)) bench.interrupts();
    }
    await bench.compare();
  });
});

const GB = 2 ** 30;

describe("the CMOS memory says what QEMU's says", () => {
  it.each([
    [["-m", "64"], { ramBelow4g: 64 * 2 ** 20, boot: "cad", floppies: 1 }],
    [["-m", "15", "-nodefaults", "-boot", "dc"], { ramBelow4g: 15 * 2 ** 20, boot: "dc", floppies: 0 }],
    [["-m", "1100", "-vga", "none", "-boot", "n"], { ramBelow4g: 1100 * 2 ** 20, boot: "n", floppies: 1 }],
    [["-m", "5G", "-boot", "order=abn"], { ramBelow4g: 3 * GB, ramAbove4g: 2 * GB, boot: "abn", floppies: 1 }],
    [
      ["-m", "2G", "-M", "max-ram-below-4g=1G", "-smp", "3"],
      { ramBelow4g: GB, ramAbove4g: GB, cpus: 3, boot: "cad", floppies: 1 },
    ],
  ])("%j", async (args, equipment) => {
    const bench = new PcBench(["-rtc", "base=2024-02-28T23:59:50,clock=vm", ...args]);
    const rtc = new Mc146818(bench.clock, bench.line(8));
    rtc.setTime(Date.UTC(2024, 1, 28, 23, 59, 50) / 1000);
    rtc.fill(pcCmos({ ramAbove4g: 0, cpus: 1, ...equipment }));
    bench.map(0x70, 2, bytewise(rtc));
    for (let index = 0; index < 0x80; index++) {
      bench.write(0x70, index);
      bench.read(0x71);
    }
    await bench.compare();
  });
});

it("clock and UART keep what QEMU's keep over a reset", async () => {
  const qemu = new Qtest(["-rtc", "clock=vm"], "pc");
  const clock = new HandClock();
  const [rtc, uart] = [new Mc146818(clock, line), new Ns16550(clock, line, () => {})];
  const write = async (port: number, value: number): Promise<void> => {
    if (port < 0x72) rtc.write(port - 0x70, 1, value);
    else uart.write(port - 0x3f8, 1, value);
    await qemu.writePort(port, value);
  };
  const same = async (port: number): Promise<void> => {
    const ours = port < 0x72 ? rtc.read(port - 0x70, 1) : uart.read(port - 0x3f8, 1);
    expect(`${port.toString(16)}: ${ours}`).toBe(`${port.toString(16)}: ${await qemu.readPort(port)}`);
  };
  try {
    for (const shutdown of [5, 0xfe]) {
      for (const [index, value] of [
        [0x0f, shutdown],
        [0x0b, 0xfe],
        [0x50, 0x12],
        [0x0a, 0x2a],
      ] as const) {
        // prettier-ignore
        await write(0x70, index);
        await write(0x71, value);
      }
      for (const [port, value] of [[1, 7], [3, 3], [4, 0x13], [2, 0xc1], [0, 0x41], [7, 0x5a]] as const) await write(0x3f8 + port, value); // prettier-ignore
      await qemu.writePort(0x64, 0xfe);
      for (let waited = 0; (await qemu.readPort(0x3ff)) !== 0 && waited < 500; waited++) await sleep(10);
      rtc.reset();
      uart.reset();
      await same(0x71);
      for (const index of [0x0a, 0x0b, 0x0c, 0x0d, 0x0f, 0x50]) {
        await write(0x70, index);
        await same(0x71);
      }
      for (let port = 1; port < 8; port++) await same(0x3f8 + port);
      // The FIFOs are still on: a byte in the loop waits in them.
      await write(0x3fc, 0x10);
      for (const byte of [1, 2]) await write(0x3f8, byte);
      for (const port of [0x3f8, 0x3fd, 0x3f8, 0x3fd]) await same(port);
    }
  } finally {
    qemu.end();
  }
});

describe("ns16550 answers as QEMU's", () => {
  it.each([1, 2, 3, 4])("random use, seed %i", async (seed) => {
    const bench = new PcBench([], seed % 2 ? 10 : 5);
    const random = seeded(seed);
    const uart = new Ns16550(bench.clock, bench.line(4), () => {});
    bench.map(0x3f8, 8, bytewise(uart));
    for (let step = 0; step < 2500; step++) {
      switch (random(8)) {
        case 0:
          bench.write(0x3fa, random(2) ? 1 | random(256) : random(256));
          break;
        case 1:
          bench.write(0x3fb, random(128) | (random(8) ? 0 : 0x80));
          break;
        case 2:
          bench.write(0x3fc, random(2) ? 0x10 : random(256));
          break;
        case 3:
          bench.write(0x3f9, random(2) ? 7 : random(256));
          break;
        case 4:
          bench.write(0x3f8 + random(8), random(256));
          break;
        case 5:
          bench.write(0x3f8, random(256));
          break;
        case 6:
          bench.pass(someTime(random, 3e7));
          break;
        default:
          bench.read(0x3f8 + random(7), random(2) ? 1 : 2);
      }
      if (random(2)) bench.interrupts();
    }
    await bench.compare();
  });
});

describe("i8042 answers as QEMU's", () => {
  // Without those that reset the machine.
  const COMMANDS = [
    0x20, 0x60, 0xa7, 0xa8, 0xa9, 0xaa, 0xab, 0xad, 0xae, 0xc0, 0xd0, 0xd1, 0xd2, 0xd3, 0xd4, 0xdd, 0xdf, 0xff,
  ];
  const RATES = [200, 100, 80];

  it.each([1, 2, 3, 4])("random use, seed %i", async (seed) => {
    const bench = new PcBench();
    const random = seeded(seed);
    const device = new I8042({ keyboard: bench.line(1), mouse: bench.line(12), a20: line, requestReset: () => {} });
    bench.map(0x60, 1, device.data);
    bench.map(0x64, 1, device.command);
    const byte = (): number => (random(2) ? 0xe0 + random(32) : random(3) ? RATES[random(3)]! : random(256));
    const command = (value: number): void => {
      bench.write(0x64, value);
      bench.read(0x64);
      if (value === 0xd1) bench.write(0x60, 1 | random(256));
      else if (value === 0x60) bench.write(0x60, random(2) ? 0x43 : random(256));
    };
    for (let step = 0; step < 3000; step++) {
      switch (random(6)) {
        case 0:
          command(COMMANDS[random(COMMANDS.length)]!);
          break;
        case 1:
          bench.write(0x60, byte());
          break;
        case 2:
          command(0xd4);
          bench.write(0x60, byte());
          break;
        case 3:
          for (const rate of random(2) ? [200, 100, 80] : [200, 200, 80]) {
            command(0xd4);
            bench.write(0x60, 0xf3);
            command(0xd4);
            bench.write(0x60, rate);
          }
          break;
        default:
          for (let count = random(8); count > 0; count--) bench.read(0x60 + 4 * random(2), random(8) ? 1 : 2);
      }
      bench.read(0x64);
      if (random(2)) bench.interrupts();
    }
    await bench.compare();
  });
});

it("i8257 and the pages of DMA answer as QEMU's", async () => {
  const bench = new PcBench();
  const random = seeded(1);
  const dma = new I8257();
  const ranges = [
    [0, 16, dma.first],
    [0xc0, 32, dma.second],
    [0x80, 16, dma.pages],
  ] as const;
  for (const [first, count, device] of ranges) bench.map(first, count, device);
  for (let step = 0; step < 3000; step++) {
    const [first, count] = ranges[random(3)]!;
    if (random(2)) bench.write(first + random(count), random(256));
    else bench.read(first + random(count));
  }
  await bench.compare();
});

it("an IDE controller without drives answers as QEMU's", async () => {
  const bench = new PcBench(["-nodefaults"]);
  const random = seeded(1);
  const ide = new PiixIde([bench.line(14), bench.line(15)]);
  // The bus masters, in function 1 of the PIIX3.
  for (const [register, value] of [
    [0x20, 0xc001],
    [4, 5],
  ] as const) {
    // prettier-ignore
    bench.program.write(0xcf8, 0x8000_0900 + register, 4);
    bench.program.write(0xcfc, value, 4);
  }
  bench.map(0x1f0, 8, ide.commands[0]);
  bench.map(0x170, 8, ide.commands[1]);
  bench.map(0x3f6, 1, ide.controls[0]);
  bench.map(0x376, 1, ide.controls[1]);
  bench.map(0xc000, 16, ide.busMaster);
  const port = (): number => [0x1f0 + random(8), 0x170 + random(8), 0x3f6, 0x376, 0xc000 + random(16)][random(5)]!;
  for (let step = 0; step < 2000; step++) {
    if (random(2)) bench.read(port());
    else {
      const to = port();
      // A reset by the control register ends later.
      if (to >= 0xc000) bench.write(to, random(2 ** 31), ([1, 2, 4] as const)[random(3)]!);
      else bench.write(to, to === 0x3f6 || to === 0x376 ? random(4) : random(4) ? random(256) : 0xec);
    }
    if (random(3) === 0) bench.interrupts();
  }
  await bench.compare();
});
