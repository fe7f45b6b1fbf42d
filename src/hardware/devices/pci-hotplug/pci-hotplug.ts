import type { AccessSize, MmioDevice } from "../../device.ts";
import { StatefulDevice } from "../../state/index.ts";
import { LAST_BUS, Offset } from "./registers.ts";
import { type PciHotplugState, pciHotplugState } from "./state.ts";

/** QEMU's ports AE00h to AE17h, which ACPI's code looks at, on a machine that nothing is plugged into: aligned words of 4 bytes. */
export class PciHotplug extends StatefulDevice<PciHotplugState> implements MmioDevice {
  /** @param fixed slots of bus 0 that nothing can be pulled from */
  constructor(private readonly fixed: readonly number[]) {
    super(pciHotplugState);
  }

  read(offset: number, size: AccessSize): number {
    const { bus } = this.state;
    if (size !== 4 || bus > LAST_BUS) return 0;
    if (offset === Offset.BUS) return bus;
    if (offset !== Offset.REMOVABLE) return 0;
    const fixed = bus === 0 ? this.fixed.reduce((bits, slot) => bits | (1 << slot), 0) : 0;
    return ~fixed >>> 0;
  }

  changesByRead(): boolean {
    return false;
  }

  write(offset: number, size: AccessSize, value: number): void {
    if (size === 4 && offset === Offset.BUS) this.state.bus = value;
  }
}
