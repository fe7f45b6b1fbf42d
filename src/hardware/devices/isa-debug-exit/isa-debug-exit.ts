import type { AccessSize, MmioDevice } from "../../device.ts";
import { StatefulDevice } from "../../state/index.ts";
import { isaDebugExitState } from "./state.ts";

/** Ends the machine with a code of the guest's (QEMU's isa-debug-exit); reads as 0. */
export class IsaDebugExit extends StatefulDevice<object> implements MmioDevice {
  /** `exit` is told the exit status, 0 to 255: odd, so that a guest cannot say 0. */
  constructor(private readonly exit: (code: number) => void) {
    super(isaDebugExitState);
  }

  read(): number {
    return 0;
  }

  changesByRead(): boolean {
    return false;
  }

  write(_offset: number, _size: AccessSize, value: number): void {
    this.exit(((value << 1) | 1) & 0xff);
  }
}
