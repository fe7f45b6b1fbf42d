import type { AccessSize, MmioDevice } from "../../device.ts";
import { StatefulDevice } from "../../state/index.ts";
import { type IsaDebugExitState, isaDebugExitState } from "./state.ts";

/** Ends the machine with a code of the guest's (QEMU's isa-debug-exit); reads as 0. */
export class IsaDebugExit extends StatefulDevice<IsaDebugExitState> implements MmioDevice {
  /** `end` is told that there is a code now. */
  constructor(private readonly end: () => void) {
    super(isaDebugExitState);
  }

  /** The process's exit status; undefined: the guest has not ended the machine here. */
  get code(): number | undefined {
    return this.state.code;
  }

  read(): number {
    return 0;
  }

  changesByRead(): boolean {
    return false;
  }

  write(_offset: number, _size: AccessSize, value: number): void {
    this.state.code = ((value << 1) | 1) & 0xff;
    this.end();
  }
}
