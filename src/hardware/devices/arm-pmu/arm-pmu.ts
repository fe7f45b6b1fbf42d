import type { Timer, VirtualClock } from "../../clock.ts";
import type { Line } from "../../device.ts";
import { StatefulDevice } from "../../state/index.ts";
import { type ArmPmuState, armPmuState } from "./state.ts";

/**
 * The overflow interrupt of one core's performance counters (Arm ARM, chapter D7). The counters are the CPU's: it says
 * what has become of them, and is asked to look again when one of them may have overflowed.
 */
export class ArmPmu extends StatefulDevice<ArmPmuState> {
  private readonly timer: Timer = { expire: () => this.due() };

  /** @param instructionNs nanoseconds that an instruction takes @param due looks at the counters, and calls `changed` */
  constructor(
    private readonly clock: VirtualClock,
    private readonly line: Line,
    private readonly instructionNs: number,
    private readonly due: () => void,
  ) {
    super(armPmuState);
  }

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

  /** The line's level is state of the interrupt controller, not touched here. */
  protected override afterLoad(): void {
    this.clock.setDeadline(this.timer, this.state.deadlineNs);
  }

  protected override afterReset(): void {
    this.clock.setDeadline(this.timer, undefined);
    this.line.set(false);
  }
}
