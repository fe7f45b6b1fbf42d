import {
  Bus,
  type MappedRange,
  type MemoryBlock,
  type MmioDevice,
  nobody,
  PORTS,
  type RangeSpec,
  readWrite,
  refusesMisaligned,
  splitsMisaligned,
} from "../../hardware/index.ts";
import { memoryMap } from "./memory-map.ts";

/** From below: RAM, what PCI has, RAM shown in its place, the local APIC. */
const PRIORITY = { nobody: -1, ram: 0, pci: 1, shadow: 2, apic: 3 } as const;

/** Memory that a PC has, by its blocks' names. */
export interface PcMemory {
  readonly ram: MemoryBlock;
  /** How much of it is below 4 GB. */
  readonly low: number;
  readonly bios: MemoryBlock;
  readonly optionRoms: MemoryBlock;
}

/** Where nobody answers: reads as zeros, as on QEMU's PCI bus. */
const empty: MmioDevice = { name: "empty", read: () => 0, changesByRead: () => false, write: () => {} };

/** A PC's memory and ports, with all that answers there whatever devices it has. */
export class AddressSpace {
  readonly memory = new Bus();
  readonly ports = new Bus(PORTS);

  constructor({ ram, low, bios, optionRoms }: PcMemory) {
    const rom = (name: string, base: number, size: number, block: MemoryBlock, offset: number): void => {
      const read = { block, offset };
      this.memory.add({ name, base, size, priority: PRIORITY.pci, read, write: { device: nobody } });
    };
    const { high, isaBios, optionRoms: optional } = memoryMap;
    const everywhere = { read: { device: empty }, write: { device: empty } };
    this.memory.add({ name: "empty", base: 0, size: this.memory.bytes, priority: PRIORITY.nobody, ...everywhere });
    this.memory.add({ name: "ram", base: 0, size: low, ...readWrite(ram) });
    if (low < ram.bytes)
      this.memory.add({ name: "high-ram", base: high, size: ram.bytes - low, ...readWrite(ram, low) });
    rom("option-roms", optional.base, optional.size, optionRoms, 0);
    const size = Math.min(isaBios.size, bios.bytes);
    rom("isa-bios", isaBios.end - size, size, bios, bios.bytes - size);
    rom("bios", high - bios.bytes, bios.bytes, bios, 0);
    this.addPorts(0, PORTS, nobody, PRIORITY.nobody);
  }

  /** What shows RAM above all that PCI has. */
  readonly addShadow = (range: Omit<RangeSpec, "priority">): MappedRange =>
    this.memory.add({ ...range, priority: PRIORITY.shadow });

  /** A device in memory; undefined: nowhere yet. */
  addDevice(base: number | undefined, size: number, registers: MmioDevice, above = false): MappedRange {
    const device = splitsMisaligned(registers);
    const answers = { read: { device }, write: { device } };
    const { name } = device;
    return this.memory.add({ name, base, size, priority: above ? PRIORITY.apic : PRIORITY.pci, ...answers });
  }

  /** Memory behind a BAR. */
  addMemory(name: string, block: MemoryBlock, writable: boolean): MappedRange {
    const write = writable ? { block } : { device: nobody };
    return this.memory.add({ name, size: block.bytes, priority: PRIORITY.pci, read: { block }, write });
  }

  /** Ports of a device that takes misaligned accesses as none. */
  addPorts(base: number | undefined, size: number, registers: MmioDevice, priority = 0): MappedRange {
    return this.addPortList(base, size, refusesMisaligned(registers), priority);
  }

  /** Ports that are one by one, whatever their alignment. */
  addPortList(base: number | undefined, size: number, device: MmioDevice, priority = 0): MappedRange {
    return this.ports.add({ name: device.name, base, size, priority, read: { device }, write: { device } });
  }
}
