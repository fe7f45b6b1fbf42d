import {
  type Bus,
  type Door,
  FwCfg,
  type GuestMemory,
  type HostPort,
  type Line,
  type LocalApic,
  type MemoryBlock,
  type Stateful,
  type VirtualClock,
} from "../../hardware/index.ts";
import type { Images } from "../machine.ts";
import { AddressSpace } from "./address-space.ts";
import type { PcConfiguration } from "./configuration.ts";
import { firmwareItems } from "./firmware/items.ts";
import { splitRam } from "./firmware/ram.ts";
import { PcInterrupts } from "./interrupts.ts";
import { IsaDevices } from "./isa.ts";
import { memoryMap } from "./memory-map.ts";
import { PciDevices } from "./pci.ts";

/** What the engine side hands to the board. */
export interface PcDependencies {
  readonly configuration: PcConfiguration;
  readonly images: Images;
  readonly clock: VirtualClock;
  /** RAM, by physical addresses. */
  readonly memory: GuestMemory;
  block(name: string): MemoryBlock;
  /** The CPU's interrupt line, for whatever the processor is asked. */
  readonly intr: Line;
  /** The gate of address line 20. */
  readonly a20: Line;
  /** A device asks for a reset of the machine, or for its end. */
  request(request: "reset" | "shutdown"): void;
  /** Bytes leave host port `port`, in the step in execution. */
  send(port: number, bytes: Uint8Array): void;
}

/** QEMU's `pc` (i440FX and PIIX3), all but the CPU. */
export class PcBoard {
  readonly bus: Bus;
  readonly portBus: Bus;
  /** All device state, in the fixed order of snapshots and hashes. */
  readonly devices: readonly (Stateful & { powerOn(): void })[];
  readonly ports: readonly HostPort[];
  readonly apic: LocalApic;
  private readonly isa: IsaDevices;

  constructor(private readonly dependencies: PcDependencies) {
    const { block, configuration, memory, request } = dependencies;
    const { vga, ramBytes, maxRamBelow4g } = configuration;
    const { below4G } = splitRam(ramBytes, maxRamBelow4g);
    const [ram, bios, optionRoms] = [block("ram"), block("bios"), block("option-roms")];
    const space = new AddressSpace({ ram, low: below4G, bios, optionRoms });
    this.bus = space.memory;
    this.portBus = space.ports;

    const interrupts = new PcInterrupts({ ...dependencies, init: () => request("reset") });
    this.apic = interrupts.apic;
    space.addDevice("ioapic", memoryMap.ioapic.base, memoryMap.ioapic.size, interrupts.ioapic);
    space.addDevice("apic", memoryMap.apic.base, memoryMap.apic.size, this.apic, true);
    const fwCfg = new FwCfg(memory, firmwareItems(this.firmware()));
    this.isa = new IsaDevices(space, { ...dependencies, interrupts, fwCfg });
    const video = vga === false ? undefined : { memory: block("vram"), rom: block("vga-rom") };
    const pci = new PciDevices(space, { ram, pm: this.isa.pm, video });
    // Who has inputs comes before those who drive them: they are low after a reset.
    const { apic, ioapic, pic } = interrupts;
    this.devices = [apic, ioapic, pic, ...this.isa.devices, ...pci.devices];
    this.ports = this.isa.hostPorts;
  }

  private firmware(): Parameters<typeof firmwareItems>[0] {
    const { acpi, hpet, maxRamBelow4g, ramBytes, serials, vga } = this.dependencies.configuration;
    return {
      ...{ ramBytes, maxRamBelow4G: maxRamBelow4g, acpi: acpi !== false, hpet: hpet !== false, vga: vga !== false },
      ...{ cpu: { signature: 0x60fb1, features: 0x078b_fbfd, amd: true }, serialPorts: serials ?? 1 },
      ...{ noGraphic: false, parallelPort: false, floppyDrive: false },
    };
  }

  /** Power-on, or a reset: devices, then ROMs. */
  powerOn(door: Door, position: number, cold: boolean): void {
    for (const device of this.devices) {
      if (cold) device.powerOn();
      else device.reset();
    }
    if (!cold) return;
    const { block, configuration, images } = this.dependencies;
    this.isa.fillCmos(configuration.rtcBase ?? door.realTime(position));
    block("bios").write(0, images["firmware"]!);
    if (configuration.vga !== false) block("vga-rom").write(0, images["vgarom"]!);
  }
}
