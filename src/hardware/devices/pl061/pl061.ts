import type { AccessSize, Line, MmioDevice } from "../../device.ts";
import { StatefulDevice } from "../../state/index.ts";
import { ID_BYTES, Offset } from "./registers.ts";
import { type Pl061State, pl061State } from "./state.ts";

/** PrimeCell GPIO (Arm DDI 0190): eight lines. On `virt` line 3 is the power key and nothing listens to outputs. */
export class Pl061 extends StatefulDevice<Pl061State> implements MmioDevice {
  constructor(private readonly irq: Line) {
    super(pl061State);
  }

  /** The board drives an input pin; without effect while the guest has it as an output. */
  setInput(line: number, level: boolean): void {
    const { state } = this;
    const bit = (1 << line) & ~state.direction;
    state.data = level ? state.data | bit : state.data & ~bit;
    this.update();
  }

  read(offset: number, _size: AccessSize): number {
    const { state } = this;
    if (offset < Offset.DATA_END) return state.data & (offset >> 2);
    const register = offset & ~3;
    switch (register) {
      case Offset.DIR:
        return state.direction;
      case Offset.IS:
        return state.levelSensitive;
      case Offset.IBE:
        return state.bothEdges;
      case Offset.IEV:
        return state.event;
      case Offset.IE:
        return state.interruptMask;
      case Offset.RIS:
        return state.interrupts;
      case Offset.MIS:
        return state.interrupts & state.interruptMask;
      case Offset.AFSEL:
        return state.alternateFunction;
      default:
        return ID_BYTES[(register - Offset.ID) >> 2] ?? 0;
    }
  }

  changesByRead(): boolean {
    return false;
  }

  write(offset: number, _size: AccessSize, value: number): void {
    const { state } = this;
    const byte = value & 0xff;
    if (offset < Offset.DATA_END) {
      const mask = (offset >> 2) & state.direction;
      state.data = (state.data & ~mask) | (byte & mask);
      return this.update();
    }
    switch (offset & ~3) {
      case Offset.DIR:
        state.direction = byte;
        break;
      case Offset.IS:
        state.levelSensitive = byte;
        break;
      case Offset.IBE:
        state.bothEdges = byte;
        break;
      case Offset.IEV:
        state.event = byte;
        break;
      case Offset.IE:
        state.interruptMask = byte;
        break;
      case Offset.IC:
        state.interrupts &= ~byte;
        break;
      case Offset.AFSEL:
        state.alternateFunction = byte;
        break;
      default:
        return;
    }
    this.update();
  }

  protected override afterReset(): void {
    this.update();
  }

  private update(): void {
    const { state } = this;
    const changed = (state.seen ^ state.data) & ~state.direction;
    if (changed) {
      state.seen = state.data;
      const edges = changed & ~state.levelSensitive;
      state.interrupts |= edges & (state.bothEdges | ~(state.data ^ state.event));
    }
    state.interrupts |= ~(state.data ^ state.event) & state.levelSensitive;
    this.irq.set((state.interrupts & state.interruptMask) !== 0);
  }
}
