import { StatefulDevice } from "../../state/index.ts";
import type { SmbusDevices } from "../piix4-smbus/piix4-smbus.ts";
import { COUNT, EEPROM_BYTES, EVERYONE, FIRST } from "./registers.ts";
import { type SpdEepromsState, spdEepromsState } from "./state.ts";

/** The eight memories on QEMU's pc that would say which modules of RAM there are, and are empty. */
export class SpdEeproms extends StatefulDevice<SpdEepromsState> implements SmbusDevices {
  constructor() {
    super(spdEepromsState);
  }

  isThere(address: number): boolean {
    return address === EVERYONE || (address >= FIRST && address < FIRST + COUNT);
  }

  /** Where to read on, and what is written from there. */
  write(address: number, [at = 0, ...bytes]: readonly number[]): void {
    const { content, offsets } = this.state;
    for (let n = 0; n < COUNT; n++) {
      if (address !== EVERYONE && address !== FIRST + n) continue;
      offsets[n] = at;
      for (const byte of bytes) content[n * EEPROM_BYTES + offsets[n]!++] = byte;
    }
  }

  read(address: number): number {
    if (address === EVERYONE) return 0xff;
    const { content, offsets } = this.state;
    const n = address - FIRST;
    return content[n * EEPROM_BYTES + offsets[n]!++]!;
  }
}
