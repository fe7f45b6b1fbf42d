import type { MmioDevice } from "../../device.ts";
import type { PciFunction } from "../../pci/pci-function.ts";
import { StatefulDevice } from "../../state/index.ts";
import { ENABLED } from "./registers.ts";
import { type PciHostState, pciHostState } from "./state.ts";

/** A bus of functions, by device and function number: 8 × device + function. Nobody else is there. */
export type PciBus = ReadonlyMap<number, Pick<PciFunction, "readConfig" | "writeConfig">>;

/** Configuration mechanism 1, and bus 0. */
export class PciHost extends StatefulDevice<PciHostState> {
  /** Ports CF8h to CFBh. Only all four are written. */
  readonly address: MmioDevice = {
    name: "pci-address",
    read: (_offset, size) => this.state.address % 2 ** (8 * size),
    changesByRead: () => false,
    write: (offset, size, value) => {
      if (offset === 0 && size === 4) this.state.address = value;
    },
  };
  /** Ports CFCh to CFFh. */
  readonly data: MmioDevice = {
    name: "pci-data",
    read: (offset, size) => this.selected()?.readConfig(this.register(offset), size) ?? 2 ** (8 * size) - 1,
    changesByRead: () => false,
    write: (offset, size, value) => this.selected()?.writeConfig(this.register(offset), size, value),
  };

  constructor(private readonly bus: PciBus) {
    super(pciHostState);
  }

  private selected(): ReturnType<PciBus["get"]> {
    const { address } = this.state;
    const enabled = address >= ENABLED && ((address >>> 16) & 0xff) === 0;
    return enabled ? this.bus.get((address >>> 8) & 0xff) : undefined;
  }

  private register(offset: number): number {
    return (this.state.address & 0xff) | offset;
  }
}
