import type { ByteReader, ByteWriter } from "../../../base/index.ts";
import type { AccessSize, MmioDevice, Stateful } from "../../device.ts";
import { MAGIC, Offset, VENDOR_ID, VERSION } from "./registers.ts";
import { type VirtioMmioState, load, powerOnState, save } from "./serialization.ts";

/** A virtio transport without a device behind it: device id 0, which drivers pass over (Virtio 1.2, 4.2.2). */
export class VirtioMmio implements MmioDevice, Stateful {
  readonly name: string;
  private state: VirtioMmioState = powerOnState();

  /** `index`: which of the board's transports. */
  constructor(index: number) {
    this.name = `virtio-mmio.${index}`;
  }

  read(offset: number, _size: AccessSize): number {
    switch (offset) {
      case Offset.MAGIC:
        return MAGIC;
      case Offset.VERSION:
        return VERSION;
      case Offset.VENDOR_ID:
        return VENDOR_ID;
      default:
        return 0;
    }
  }

  changesByRead(): boolean {
    return false;
  }

  write(_offset: number, _size: AccessSize, _value: number): void {}

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
