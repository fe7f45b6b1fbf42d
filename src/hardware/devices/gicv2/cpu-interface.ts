import type { AccessSize, MmioDevice } from "../../device.ts";
import type { GicInterrupts } from "./interrupts.ts";
import { CpuInterface as Offset, GICC_CTLR_MASK, GICC_IIDR } from "./registers.ts";

const ID_BITS = 0x3ff;

/** The CPU interface's registers (Arm IHI 0048B, section 4.4), without those that need the security extensions. */
export class GicCpuInterface implements MmioDevice {
  readonly name = "gicv2-cpu-interface";

  constructor(private readonly gic: GicInterrupts) {}

  read(offset: number, _size: AccessSize): number {
    const { gic } = this;
    switch (offset) {
      case Offset.CTLR:
        return gic.state.cpuControl;
      case Offset.PMR:
        return gic.state.priorityMask;
      case Offset.BPR:
        return gic.state.binaryPoint;
      case Offset.IAR:
        return gic.acknowledge();
      case Offset.RPR:
        return Math.min(gic.runningPriority, 0xff);
      case Offset.HPPIR:
        return gic.highestPending();
      case Offset.ABPR:
        return gic.state.aliasedBinaryPoint;
      case Offset.IIDR:
        return GICC_IIDR;
      default:
        return this.activePriorities(offset)?.[(offset >> 2) & 3] ?? 0;
    }
  }

  /** The interrupt acknowledge register, which takes the interrupt. */
  changesByRead(offset: number): boolean {
    return offset === Offset.IAR;
  }

  write(offset: number, _size: AccessSize, value: number): void {
    const { gic } = this;
    const { state } = gic;
    switch (offset) {
      case Offset.CTLR:
        state.cpuControl = value & GICC_CTLR_MASK;
        break;
      case Offset.PMR:
        state.priorityMask = value & 0xff;
        break;
      case Offset.BPR:
        state.binaryPoint = value & 7;
        break;
      case Offset.EOIR:
        return gic.endOfInterrupt(value & ID_BITS);
      case Offset.ABPR:
        state.aliasedBinaryPoint = Math.max(value & 7, 1);
        break;
      case Offset.DIR:
        return gic.deactivate(value & ID_BITS);
      default: {
        const words = this.activePriorities(offset);
        if (!words) return;
        words[(offset >> 2) & 3] = value;
        gic.refreshRunning();
      }
    }
    gic.update();
  }

  private activePriorities(offset: number): Uint32Array | undefined {
    if (offset & 3 || offset < Offset.APR || offset >= Offset.NSAPR + 0x10) return undefined;
    return this.gic.state.activePriorities[offset < Offset.NSAPR ? 0 : 1];
  }
}
