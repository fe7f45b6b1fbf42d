import { counted, describeState, flag, group, kept, ns, optional, type StateOf, u16, u8 } from "../../state/index.ts";
import { FCR_KEPT, FIFO_DEPTH, IER_ALL, LSR_THR_EMPTY, LSR_TRANSMITTER_EMPTY, MCR_ALL, MCR_OUT2 } from "./registers.ts";

export const ns16550State = describeState(
  "ns16550",
  1,
  group({
    divisor: u16({ powerOn: 12 }),
    interruptEnable: u8({ mask: IER_ALL }),
    /** A reset leaves it, as in QEMU, though the identification no longer shows it. */
    fifoControl: kept(u8({ mask: FCR_KEPT })),
    showsFifos: flag(),
    lineControl: u8(),
    modemControl: u8({ powerOn: MCR_OUT2, mask: MCR_ALL }),
    lineStatus: u8({ powerOn: LSR_THR_EMPTY | LSR_TRANSMITTER_EMPTY }),
    scratch: u8(),
    /** What was received last, without FIFOs. */
    received: u8(),
    /** Received bytes, the oldest first; without FIFOs only BREAKs, which nobody reads. */
    fifo: counted(FIFO_DEPTH),
    /** The interrupts that something else than the line status makes. */
    thrEmpty: flag(),
    timedOut: flag(),
    /** Divisor and line control say how long a character takes. */
    speedIsSet: flag(),
    /** When received bytes will have waited too long. */
    timeoutNs: optional(ns(), { padded: true }),
  }),
);
export type Ns16550State = StateOf<typeof ns16550State>;
