import {
  I440fx,
  type Line,
  type MemoryBlock,
  PciFunction,
  PciHost,
  Piix4Function,
  Piix4Smbus,
  Piix3,
  PiixIde,
  piix3IdeFunctionState,
  type Piix4Pm,
  pirqOf,
  SpdEeproms,
  type Stateful,
  Vga,
  vgaFunctionState,
} from "../../hardware/index.ts";
import type { AddressSpace } from "./address-space.ts";
import { isaInterrupt, memoryMap, ports, slots } from "./memory-map.ts";

const PM_PORTS = 64;
const SMBUS_PORTS = 64;
const BUS_MASTER_PORTS = 16;

export interface PciWires {
  readonly ram: MemoryBlock;
  /** Undefined: there is no power management. */
  readonly pm: Piix4Pm | undefined;
  /** Interrupts 0 to 15. */
  readonly lines: readonly Line[];
  /** Undefined: there is no graphics card. */
  readonly video: { readonly memory: MemoryBlock; readonly rom: MemoryBlock } | undefined;
}

/** A PC's PCI bus, and the functions that are on it. */
export class PciDevices {
  readonly devices: readonly (Stateful & { powerOn(): void })[];

  constructor(space: AddressSpace, { lines, pm, ram, video }: PciWires) {
    const ide = new PiixIde([lines[isaInterrupt.ide[0]]!, lines[isaInterrupt.ide[1]]!]);
    const busMaster = space.addPorts(undefined, BUS_MASTER_PORTS, ide.busMaster);
    [0, 1].forEach((n) => {
      space.addPortList(ports.ide.commands[n], 8, ide.commands[n]!);
      space.addPortList(ports.ide.controls[n], 1, ide.controls[n]!);
    });
    const asserted = (pirq: number): boolean =>
      [...functions].some(([slot, one]) => one.interrupts && pirqOf(slot, one.pin) === pirq);
    const functions = new Map<number, PciFunction>([
      [slots.i440fx, new I440fx(space.addShadow, ram)],
      [slots.piix3, new Piix3(lines, asserted)],
      [slots.ide, new PciFunction(piix3IdeFunctionState, { 4: (base) => busMaster.moveTo(base) })],
    ]);
    const eeproms = new SpdEeproms();
    const smbus = new Piix4Smbus(eeproms);
    if (pm) functions.set(slots.piix4, powerFunction(space, pm, smbus));
    const cards = video ? [graphicsCard(space, video)] : [];
    for (const { card } of cards) functions.set(slots.vga, card);
    const host = new PciHost(functions);
    space.addPorts(ports.pciAddress, 4, host.address);
    space.addPorts(ports.pciData, 4, host.data);
    this.devices = [
      ...[ide, ...(pm ? [eeproms, smbus] : []), ...cards.map(({ vga }) => vga)],
      ...[...functions.values(), host],
    ];
  }
}

function powerFunction(space: AddressSpace, pm: Piix4Pm, smbus: Piix4Smbus): PciFunction {
  const [power, management] = [
    space.addPorts(undefined, PM_PORTS, pm.ports),
    space.addPorts(undefined, SMBUS_PORTS, smbus),
  ];
  return new Piix4Function(
    (base) => power.moveTo(base),
    (base) => management.moveTo(base),
  );
}

function graphicsCard(
  space: AddressSpace,
  blocks: NonNullable<PciWires["video"]>,
): { readonly vga: Vga; readonly card: PciFunction } {
  const vga = new Vga(blocks.memory);
  space.addPortList(ports.vga, 0x30, vga.ports);
  space.addPortList(ports.vgaDispi, 3, vga.dispi);
  space.addDevice(memoryMap.videoWindow.base, memoryMap.videoWindow.size, vga.window);
  const memory = space.addMemory("vram", blocks.memory, true);
  const registers = space.addDevice(undefined, memoryMap.videoRegisters, vga.registers);
  const rom = space.addMemory("vga-rom", blocks.rom, false);
  const card = new PciFunction(vgaFunctionState, {
    0: (base) => memory.moveTo(base),
    2: (base) => registers.moveTo(base),
    rom: (base) => rom.moveTo(base),
  });
  return { vga, card };
}
