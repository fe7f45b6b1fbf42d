import { bytes, describeState, group, kept, ns, optional, type StateOf, u32, u64, u8 } from "../../state/index.ts";
import { B_24_HOURS, CMOS_BYTES, D_VALID, Register } from "./registers.ts";

const powerOn = new Uint8Array(CMOS_BYTES);
powerOn.set([0x26, B_24_HOURS, 0, D_VALID], Register.A);

/** A battery keeps all of it; a reset changes some of the bytes. */
export const mc146818State = describeState(
  "mc146818",
  1,
  group({
    index: kept(u8({ mask: CMOS_BYTES - 1 })),
    /** Registers, too: the time in them is that of the last look. */
    cmos: kept(bytes(CMOS_BYTES, powerOn)),
    /** Seconds since 1970 at `setNs`, modulo 2^64. */
    seconds: kept(u64()),
    setNs: kept(ns()),
    /** Nanoseconds into that second. */
    fractionNs: kept(u32({ max: 1e9 - 1 })),
    /** When the alarm rings next; none: the time that is set never gets there. */
    alarmNs: kept(optional(ns(), { padded: true })),
    /** When the end of an update is looked at next. */
    updateNs: kept(optional(ns(), { padded: true })),
    /** When the next periodic event is. */
    periodicNs: kept(optional(ns(), { padded: true })),
  }),
);
export type Mc146818State = StateOf<typeof mc146818State>;
