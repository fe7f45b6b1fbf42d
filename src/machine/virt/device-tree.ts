import { memoryMap, ppi, spi } from "./memory-map.ts";
import { cells, type Fdt, flag, type FdtNode, node, readFdt, strings } from "./fdt.ts";

/** What the boot loader decides and the guest reads in /chosen. */
export interface Chosen {
  readonly ramBytes: number;
  /** Empty: no bootargs. */
  readonly append: string;
  /** Physical addresses; `end` is exclusive. */
  readonly initrd?: { readonly start: number; readonly end: number } | undefined;
  /** The tree is firmware's: with flash and PCIe, without a power key. */
  readonly firmware?: boolean;
  /** There is a watchdog, which QEMU's board lacks. */
  readonly watchdog?: boolean;
  /** SEED_BYTES of entropy; undefined leaves the seeds out, and a user's own as they are. */
  readonly seed?: Uint8Array | undefined;
}

const KASLR_SEED_BYTES = 8;
const RNG_SEED_BYTES = 32;
export const SEED_BYTES = KASLR_SEED_BYTES + RNG_SEED_BYTES;

const Handle = { clock: 0x8000, cpu: 0x8001, gic: 0x8002, gicv2m: 0x8003, gpio: 0x8004 } as const;

const SPI = 0;
const PPI = 1;
const EDGE_RISING = 1;
const LEVEL_HIGH = 4;
/** Level, high, for CPU 0: the third cell of a PPI. */
const PPI_LEVEL_CPU0 = 0x104;
const KEY_POWER = 116;
const POWER_GPIO = 3;

/** The tree of QEMU's `virt` with one cortex-a53, in QEMU's order; docs/decisions/0010 says what is left out. */
export function virtTree(chosen: Chosen): Fdt {
  const transports = Array.from({ length: memoryMap.virtio.count }, (_, index) => virtioNode(index));
  const root = node(
    "",
    {
      "interrupt-parent": cells(Handle.gic),
      model: strings("linux,dummy-virt"),
      "#size-cells": cells(2),
      "#address-cells": cells(2),
      compatible: strings("linux,dummy-virt"),
    },
    psciNode(),
    memoryNode(chosen.ramBytes),
    ...(chosen.firmware ? [platformBusNode()] : []),
    node("fw-cfg@9020000", {
      "dma-coherent": flag,
      reg: region(memoryMap.fwCfg),
      compatible: strings("qemu,fw-cfg-mmio"),
    }),
    ...transports,
    ...(chosen.firmware ? [pcieNode()] : [gpioKeysNode(), gpioNode()]),
    node("pl031@9010000", {
      "clock-names": strings("apb_pclk"),
      clocks: cells(Handle.clock),
      interrupts: cells(SPI, spi.rtc, LEVEL_HIGH),
      reg: region(memoryMap.rtc),
      compatible: strings("arm,pl031", "arm,primecell"),
    }),
    node("pl011@9000000", {
      "clock-names": strings("uartclk", "apb_pclk"),
      clocks: cells(Handle.clock, Handle.clock),
      interrupts: cells(SPI, spi.uart, LEVEL_HIGH),
      reg: region(memoryMap.uart),
      compatible: strings("arm,pl011", "arm,primecell"),
    }),
    ...(chosen.watchdog ? [watchdogNode()] : []),
    node("pmu", {
      interrupts: cells(PPI, ppi.counters, PPI_LEVEL_CPU0),
      compatible: strings("arm,armv8-pmuv3"),
    }),
    gicNode(chosen.firmware ? [gicv2mNode()] : []),
    ...(chosen.firmware ? [flashNode()] : []),
    cpusNode(),
    timerNode(),
    node("apb-pclk", {
      phandle: cells(Handle.clock),
      "clock-output-names": strings("clk24mhz"),
      "clock-frequency": cells(24_000_000),
      "#clock-cells": cells(0),
      compatible: strings("fixed-clock"),
    }),
    node("chosen", {
      "stdout-path": strings("/pl011@9000000"),
      ...(chosen.seed ? { "rng-seed": flag, "kaslr-seed": flag } : {}),
    }),
  );
  fillChosen(root, chosen);
  return { root, reservations: [], bootCpu: 0 };
}

