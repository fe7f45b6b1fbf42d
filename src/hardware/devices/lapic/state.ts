import { describeState, flag, group, ns, optional, type StateOf, u16, u32, u8, words } from "../../state/index.ts";
import { BASE_RESET, DIVIDE_BITS, LVT_ENTRIES, LVT_MASKED, Model, SVR_BITS } from "./registers.ts";

export const lapicState = describeState(
  "lapic",
  1,
  group({
    /** IA32_APIC_BASE. */
    base: u32({ powerOn: BASE_RESET }),
    id: u8(),
    tpr: u8(),
    svr: u16({ powerOn: 0xff, mask: SVR_BITS }),
    logicalId: u8(),
    model: u8({ powerOn: Model.FLAT, mask: 0xf }),
    /** A bit per vector. */
    isr: words(8),
    tmr: words(8),
    irr: words(8),
    esr: u8(),
    icr: words(2),
    lvt: words(LVT_ENTRIES, ...Array<number>(LVT_ENTRIES).fill(LVT_MASKED)),
    divide: u8({ mask: DIVIDE_BITS }),
    /** The timer counts virtual nanoseconds shifted by so much: as `divide` was last written; by 1 at power-on. */
    shift: u8({ max: 7 }),
    initialCount: u32(),
    loadedNs: ns(),
    /** When the timer interrupts next. */
    expiryNs: optional(ns(), { padded: true }),
    /** The level of LINT0. */
    lint0: flag(),
    /** An NMI waits for the processor. */
    nmi: flag(),
  }),
);
export type LapicState = StateOf<typeof lapicState>;
