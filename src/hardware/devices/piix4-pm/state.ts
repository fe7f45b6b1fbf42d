import { describeState, flag, group, kept, ns, type StateOf, u16, u8 } from "../../state/index.ts";
import { Event, SCI_ENABLED, SLEEP } from "./registers.ts";

export const piix4PmState = describeState(
  "piix4-pm",
  2,
  group({
    /** PM1a status, without the timer's. */
    status: u16({ mask: 0xffff & ~Event.TIMER }),
    enable: u16(),
    /** Without system management mode, ACPI is on from power-on. */
    control: u16({ powerOn: SCI_ENABLED, mask: 0xffff & ~SLEEP }),
    /** When the timer's status is set next, or has been. */
    overflowNs: ns(),
    gpeStatus: u16(),
    gpeEnable: u16(),
    /** Suspended to RAM; and what the status is after the reset that ends it. */
    suspended: flag(),
    waking: kept(u16()),
    /** Ports B2h and B3h. */
    command: u8(),
    scratch: u8(),
  }),
);
export type Piix4PmState = StateOf<typeof piix4PmState>;
