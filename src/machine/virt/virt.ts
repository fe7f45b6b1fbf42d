import {
  ArmPmu,
  ArmTimer,
  bootItems,
  Bus,
  CfiFlash,
  type Door,
  emptyPcieWindow,
  type FlashCells,
  FwCfg,
  type FwCfgFile,
  fwCfgItems,
  FwCfgKey,
  Gicv2,
  Gicv2m,
  type GuestMemory,
  type HostPort,
  type Line,
  littleEndian,
  PcieHost,
  Pl011,
  Pl031,
  Pl061,
  SeldomUsed,
  Sp805,
  type Stateful,
  type VirtualClock,
  VirtioMmio,
} from "../../hardware/index.ts";
import { assert } from "../../base/index.ts";
import type { Images, MachineConfiguration } from "../machine.ts";
import { type BootPlan, planBoot } from "./boot.ts";
import type { VirtConfiguration } from "./configuration.ts";
import { SEED_BYTES } from "./device-tree.ts";
import { guestTree } from "./guest-tree.ts";
import { memoryMap, MESSAGE_SPIS, ppi, ppiId, spi, spiId } from "./memory-map.ts";
import { psciCall, type PsciOutcome, type PsciRegisters } from "./psci.ts";

/** What the engine side hands to the board. */
export interface VirtDependencies {
  readonly configuration: Pick<
    VirtConfiguration,
    "ramBytes" | "append" | "randomness" | "shift" | "semantics" | "watchdog"
  >;
  readonly images: Images;
  readonly clock: VirtualClock;
  readonly memory: GuestMemory;
  /** The cells of a bank of flash; asked for where `hasFlash`. */
  flash(bank: number, bus: Bus): FlashCells;
  /** The CPU's IRQ input: set on every change, and by reset and load to the level of the state. */
  readonly irq: Line;
  /** Performance counters may have overflowed: the CPU looks at them. */
  countersDue(): void;
  /** A device asks for a reset of the machine, between two steps. */
  reset(): void;
  /** Bytes leave host port `port`, in the step in execution. */
  send(port: number, bytes: Uint8Array): void;
}

/** Where the CPU starts: EL1h, DAIF masked, Z set as in QEMU, every X register zero. */
export interface PowerOnState {
  readonly pc: bigint;
}

const DISTRIBUTOR_BYTES = 0x1000;
const CPU_INTERFACE_BYTES = 0x2000;
const PAGE_BYTES = 4096;

const FILES: readonly FwCfgFile[] = [
  { name: "bootorder", bytes: new Uint8Array() },
  { name: "etc/boot-fail-wait", bytes: Uint8Array.of(0xff, 0xff, 0xff, 0xff) },
];

/** The semantics that has flash, PCIe and its messages in every machine. Before, only firmware found them. */
const ALL_DEVICES = 5;

/** Whether a machine has flash, and PCIe. */
export function hasFlash({ semantics }: Pick<MachineConfiguration, "semantics">, { firmware }: Images): boolean {
  return semantics >= ALL_DEVICES || firmware !== undefined;
}

/** QEMU's `virt`, all but the CPU and RAM. */
export class VirtBoard {
  readonly bus = new Bus();
  /** All device state, in the fixed order of snapshots and hashes. */
  readonly devices: readonly Stateful[];
  /** The CPU's timer system registers. */
  readonly timer: ArmTimer;
  /** The interrupt of the CPU's performance counters. */
  readonly pmu: ArmPmu;

  /** The serial port. */
  readonly ports: readonly HostPort[];
  private readonly rtc: Pl031;
  /** Of the firmware's bank. */
  private cells: FlashCells | undefined;
  private readonly plan: BootPlan;

