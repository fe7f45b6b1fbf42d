import type { AccessSize, MmioDevice } from "../../device.ts";
import type { FlashCells } from "../../memory.ts";
import { StatefulDevice } from "../../state/index.ts";
import {
  BUFFER_BYTES,
  CHIP_BYTES,
  CHIPS,
  Command,
  CONFIRM,
  IDS,
  PROGRAM_ERROR,
  QUERY_ANSWERS,
  QUERY_BASE,
  READY,
  SECTOR_BYTES,
  SET_LOCK,
  WORD_BYTES,
} from "./registers.ts";
import { type CfiFlashState, cfiFlashState } from "./state.ts";

const ERASED = new Uint8Array(4096).fill(0xff);

/**
 * A bank of parallel NOR flash as QEMU's `virt` has two: programmed and erased by commands of the Intel set, at once.
 * As in QEMU, programming replaces what a cell held, and locks hold nothing back.
 */
export class CfiFlash extends StatefulDevice<CfiFlashState> implements MmioDevice {
  /** `index`: which of the board's banks. */
  constructor(
    index: number,
    private readonly cells: FlashCells,
  ) {
    super(cfiFlashState, `flash.${index}`);
  }

  read(offset: number, size: AccessSize): number {
    const { command, status } = this.state;
    switch (command) {
      case Command.PROGRAM:
      case Command.PROGRAM_ALTERNATE:
      case Command.ERASE:
      case Command.LOCK:
      case Command.READ_STATUS:
      case Command.WRITE_BUFFER:
        return fromChips(status, size);
      case Command.READ_ID:
        return fromChips(IDS[(offset / WORD_BYTES) & 0xff] ?? 0, size);
      case Command.QUERY:
        return fromChips(QUERY_ANSWERS[Math.floor(offset / WORD_BYTES) - QUERY_BASE] ?? 0, size);
      default:
        return this.cells.read(offset, size).reduceRight((value, byte) => value * 256 + byte, 0);
    }
  }

  changesByRead(): boolean {
    return false;
  }

  write(offset: number, size: AccessSize, value: number): void {
    const { state } = this;
    const byte = value & 0xff;
    if (state.cycle === 0) this.begin(offset, byte);
    else if (state.cycle === 1) this.second(offset, size, value);
    else if (state.cycle === 2) this.fill(offset, size, value);
    else this.confirmBuffer(byte);
  }

  /** The first cycle of a command. */
  private begin(offset: number, command: number): void {
    const { state } = this;
    switch (command) {
      case Command.ERASE:
        this.erase(Math.floor(offset / SECTOR_BYTES) * SECTOR_BYTES);
        break;
      case Command.WRITE_BUFFER:
        state.status |= READY;
        break;
      case Command.PROGRAM:
      case Command.PROGRAM_ALTERNATE:
      case Command.LOCK:
      case Command.QUERY:
        break;
      case Command.READ_STATUS:
      case Command.READ_ID:
        this.show(false);
        state.command = command;
        return;
      case Command.CLEAR_STATUS:
        state.status = 0;
        this.readArray();
        return;
      default:
        this.readArray();
        return;
    }
    this.show(false);
    state.command = command;
    state.cycle = 1;
  }

  private second(offset: number, size: AccessSize, value: number): void {
    const { state } = this;
    const byte = value & 0xff;
    switch (state.command) {
      case Command.PROGRAM:
      case Command.PROGRAM_ALTERNATE:
        this.program(offset, size, value);
        this.finish();
        return;
      case Command.ERASE:
        if (byte === CONFIRM) this.finish();
        else this.readArray();
        return;
      case Command.LOCK:
        if (byte === CONFIRM || byte === SET_LOCK) this.finish();
        else this.readArray();
        return;
      case Command.WRITE_BUFFER:
        this.openBuffer(offset, value & (2 ** (8 * CHIP_BYTES) - 1));
        return;
      default:
        if (byte === Command.READ_ARRAY) this.readArray();
    }
  }

  private openBuffer(offset: number, left: number): void {
    const start = offset - (offset % BUFFER_BYTES);
    this.state.buffer = { offset: start, bytes: this.cells.read(start, BUFFER_BYTES) };
    this.state.left = left;
    this.state.cycle = 2;
  }

  /** A word for the write buffer, which holds the block that the number of words was written to. */
  private fill(offset: number, size: AccessSize, value: number): void {
    const { state } = this;
    const at = offset - (state.buffer?.offset ?? 0);
    if (state.buffer && at >= 0 && at + size <= BUFFER_BYTES) state.buffer.bytes.set(littleEndian(size, value), at);
    else state.status |= PROGRAM_ERROR;
    state.status |= READY;
    if (state.left === 0) state.cycle = 3;
    else state.left--;
  }

  private confirmBuffer(command: number): void {
    const { buffer, status } = this.state;
    this.state.buffer = undefined;
    if (command !== CONFIRM || status & PROGRAM_ERROR) {
      this.readArray();
      return;
    }
    if (buffer) this.cells.write(buffer.offset, buffer.bytes);
    this.finish();
  }

  private finish(): void {
    this.state.cycle = 0;
    this.state.status |= READY;
  }

  private readArray(): void {
    this.state.command = 0;
    this.state.cycle = 0;
    this.show(true);
  }

  private show(shown: boolean): void {
    this.state.shown = shown;
    this.cells.show(shown);
  }

  private program(offset: number, size: AccessSize, value: number): void {
    this.cells.write(offset, littleEndian(size, value));
  }

  private erase(from: number): void {
    for (let at = from; at < from + SECTOR_BYTES; at += ERASED.length) this.cells.write(at, ERASED);
    this.state.status |= READY;
  }

  protected override afterLoad(): void {
    this.cells.show(this.state.shown);
  }

  /** What the cells hold stays. */
  protected override afterReset(): void {
    this.cells.show(this.state.shown);
  }
}

function littleEndian(size: AccessSize, value: number): Uint8Array {
  return Uint8Array.from({ length: size }, (_, i) => value >>> (8 * i));
}

/** The same answer from both chips. */
function fromChips(answer: number, size: AccessSize): number {
  let value = 0;
  for (let chip = 0; chip < CHIPS && chip * CHIP_BYTES < size; chip++) value += answer * 2 ** (8 * CHIP_BYTES * chip);
  return size === 1 ? value & 0xff : value;
}
