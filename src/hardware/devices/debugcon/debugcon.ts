import type { AccessSize, MmioDevice } from "../../device.ts";
import type { Send } from "../../host-port.ts";
import { StatefulDevice } from "../../state/index.ts";
import { PRESENT } from "./registers.ts";
import { debugconState } from "./state.ts";

/** One port that firmware writes its messages to (QEMU's isa-debugcon): bytes only, wider accesses reach nothing. */
export class Debugcon extends StatefulDevice<object> implements MmioDevice {
  constructor(private readonly send: Send) {
    super(debugconState);
  }

  read(_offset: number, size: AccessSize): number {
    return size === 1 ? PRESENT : 0;
  }

  changesByRead(): boolean {
    return false;
  }

  write(_offset: number, size: AccessSize, value: number): void {
    if (size === 1) this.send(Uint8Array.of(value));
  }
}
