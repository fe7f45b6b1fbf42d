import type { ByteReader, ByteWriter } from "../../../base/index.ts";
import type { Timer, VirtualClock } from "../../clock.ts";
import type { Line, Stateful } from "../../device.ts";
import { type ArmPmuState, load, powerOnState, save } from "./serialization.ts";

/**
 * The overflow interrupt of one core's performance counters (Arm ARM, chapter D7). The counters are the CPU's: it says
 * what has become of them, and is asked to look again when one of them may have overflowed.
 */
export class ArmPmu implements Stateful {
  readonly name = "arm-pmu";
  private state: ArmPmuState = powerOnState();
  private readonly timer: Timer = { expire: () => this.due() };

  /** @param instructionNs nanoseconds that an instruction takes @param due looks at the counters, and calls `changed` */
  constructor(
    private readonly clock: VirtualClock,
    private readonly line: Line,
    private readonly instructionNs: number,
    private readonly due: () => void,
  ) {}

  /** The interrupt's level, and what is left to the next overflow at least; undefined: there is none to wait for. */
  changed(level: boolean, cyclesLeft: number | undefined, instructionsLeft: number | undefined): void {
    const left = [cyclesLeft, instructionsLeft && instructionsLeft * this.instructionNs].filter(
      (ns) => ns !== undefined,
    );
    const deadlineNs = this.clock.nowNs() + Math.min(...left);
    this.line.set(level);
    this.setDeadline(Number.isSafeInteger(deadlineNs) ? deadlineNs : undefined);
  }

  private setDeadline(deadlineNs: number | undefined): void {
    if (deadlineNs === this.state.deadlineNs && deadlineNs === undefined) return;
    this.state.deadlineNs = deadlineNs;
    this.clock.setDeadline(this.timer, deadlineNs);
  }

  save(to: ByteWriter): void {
    save(this.state, to);
  }

  /** The line's level is state of the interrupt controller, not touched here. */
  load(from: ByteReader): void {
    this.state = load(from);
    this.clock.setDeadline(this.timer, this.state.deadlineNs);
  }

  reset(): void {
    this.state = powerOnState();
    this.clock.setDeadline(this.timer, undefined);
    this.line.set(false);
  }
}