  /** Throws UserError for images that cannot be booted. */
  constructor(private readonly dependencies: VirtDependencies) {
    const { clock, configuration, images, irq, memory } = dependencies;
    this.plan = planBoot(images, configuration.ramBytes, configuration.append, configuration.semantics);

    const gic = new Gicv2(irq);
    const shared = (number: number): Line => gic.input(spiId(number));
    this.timer = new ArmTimer(clock, gic.input(ppiId(ppi.physicalTimer)), gic.input(ppiId(ppi.virtualTimer)));
    const { countersDue } = dependencies;
    this.pmu = new ArmPmu(clock, gic.input(ppiId(ppi.counters)), 2 ** configuration.shift, countersDue);
    const uart = new Pl011(shared(spi.uart), (bytes) => dependencies.send(0, bytes));
    this.ports = [uart];
    this.rtc = new Pl031(clock, shared(spi.rtc));
    const { offered } = this.plan;
    const items = fwCfgItems([[FwCfgKey.CPUS, littleEndian(2, 1)], ...(offered ? bootItems(offered) : [])], FILES);
    const fwCfg = new FwCfg(memory, items);
    const transports = Array.from({ length: memoryMap.virtio.count }, (_, index) => new VirtioMmio(index));
    const key = this.plan.firmware ? [] : [this.powerKey(shared)];
    const watchdog = configuration.watchdog ? [this.watchdog(shared)] : [];
    const others = hasFlash(configuration, images) ? this.flashAndPcie(shared) : [];
    const last = configuration.semantics >= ALL_DEVICES ? [new SeldomUsed(others)] : others;
    this.devices = [gic, this.timer, this.pmu, uart, this.rtc, ...key, fwCfg, ...transports, ...watchdog, ...last];

    const { bus } = this;
    bus.map(memoryMap.gicDistributor.base, DISTRIBUTOR_BYTES, gic.distributor);
    bus.map(memoryMap.gicCpuInterface.base, CPU_INTERFACE_BYTES, gic.cpuInterface);
    bus.map(memoryMap.uart.base, memoryMap.uart.size, uart);
    bus.map(memoryMap.rtc.base, memoryMap.rtc.size, this.rtc);
    bus.map(memoryMap.fwCfg.base, memoryMap.fwCfg.size, fwCfg);
    const { base, size } = memoryMap.virtio;
    transports.forEach((transport, index) => bus.map(base + index * size, size, transport));
  }

  private powerKey(shared: (number: number) => Line): Stateful {
    const gpio = new Pl061(shared(spi.gpio));
    this.bus.map(memoryMap.gpio.base, memoryMap.gpio.size, gpio);
    return gpio;
  }

  private watchdog(shared: (number: number) => Line): Stateful {
    const { clock, reset } = this.dependencies;
    const watchdog = new Sp805(clock, shared(spi.watchdog), reset);
    this.bus.map(memoryMap.watchdog.base, memoryMap.watchdog.size, watchdog);
    return watchdog;
  }

  /** What our tree lists for firmware only, and QEMU's always: see docs/decisions/0010. */
  private flashAndPcie(shared: (number: number) => Line): Stateful[] {
    const { bus, dependencies } = this;
    const { flash, gicv2m, pcieConfiguration, pcieHighMemory, pcieMemory, pciePorts } = memoryMap;
    const banks = Array.from({ length: flash.count }, (_, bank) => {
      const cells = dependencies.flash(bank, bus);
      if (bank === 0) this.cells = cells;
      const chip = new CfiFlash(bank, cells);
      bus.map(flash.base + bank * flash.size, flash.size, chip);
      return chip;
    });
    const lines = Array.from({ length: MESSAGE_SPIS }, (_, n) => shared(spi.messages + n));
    const frame = new Gicv2m(spiId(spi.messages), lines);
    const host = new PcieHost();
    bus.map(gicv2m.base, gicv2m.size, frame);
    bus.map(pcieConfiguration.base, pcieConfiguration.size, host);
    for (const { base, size } of [pcieMemory, pciePorts, pcieHighMemory]) bus.map(base, size, emptyPcieWindow);
    return [...banks, frame, host];
  }

  /**
   * Power-on and reset: all devices as at power-on, then the images written into RAM (which the caller has
   * zeroed at power-on, and leaves alone at a guest's reset). Asks the door for entropy at `position`, and for
   * the real time when `cold`. Throws UserError for a damaged device tree.
   */
  powerOn(door: Door, position: number, cold: boolean): PowerOnState {
    for (const device of this.devices) device.reset();
    if (cold) this.rtc.setBase(door.realTime(position));
    for (const { address, bytes, memoryBytes } of this.plan.segments) {
      this.store(address, bytes);
      if (memoryBytes > bytes.length) this.store(address + bytes.length, new Uint8Array(memoryBytes - bytes.length));
    }
    this.storeFirmware();
    this.storeTree(door, position);
    return { pc: BigInt(this.plan.pc) };
  }

  /** An HVC of any immediate; X0 holds the result afterwards. "shutdown" and "reset" take effect at the end of the step. */
  hypercall(registers: PsciRegisters): PsciOutcome {
    return psciCall(registers);
  }

  private storeFirmware(): void {
    const { firmware } = this.plan;
    if (!firmware || !this.cells) return;
    for (let at = 0; at < firmware.length; at += PAGE_BYTES)
      this.cells.write(at, firmware.subarray(at, at + PAGE_BYTES));
  }

  private storeTree(door: Door, position: number): void {
    const { tree } = this.plan;
    if (!tree) return;
    const { configuration, images } = this.dependencies;
    const seed = configuration.randomness ? door.entropy(position, SEED_BYTES) : undefined;
    this.store(tree.address, guestTree(this.plan, images, configuration, seed)!);
  }

  private store(address: number, bytes: Uint8Array): void {
    assert(this.dependencies.memory.write(address, bytes), `no RAM at 0x${address.toString(16)}`);
  }
}
