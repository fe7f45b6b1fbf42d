import type { AccessSize, Line, MmioDevice } from "../../device.ts";
import { StatefulDevice } from "../../state/index.ts";
import { IIDR, Offset } from "./registers.ts";
import { gicv2mState } from "./state.ts";

/** A frame that turns a write into a shared interrupt: message-signalled interrupts for a GICv2. */
export class Gicv2m extends StatefulDevice<object> implements MmioDevice {
  /** `first`: interrupt id of the first of `lines`. */
  constructor(
    private readonly first: number,
    private readonly lines: readonly Line[],
  ) {
    super(gicv2mState);
  }

  read(offset: number, size: AccessSize): number {
    if (size !== 4) return 0;
    if (offset === Offset.TYPER) return this.first * 2 ** 16 + this.lines.length;
    return offset === Offset.IIDR ? IIDR : 0;
  }

  changesByRead(): boolean {
    return false;
  }

  write(offset: number, size: AccessSize, value: number): void {
    // 16 bits will do for a message.
    if (offset !== Offset.SETSPI || size === 1) return;
    const line = this.lines[(value & 0x3ff) - this.first];
    line?.set(true);
    line?.set(false);
  }
}
