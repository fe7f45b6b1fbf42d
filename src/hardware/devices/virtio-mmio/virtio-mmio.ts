import type { AccessSize, MmioDevice } from "../../device.ts";
import { StatefulDevice } from "../../state/index.ts";
import { MAGIC, Offset, VENDOR_ID, VERSION } from "./registers.ts";
import { virtioMmioState } from "./state.ts";

/** A virtio transport without a device behind it: device id 0, which drivers pass over (Virtio 1.2, 4.2.2). */
export class VirtioMmio extends StatefulDevice<object> implements MmioDevice {
  /** `index`: which of the board's transports. */
  constructor(index: number) {
    super(virtioMmioState, `virtio-mmio.${index}`);
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
}
