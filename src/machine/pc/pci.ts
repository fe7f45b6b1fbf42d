import {
  I440fx,
  type MemoryBlock,
  PciFunction,
  PciHost,
  Piix4Function,
  piix3IdeFunctionState,
  piix3State,
  type Piix4Pm,
  vgaFunctionState,
} from "../../hardware/index.ts";
import type { AddressSpace } from "./address-space.ts";
import { ports, slots } from "./memory-map.ts";

const PM_PORTS = 64;

export interface PciWires {
  readonly ram: MemoryBlock;
  readonly pm: Piix4Pm;
  /** Undefined: there is no graphics card. */
  readonly video: { readonly memory: MemoryBlock; readonly rom: MemoryBlock } | undefined;
}

/** A PC's PCI bus, and the functions that are on it. */
export class PciDevices {
  readonly devices: readonly (PciFunction | PciHost)[];

  constructor(space: AddressSpace, { pm, ram, video }: PciWires) {
    const pmPorts = space.addPorts(undefined, PM_PORTS, pm.ports);
    const functions = new Map<number, PciFunction>([
      [slots.i440fx, new I440fx(space.addShadow, ram)],
      [slots.piix3, new PciFunction(piix3State)],
      [slots.ide, new PciFunction(piix3IdeFunctionState)],
      [
        slots.piix4,
        new Piix4Function(
          (base) => pmPorts.moveTo(base),
          () => {},
        ),
      ],
    ]);
    if (video) functions.set(slots.vga, videoFunction(space, video));
    const host = new PciHost(functions);
    space.addPorts(ports.pciAddress, 4, host.address);
    space.addPorts(ports.pciData, 4, host.data);
    this.devices = [...functions.values(), host];
  }
}

function videoFunction(space: AddressSpace, blocks: NonNullable<PciWires["video"]>): PciFunction {
  const memory = space.addMemory("vram", blocks.memory, true);
  const rom = space.addMemory("vga-rom", blocks.rom, false);
  return new PciFunction(vgaFunctionState, {
    0: (base) => memory.moveTo(base),
    rom: (base) => rom.moveTo(base),
  });
}
