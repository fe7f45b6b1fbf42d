import type { ByteReader, ByteWriter } from "../../../base/index.ts";
import type { AccessSize, Line, MmioDevice, Stateful } from "../../device.ts";
import { IIDR, Offset } from "./registers.ts";
import { type Gicv2mState, load, powerOnState, save } from "./serialization.ts";

/** A frame that turns a write into a shared interrupt: message-signalled interrupts for a GICv2. */
export class Gicv2m implements MmioDevice, Stateful {
  readonly name = "gicv2m";
  private state: Gicv2mState = powerOnState();

  /** `first`: interrupt id of the first of `lines`. */
  constructor(
    private readonly first: number,
    private readonly lines: readonly Line[],
  ) {}

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
