import type { AccessSize, MmioDevice } from "../../device.ts";
import { StatefulDevice } from "../../state/index.ts";
import { CONFIGURATION_BYTES, HEADER_BYTES, WRITABLE } from "./registers.ts";
import { type PcieHostState, pcieHostState } from "./state.ts";

const mask = new Uint8Array(CONFIGURATION_BYTES).fill(0xff, HEADER_BYTES);
for (const [offset, bits] of WRITABLE) new DataView(mask.buffer).setUint32(offset, bits, true);

/** The configuration space (ECAM) of a PCI Express bus with nothing on it but its host bridge. */
export class PcieHost extends StatefulDevice<PcieHostState> implements MmioDevice {
  constructor() {
    super(pcieHostState);
  }

  /** A function that does not exist, and what lies beyond one's space, reads as all ones. */
  read(offset: number, size: AccessSize): number {
    if (offset >= CONFIGURATION_BYTES) return 2 ** (8 * size) - 1;
    let value = 0;
    for (let i = size - 1; i >= 0; i--) value = value * 256 + (this.state.configuration[offset + i] ?? 0xff);
    return value;
  }

  changesByRead(): boolean {
    return false;
  }

  write(offset: number, size: AccessSize, value: number): void {
    const { configuration } = this.state;
    for (let i = 0; i < size && offset + i < CONFIGURATION_BYTES; i++) {
      const at = offset + i;
      configuration[at] = (configuration[at]! & ~mask[at]!) | ((value >>> (8 * i)) & mask[at]!);
    }
  }
}

/** The windows through which the CPU would reach devices on the bus: nobody answers, which PCI reads as all ones. */
export const emptyPcieWindow: MmioDevice = {
  name: "pcie-window",
  read: (_offset, size) => 2 ** (8 * size) - 1,
  changesByRead: () => false,
  write: () => {},
};