/** A tree of the user's (-dtb): memory, PSCI and /chosen are made those of this machine. Throws UserError. */
export function patchTree(bytes: Uint8Array, chosen: Chosen): Fdt {
  const tree = readFdt(bytes);
  const { root } = tree;
  root.children = root.children.filter(({ name }) => !/^(memory(@.*)?|psci)$/.test(name));
  root.children.unshift(psciNode(), memoryNode(chosen.ramBytes));
  if (!root.children.some(({ name }) => name === "chosen")) root.children.push(node("chosen", {}));
  fillChosen(root, chosen);
  return tree;
}

/** New properties come first, as where they are added one by one. A tree without seeds stays without. */
function fillChosen(root: FdtNode, { append, initrd, seed }: Chosen): void {
  const chosen = root.children.find(({ name }) => name === "chosen")!;
  const added = new Map<string, Uint8Array>();
  if (initrd) {
    added.set("linux,initrd-end", cells(initrd.end));
    added.set("linux,initrd-start", cells(initrd.start));
  }
  if (append !== "") added.set("bootargs", strings(append));
  for (const [name, value] of chosen.properties) if (!added.has(name)) added.set(name, value);
  if (seed && added.has("kaslr-seed")) added.set("kaslr-seed", seed.slice(0, KASLR_SEED_BYTES));
  if (seed && added.has("rng-seed")) added.set("rng-seed", seed.slice(KASLR_SEED_BYTES, SEED_BYTES));
  chosen.properties = added;
}

function region({ base, size }: { readonly base: number; readonly size: number }): Uint8Array {
  return cells(0, base, 0, size);
}

function memoryNode(ramBytes: number): FdtNode {
  const { base } = memoryMap.ram;
  return node(`memory@${base.toString(16)}`, {
    reg: cells(0, base, Math.floor(ramBytes / 2 ** 32), ramBytes % 2 ** 32),
    device_type: strings("memory"),
  });
}

function psciNode(): FdtNode {
  return node("psci", {
    migrate: cells(0xc4000005),
    cpu_on: cells(0xc4000003),
    cpu_off: cells(0x84000002),
    cpu_suspend: cells(0xc4000001),
    method: strings("hvc"),
    compatible: strings("arm,psci-1.0", "arm,psci-0.2", "arm,psci"),
  });
}

function virtioNode(index: number): FdtNode {
  const base = memoryMap.virtio.base + index * memoryMap.virtio.size;
  return node(`virtio_mmio@${base.toString(16)}`, {
    "dma-coherent": flag,
    interrupts: cells(SPI, spi.virtio + index, EDGE_RISING),
    reg: region({ base, size: memoryMap.virtio.size }),
    compatible: strings("virtio,mmio"),
  });
}

function gpioKeysNode(): FdtNode {
  return node(
    "gpio-keys",
    { compatible: strings("gpio-keys") },
    node("poweroff", {
      gpios: cells(Handle.gpio, POWER_GPIO, 0),
      "linux,code": cells(KEY_POWER),
      label: strings("GPIO Key Poweroff"),
    }),
  );
}

function gpioNode(): FdtNode {
  return node("pl061@9030000", {
    phandle: cells(Handle.gpio),
    "clock-names": strings("apb_pclk"),
    clocks: cells(Handle.clock),
    interrupts: cells(SPI, spi.gpio, LEVEL_HIGH),
    "gpio-controller": flag,
    "#gpio-cells": cells(2),
    compatible: strings("arm,pl061", "arm,primecell"),
    reg: region(memoryMap.gpio),
  });
}

function watchdogNode(): FdtNode {
  return node(`watchdog@${memoryMap.watchdog.base.toString(16)}`, {
    "clock-names": strings("wdog_clk", "apb_pclk"),
    clocks: cells(Handle.clock, Handle.clock),
    interrupts: cells(SPI, spi.watchdog, LEVEL_HIGH),
    reg: region(memoryMap.watchdog),
    compatible: strings("arm,sp805", "arm,primecell"),
  });
}

