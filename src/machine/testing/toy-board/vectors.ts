import { assert } from "../../../base/index.ts";
import { type Line, type MmioDevice, StatefulDevice } from "../../../hardware/index.ts";
import type { InterruptVectors } from "../../board.ts";
import { type VectorsState, vectorsState } from "./state.ts";

/** +0: enabled lines. +4: ends the service of the lines written; reads as those in service. */
const VectorsOffset = { ENABLE: 0, SERVICE: 4 } as const;

/** An interrupt controller that gives vectors: the lowest line that is up, enabled and not in service. */
export class Vectors extends StatefulDevice<VectorsState> implements MmioDevice, InterruptVectors {
  constructor(private readonly irq: Line) {
    super(vectorsState);
  }

  input(line: number): Line {
    return {
      set: (level) => {
        this.state.lines = level ? this.state.lines | (1 << line) : this.state.lines & ~(1 << line);
        this.update();
      },
    };
  }

  next(): number {
    const { pending } = this;
    assert(pending !== 0, "no interrupt to enter");
    return 31 - Math.clz32(pending & -pending);
  }

  /** In service until the guest ends it. */
  acknowledge(): void {
    this.state.inService |= 1 << this.next();
    this.update();
  }

  read(offset: number): number {
    return offset === VectorsOffset.ENABLE ? this.state.enabled : this.state.inService;
  }
  changesByRead(): boolean {
    return false;
  }
  write(offset: number, _size: number, value: number): void {
    if (offset === VectorsOffset.ENABLE) this.state.enabled = value & 0xff;
    else if (offset === VectorsOffset.SERVICE) this.state.inService &= ~value;
    this.update();
  }

  protected override afterLoad(): void {
    this.update();
  }
  protected override afterReset(): void {
    this.update();
  }

  private get pending(): number {
    return this.state.lines & this.state.enabled & ~this.state.inService;
  }
  private update(): void {
    this.irq.set(this.pending !== 0);
  }
}
