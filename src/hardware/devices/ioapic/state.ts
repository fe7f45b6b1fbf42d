import { describeState, group, ns, optional, type StateOf, u32, u8, words } from "../../state/index.ts";
import { ENTRY_MASKED, ID_BITS, PINS } from "./registers.ts";

export const ioapicState = describeState(
  "ioapic",
  1,
  group({
    id: u8({ mask: ID_BITS }),
    select: u8(),
    /** A bit per pin: it asks for an interrupt; a level-triggered one as long as it is high. */
    irr: u32({ mask: 2 ** PINS - 1 }),
    /** Halves of the pins' entries. */
    low: words(PINS, ...Array<number>(PINS).fill(ENTRY_MASKED)),
    high: words(PINS),
    /** How often a pin's level was still high when its interrupt ended, in a row. */
    storms: words(PINS),
    /** When pins that storm are looked at again. */
    retryNs: optional(ns(), { padded: true }),
  }),
);
export type IoapicState = StateOf<typeof ioapicState>;
