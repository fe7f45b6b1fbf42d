import { ByteWriter } from "../../base/index.ts";
import {
  ArmPmu,
  ArmTimer,
  CfiFlash,
  FwCfg,
  Gicv2,
  Gicv2m,
  type MmioDevice,
  PcieHost,
  Pl011,
  Pl031,
  Pl061,
  Sp805,
  type Stateful,
  type Timer,
  VirtioMmio,
} from "../index.ts";

const line = { set: () => {} };
const clock = { nowNs: () => 12_345_678_901, position: () => 7, setDeadline: () => {} };
const cells = { read: (_: number, length: number) => new Uint8Array(length), write: () => {}, show: () => {} };
const memory = { read: () => undefined, write: () => false };

/** Numbers that are the same in every run: unsigned 32 bits, or below `bound`. */
export type Random = (bound?: number) => number;

export function seeded(seed: number): Random {
  let state = seed;
  return (bound = 2 ** 32) => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    const mixed = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) >>> 0;
    return Math.floor((mixed / 2 ** 32) * bound);
  };
}

/** A device on its own, for tests of its state. */
export interface Sample {
  readonly device: Stateful;
  /** Brings it into some state away from power-on. */
  use(): void;
  /** Something that its guest or its surroundings do. */
  step(random: Random): void;
}

/** One of each device. */
export const samples: readonly (() => Sample)[] = [
  () => {
    const device = new Gicv2(line);
    const { distributor, cpuInterface } = device;
    return {
      device,
      use() {
        device.setInput(33, true);
        pokeAll(distributor);
        pokeAll(cpuInterface);
        device.acknowledge();
      },
      step(random) {
        const what = random(4);
        if (what === 0) device.setInput(16 + random(272), random(2) === 1);
        else if (what === 1) poke(cpuInterface, 0x100, random);
        else if (what === 2) poke(distributor, 0x1000, random);
        else device.acknowledge();
      },
    };
  },
  () => {
    const device = new ArmTimer(clock, line, line);
    return {
      device,
      use: () => [0, 1, 3, 5].forEach((register) => device.write(register as 0, 0xfedc_ba98_7654_3211n)),
      step: (random) => device.write(random(6) as 0, BigInt(random()) * 2n ** 32n + BigInt(random())),
    };
  },
  () => {
    const device = new ArmPmu(clock, line, 1, () => {});
    return {
      device,
      use: () => device.changed(true, 3000, undefined),
      step: (random) => device.changed(true, random(2) ? random() : undefined, random(2) ? random() : undefined),
    };
  },
  () => {
    const device = new Pl011(line, () => {});
    return {
      device,
      use() {
        pokeAll(device);
        device.write(0x2c, 4, 0x10);
        device.receive(Uint8Array.of(1, 2, 3));
        device.receiveBreak();
        device.read(0, 4);
      },
      step(random) {
        const what = random(5);
        if (what === 0) device.receive(Uint8Array.of(random(256), random(256)));
        else if (what === 1) device.receiveBreak();
        else if (what === 2) device.read(0, 4);
        else poke(device, 0x50, random);
      },
    };
  },
  () => {
    const device = new Pl031(clock, line);
    return {
      device,
      use() {
        device.setBase(1_800_000_000);
        pokeAll(device);
      },
      step(random) {
        const what = random(3);
        if (what === 0) device.setBase(random(2 ** 20));
        else if (what === 1) device.write(4, 4, random(2 ** 22));
        else poke(device, 0x20, random);
      },
    };
  },
  () => {
    const device = new Pl061(line);
    return {
      device,
      use: () => pokeAll(device),
      step: (random) => (random(3) ? poke(device, 0x424, random) : device.setInput(random(8), random(2) === 1)),
    };
  },
  () => {
    const device = new FwCfg(memory, [], 1);
    return {
      device,
      use() {
        device.write(8, 2, 0x0100);
        device.read(0, 2);
        device.write(0x10, 4, 5);
      },
      step(random) {
        if (random(2)) device.write(8, 2, random(0x20) << 8);
        device.read(0, 2);
        device.write(0x10, 4, random());
      },
    };
  },
  () => {
    const device = new VirtioMmio(0);
    return { device, use: () => pokeAll(device), step: (random) => poke(device, 0x200, random) };
  },
  () => {
    const device = new PcieHost();
    return { device, use: () => pokeAll(device), step: (random) => poke(device, 0x100, random) };
  },
  () => {
    const device = new Gicv2m(80, [line]);
    return { device, use: () => pokeAll(device), step: (random) => poke(device, 0x1000, random) };
  },
  () => {
    const device = new CfiFlash(0, cells);
    const commands = [0x40, 0x20, 0x60, 0x70, 0x90, 0x98, 0xe8, 0xe8, 0xe8, 0xff, 0xd0, 0x01];
    return {
      device,
      use() {
        device.write(0, 2, 0xe8);
        device.write(0, 2, 0x123);
      },
      step: (random) => device.write(random(0x2000) * 2, 2, random(3) ? commands[random(12)]! : random(2 ** 16)),
    };
  },
  () => {
    let due: Timer | undefined;
    const setDeadline = (timer: Timer, ns: number | undefined) => void (due = ns === undefined ? undefined : timer);
    const device = new Sp805({ ...clock, setDeadline }, line, () => {});
    return {
      device,
      use() {
        device.write(0, 4, 24_000_000);
        device.write(8, 4, 3);
        due?.expire();
        device.write(0xc00, 4, 1);
      },
      step(random) {
        if (random(2)) poke(device, 0x18, random);
        else if (random(2)) device.write(0xc00, 4, random(3) ? 0x1acce551 : 0);
        else due?.expire();
      },
    };
  },
];

function pokeAll(device: MmioDevice): void {
  for (let offset = 0; offset < 0x1000; offset += 4) device.write(offset, 4, (offset * 0x9e3779b1) >>> 0);
}

function poke(device: MmioDevice, bytes: number, random: Random): void {
  device.write(4 * random(bytes / 4), 4, random());
}

export function stateBytes(device: Stateful): Uint8Array<ArrayBuffer> {
  const to = new ByteWriter();
  device.save(to);
  return to.finish();
}
