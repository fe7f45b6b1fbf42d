import { bytewise } from "../../bytewise.ts";
import type { MmioDevice } from "../../device.ts";
import { StatefulDevice } from "../../state/index.ts";
import { Offset } from "./registers.ts";
import { type CpuHotplugState, cpuHotplugState } from "./state.ts";

/** QEMU's ports from AF00h on, which ACPI's code looks at, on a machine of one processor. A 0 at the first one changes their form. */
export class CpuHotplug extends StatefulDevice<CpuHotplugState> {
  /** A bit for each processor. */
  private readonly map: MmioDevice = bytewise({
    name: "cpu-hotplug",
    read: (offset) => (offset === 0 ? 1 : 0),
    write: (offset, _size, value) => {
      if (offset === 0 && value === 0) this.state.selects = true;
    },
  });

  readonly ports: MmioDevice = {
    name: "cpu-hotplug",
    read: (offset, size) => {
      const { selected, selects } = this.state;
      if (!selects) return this.map.read(offset, size);
      return offset === Offset.FLAGS && selected === 0 ? 1 : 0;
    },
    changesByRead: () => false,
    write: (offset, size, value) => {
      if (!this.state.selects) this.map.write(offset, size, value);
      else if (offset === Offset.SELECTOR) this.state.selected = value;
    },
  };

  constructor() {
    super(cpuHotplugState);
  }
}
