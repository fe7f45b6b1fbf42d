import { bytewise } from "../../bytewise.ts";
import type { Line, MmioDevice } from "../../device.ts";
import { StatefulDevice } from "../../state/index.ts";
import { A20, FAST_RESET } from "./registers.ts";
import { type Port92State, port92State } from "./state.ts";

/** A PC's port 92h. */
export class Port92 extends StatefulDevice<Port92State> {
  readonly port: MmioDevice = bytewise({
    name: "port92",
    read: () => this.state.output,
    changesByRead: () => false,
    write: (_offset, _size, value) => this.write(value),
  });

  /** `a20`: address line 20, which follows whoever drove it last; `bite`: asks for a reset of the machine. */
  constructor(
    private readonly a20: Line,
    private readonly bite: () => void,
  ) {
    super(port92State);
  }

  private write(value: number): void {
    const { state } = this;
    const rising = value & ~state.output;
    state.output = value;
    this.a20.set((value & A20) !== 0);
    if (rising & FAST_RESET) this.bite();
  }
}
