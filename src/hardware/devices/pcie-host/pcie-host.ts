import type { ByteReader, ByteWriter } from "../../../base/index.ts";
import type { AccessSize, MmioDevice, Stateful } from "../../device.ts";
import { CONFIGURATION_BYTES, HEADER_BYTES, WRITABLE } from "./registers.ts";
import { load, type PcieHostState, powerOnState, save } from "./serialization.ts";

const mask = new Uint8Array(CONFIGURATION_BYTES).fill(0xff, HEADER_BYTES);
for (const [offset, bits] of WRITABLE) new DataView(mask.buffer).setUint32(offset, bits, true);

/** The configuration space (ECAM) of a PCI Express bus with nothing on it but its host bridge. */
export class PcieHost implements MmioDevice, Stateful {
  readonly name = "pcie-host";
  private state: PcieHostState = powerOnState();

  /** A function that does not exist, and what lies beyond one's space, reads as all ones. */
  read(offset: number, size: AccessSize): number {
    if (offset >= CONFIGURATION_BYTES) return 2 ** (8 * size) - 1;
    let value = 0;
    for (let i = size - 1; i >= 0; i--) value = value * 256 + (this.state[offset + i] ?? 0xff);
    return value;
  }

  changesByRead(): boolean {
    return false;
  }

  write(offset: number, size: AccessSize, value: number): void {
    for (let i = 0; i < size && offset + i < CONFIGURATION_BYTES; i++) {
      const at = offset + i;
      this.state[at] = (this.state[at]! & ~mask[at]!) | ((value >>> (8 * i)) & mask[at]!);
    }
  }

  save(to: ByteWriter): void {
    save(this.state, to);
  }

  load(from: ByteReader): void {
    this.state = load(from);
  }

  reset(): void {
    this.state = powerOnState();
  }
}

/** The windows through which the CPU would reach devices on the bus: nobody answers, which PCI reads as all ones. */
export const emptyPcieWindow: MmioDevice = {
  name: "pcie-window",
  read: (_offset, size) => 2 ** (8 * size) - 1,
  changesByRead: () => false,
  write: () => {},
};