function gicNode(frames: readonly FdtNode[]): FdtNode {
  const { gicDistributor, gicCpuInterface } = memoryMap;
  return node(
    "intc@8000000",
    {
      phandle: cells(Handle.gic),
      reg: cells(0, gicDistributor.base, 0, gicDistributor.size, 0, gicCpuInterface.base, 0, gicCpuInterface.size),
      compatible: strings("arm,cortex-a15-gic"),
      ranges: flag,
      "#size-cells": cells(2),
      "#address-cells": cells(2),
      "interrupt-controller": flag,
      "#interrupt-cells": cells(3),
    },
    ...frames,
  );
}

function gicv2mNode(): FdtNode {
  return node("v2m@8020000", {
    phandle: cells(Handle.gicv2m),
    reg: region(memoryMap.gicv2m),
    "msi-controller": flag,
    compatible: strings("arm,gic-v2m-frame"),
  });
}

function flashNode(): FdtNode {
  const { base, size } = memoryMap.flash;
  return node("flash@0", {
    "bank-width": cells(4),
    reg: cells(0, base, 0, size, 0, base + size, 0, size),
    compatible: strings("cfi-flash"),
  });
}

/** Room for devices that are plugged into the board itself: there are none. */
function platformBusNode(): FdtNode {
  const { base, size } = memoryMap.platformBus;
  return node("platform-bus@c000000", {
    "interrupt-parent": cells(Handle.gic),
    ranges: cells(0, 0, base, size),
    "#address-cells": cells(1),
    "#size-cells": cells(1),
    compatible: strings("qemu,platform", "simple-bus"),
  });
}

function pcieNode(): FdtNode {
  const { pcieConfiguration, pcieHighMemory, pcieMemory, pciePorts } = memoryMap;
  const four = [0, 1, 2, 3];
  return node("pcie@10000000", {
    "interrupt-map-mask": cells(0x1800, 0, 0, 7),
    // The pins of each slot are turned by one against those of the slot before.
    "interrupt-map": cells(
      ...four.flatMap((slot) =>
        four.flatMap((pin) => {
          const wire = spi.pcie + ((slot + pin) % 4);
          return [slot << 11, 0, 0, pin + 1, Handle.gic, 0, 0, SPI, wire, LEVEL_HIGH];
        }),
      ),
    ),
    "#interrupt-cells": cells(1),
    ranges: cells(
      ...[0x100_0000, ...wide(0), ...wide(pciePorts.base), ...wide(pciePorts.size)],
      ...[0x200_0000, ...wide(pcieMemory.base), ...wide(pcieMemory.base), ...wide(pcieMemory.size)],
      ...[0x300_0000, ...wide(pcieHighMemory.base), ...wide(pcieHighMemory.base), ...wide(pcieHighMemory.size)],
    ),
    reg: cells(...wide(pcieConfiguration.base), ...wide(pcieConfiguration.size)),
    "msi-map": cells(0, Handle.gicv2m, 0, 0x1_0000),
    "dma-coherent": flag,
    "bus-range": cells(0, 255),
    "linux,pci-domain": cells(0),
    "#size-cells": cells(2),
    "#address-cells": cells(3),
    device_type: strings("pci"),
    compatible: strings("pci-host-ecam-generic"),
  });
}

/** A number of 64 bits as two cells. */
function wide(value: number): [number, number] {
  return [Math.floor(value / 2 ** 32), value % 2 ** 32];
}

function cpusNode(): FdtNode {
  const core = node("core0", { cpu: cells(Handle.cpu) });
  return node(
    "cpus",
    { "#size-cells": cells(0), "#address-cells": cells(1) },
    node("cpu-map", {}, node("socket0", {}, node("cluster0", {}, core))),
    node("cpu@0", {
      phandle: cells(Handle.cpu),
      reg: cells(0),
      compatible: strings("arm,cortex-a53"),
      device_type: strings("cpu"),
    }),
  );
}

function timerNode(): FdtNode {
  const timers = [ppi.secureTimer, ppi.physicalTimer, ppi.virtualTimer, ppi.hypervisorTimer];
  return node("timer", {
    interrupts: cells(...timers.flatMap((number) => [PPI, number, PPI_LEVEL_CPU0])),
    "always-on": flag,
    compatible: strings("arm,armv8-timer", "arm,armv7-timer"),
  });
}
