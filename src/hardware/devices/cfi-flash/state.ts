import { bytes, describeState, flag, group, optional, type StateOf, u16, u32, u8 } from "../../state/index.ts";
import { BANK_BYTES, BUFFER_BYTES, READY } from "./registers.ts";

const LAST_CYCLE = 3;

export const cfiFlashState = describeState(
  "flash",
  1,
  group({
    /** The command in progress, or the one whose answer is read; 0 while the cells are. */
    command: u8(),
    /** Which of the command's cycles the next write is, from 0. */
    cycle: u8({ max: LAST_CYCLE }),
    status: u8({ powerOn: READY }),
    /** Words still to come into the write buffer, less one. */
    left: u16(),
    /** The CPU reads the cells by itself. */
    shown: flag({ powerOn: true }),
    /** What the cells from `offset` on are to hold once a write to the buffer is confirmed. */
    buffer: optional(group({ offset: u32({ max: BANK_BYTES - 1, step: BUFFER_BYTES }), bytes: bytes(BUFFER_BYTES) })),
  }),
);
export type CfiFlashState = StateOf<typeof cfiFlashState>;
