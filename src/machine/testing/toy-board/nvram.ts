import { type MmioDevice, StatefulDevice } from "../../../hardware/index.ts";
import { type NvramState, nvramState } from "./state.ts";

/** Ports, from the first one on. */
const NvramPort = { INDEX: 0, CELL: 1 } as const;

/** Cells that outlive a reset, reached by two ports: one says which, the other is its byte. */
export class Nvram extends StatefulDevice<NvramState> implements MmioDevice {
  constructor() {
    super(nvramState);
  }

  read(offset: number): number {
    return offset === NvramPort.INDEX ? this.state.index : this.state.cells[this.state.index]!;
  }
  changesByRead(): boolean {
    return false;
  }
  write(offset: number, _size: number, value: number): void {
    if (offset === NvramPort.INDEX) this.state.index = value & 7;
    else this.state.cells[this.state.index] = value;
  }
}
