import { bytewise } from "../../bytewise.ts";
import type { MmioDevice } from "../../device.ts";
import { StatefulDevice } from "../../state/index.ts";
import { HARD, RESET } from "./registers.ts";
import { type Piix3ResetState, piix3ResetState } from "./state.ts";

/** The PIIX3's reset control register. Every reset is a hard one, as in QEMU. */
export class Piix3Reset extends StatefulDevice<Piix3ResetState> {
  /** Port CF9h. */
  readonly port: MmioDevice = bytewise({
    name: "piix3-reset",
    read: () => this.state.control,
    changesByRead: () => false,
    write: (_offset, _size, value) => {
      if (value & RESET) this.bite();
      else this.state.control = value & HARD;
    },
  });

  /** `bite`: asks for a reset of the machine. */
  constructor(private readonly bite: () => void) {
    super(piix3ResetState);
  }
}
