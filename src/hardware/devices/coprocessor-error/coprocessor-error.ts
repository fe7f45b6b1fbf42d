import type { Line, MmioDevice } from "../../device.ts";
import { StatefulDevice } from "../../state/index.ts";
import { type CoprocessorErrorState, coprocessorErrorState } from "./state.ts";

/**
 * FERR# and IGNNE# on a PC (Intel SDM 3, 8.7.2): an error of x87 is interrupt 13, until something is written to port F0h. From then on
 * errors are ignored, until the processor says that there is none any more.
 */
export class CoprocessorError extends StatefulDevice<CoprocessorErrorState> {
  /** Port F0h. */
  readonly port: MmioDevice = {
    name: "coprocessor-error",
    read: (_offset, size) => 2 ** (8 * size) - 1,
    changesByRead: () => false,
    write: () => {
      this.state.ignored = true;
      this.set(false);
    },
  };

  constructor(private readonly irq: Line) {
    super(coprocessorErrorState);
  }

  raise(): void {
    if (!this.state.ignored) this.set(true);
  }

  /** FERR# has fallen. */
  heed(): void {
    this.state.ignored = false;
  }

  protected override afterReset(): void {
    this.irq.set(false);
  }

  private set(raised: boolean): void {
    this.state.raised = raised;
    this.irq.set(raised);
  }
}
