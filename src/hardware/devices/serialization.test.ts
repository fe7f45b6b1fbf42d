import { describe, expect, it } from "vitest";
import { ByteReader, ByteWriter, UserError } from "../../base/index.ts";
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
  type Stateful,
  VirtioMmio,
} from "../index.ts";

const line = { set: () => {} };
const clock = { nowNs: () => 12_345_678_901, position: () => 7, setDeadline: () => {} };
const cells = { read: (_: number, length: number) => new Uint8Array(length), write: () => {}, show: () => {} };
const memory = { read: () => undefined, write: () => false };

interface Sample {
  readonly create: () => Stateful;
  /** Brings it into some state away from power-on. */
  readonly use: (device: never) => void;
}

function pokeAll(device: MmioDevice): void {
  for (let offset = 0; offset < 0x1000; offset += 4) device.write(offset, 4, (offset * 0x9e3779b1) >>> 0);
}

const samples: readonly Sample[] = [
  {
    create: () => new Gicv2(line),
    use: (gic: Gicv2) => {
      gic.setInput(33, true);
      pokeAll(gic.distributor);
      pokeAll(gic.cpuInterface);
      gic.acknowledge();
    },
  },
  {
    create: () => new ArmTimer(clock, line, line),
    use: (timer: ArmTimer) => [0, 1, 3, 5].forEach((register) => timer.write(register as 0, 0xfedc_ba98_7654_3211n)),
  },
  {
    create: () => new ArmPmu(clock, line, 1, () => {}),
    use: (pmu: ArmPmu) => pmu.changed(true, 3000, undefined),
  },
  {
    create: () => new Pl011(line, () => {}),
    use: (uart: Pl011) => {
      pokeAll(uart);
      uart.write(0x2c, 4, 0x10);
      uart.receive(Uint8Array.of(1, 2, 3));
      uart.receiveBreak();
      uart.read(0, 4);
    },
  },
  {
    create: () => new Pl031(clock, line),
    use: (rtc: Pl031) => {
      rtc.setBase(1_800_000_000);
      pokeAll(rtc);
    },
  },
  { create: () => new Pl061(line), use: pokeAll },
  {
    create: () => new FwCfg(memory, [], 1),
    use: (fwCfg: FwCfg) => {
      fwCfg.write(8, 2, 0x0100);
      fwCfg.read(0, 2);
      fwCfg.write(0x10, 4, 5);
    },
  },
  { create: () => new VirtioMmio(0), use: pokeAll },
  { create: () => new PcieHost(), use: pokeAll },
  { create: () => new Gicv2m(80, [line]), use: pokeAll },
  {
    create: () => new CfiFlash(0, cells),
    use: (flash: CfiFlash) => {
      flash.write(0, 2, 0xe8);
      flash.write(0, 2, 0x123);
    },
  },
];

function save(device: Stateful): Uint8Array<ArrayBuffer> {
  const to = new ByteWriter();
  device.save(to);
  return to.finish();
}

describe.each(samples.map((sample) => [sample.create().name, sample] as const))("state of %s", (_, { create, use }) => {
  const used = create();
  use(used as never);
  const bytes = save(used);

  it("loads to equal bytes, into a fresh and into a used device", () => {
    for (const device of [create(), used]) {
      const from = new ByteReader(bytes);
      device.load(from);
      expect(from.remaining).toBe(0);
      expect(save(device)).toEqual(bytes);
    }
  });

  it("is as at power-on after a reset", () => {
    const device = create();
    const fresh = save(device);
    device.load(new ByteReader(bytes));
    device.reset();
    // The time of day outlives a reset, and the wires into the GIC are others' to lower.
    if (device.name === "gicv2" || device.name === "pl031") expect(save(device)).not.toEqual(bytes);
    else expect(save(device)).toEqual(fresh);
  });

  it("refuses bytes that end early, and takes or refuses any others without a crash", () => {
    for (let length = 0; length < bytes.length; length++) {
      expect(() => create().load(new ByteReader(bytes.subarray(0, length)))).toThrow(UserError);
    }
    let random = 1;
    for (let round = 0; round < 50; round++) {
      const noise = Uint8Array.from({ length: 1000 }, () => (random = (random * 1103515245 + 12345) >>> 0) >>> 24);
      const device = create();
      try {
        device.load(new ByteReader(noise));
        use(device as never);
        save(device);
      } catch (error) {
        expect(error).toBeInstanceOf(UserError);
      }
    }
  });
});
