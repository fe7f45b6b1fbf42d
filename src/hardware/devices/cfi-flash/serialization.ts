import { type ByteReader, type ByteWriter, UserError } from "../../../base/index.ts";
import { BANK_BYTES, BUFFER_BYTES, READY } from "./registers.ts";

export interface CfiFlashState {
  /** The command in progress, or the one whose answer is read; 0 while the cells are. */
  command: number;
  /** Which of the command's cycles the next write is, from 0. */
  cycle: number;
  status: number;
  /** Words still to come into the write buffer, less one. */
  left: number;
  /** The CPU reads the cells by itself. */
  shown: boolean;
  /** What the cells from `offset` on are to hold once a write to the buffer is confirmed. */
  buffer: { readonly offset: number; readonly bytes: Uint8Array } | undefined;
}

const LAST_CYCLE = 3;

export function powerOnState(): CfiFlashState {
  return { command: 0, cycle: 0, status: READY, left: 0, shown: true, buffer: undefined };
}

export function save({ command, cycle, status, left, shown, buffer }: CfiFlashState, to: ByteWriter): void {
  to.u8(command)
    .u8(cycle)
    .u8(status)
    .u16(left)
    .u8(shown ? 1 : 0)
    .u8(buffer ? 1 : 0);
  if (buffer) to.u32(buffer.offset).raw(buffer.bytes);
}

export function load(from: ByteReader): CfiFlashState {
  const state: CfiFlashState = {
    ...{ command: from.u8(), cycle: from.u8(), status: from.u8(), left: from.u16(), shown: from.u8() !== 0 },
    buffer: from.u8() ? { offset: from.u32(), bytes: from.raw(BUFFER_BYTES) } : undefined,
  };
  const { offset } = state.buffer ?? { offset: 0 };
  if (state.cycle > LAST_CYCLE || offset % BUFFER_BYTES !== 0 || offset >= BANK_BYTES)
    throw new UserError("the state of the flash is damaged");
  return state;
}
