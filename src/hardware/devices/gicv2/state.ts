import { bytes, describeState, group, kept, pair, type StateOf, u32, u8, words } from "../../state/index.ts";
import { GICC_CTLR_MASK, GICD_CTLR_MASK, INTERRUPTS, SGIS, WORDS } from "./registers.ts";

const BINARY_POINT_MAX = 7;
/** SGIs are always enabled, and edges. */
const SGI_BITS = 2 ** SGIS - 1;

/** The sets have a bit for each interrupt id, 32 to a word. */
export const gicv2State = describeState(
  "gicv2",
  1,
  group({
    distributorControl: u8({ mask: GICD_CTLR_MASK }),
    cpuControl: u32({ mask: GICC_CTLR_MASK }),
    priorityMask: u8(),
    binaryPoint: u8({ max: BINARY_POINT_MAX }),
    aliasedBinaryPoint: u8({ powerOn: 1, max: BINARY_POINT_MAX }),
    group: words(WORDS),
    enabled: words(WORDS, SGI_BITS),
    /** Latched: by an edge or by software. */
    pending: words(WORDS),
    active: words(WORDS),
    edge: words(WORDS, SGI_BITS),
    /** The input wires, which others drive. */
    level: kept(words(WORDS)),
    priority: bytes(INTERRUPTS),
    /** A bit for each pair of priorities in service, by group. */
    activePriorities: pair(words(4)),
  }),
);
export type Gicv2State = StateOf<typeof gicv2State>;
